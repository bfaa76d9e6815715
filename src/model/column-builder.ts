// One column in the making, value by value, whose length is not known before its end.
import { LevelCodes } from './level-codes.ts'
import type { ReadColumn } from './read-column.ts'
import { type Level, orderLevels } from './table.ts'
import { LEVEL_BYTES, type TableMemory } from './table-memory.ts'

/** Rows are stored in blocks of this many, so that growing copies nothing and ends with little room left over. */
const BLOCK_ROWS_LOG2 = 14
const BLOCK_ROWS = 2 ** BLOCK_ROWS_LOG2
const FIRST_BLOCK_ROWS = 16
/** Distinct values of one table at the most, all its columns together: each is an object of the heap. */
const LEVELS_MAX = 2 ** 23

/** What the columns of a table may have together. */
export interface LevelBudget {
  /** How many more distinct values. */
  left: number
  /** Asked before memory is taken; it throws where there is none. */
  readonly memory: TableMemory | undefined
}

export function levelBudget(memory?: TableMemory): LevelBudget {
  return { left: LEVELS_MAX, memory }
}

/** What is said of a string with half a surrogate pair: it cannot be written as UTF-8, and would come back as another. */
export function notText(text: string): string | undefined {
  return text.isWellFormed() ? undefined : 'expected Unicode text, got half a surrogate pair'
}

/** Characters of a column's name: a table may have ten thousand of them. */
export const NAME_LENGTH_MAX = 1000

/** What is said of a name that no column can have. */
export function notAName(name: string): string | undefined {
  if (name.length > NAME_LENGTH_MAX)
    return `a name of ${name.length} characters; expected ${NAME_LENGTH_MAX} at the most`
  return notText(name)
}

/** Rows of integers beyond 2^53 that are remembered. */
const WIDE_ROWS_MAX = 5

/**
 * Numbers and levels of one column, each in blocks of their own; a row that is never set is missing. Rows are set in
 * ascending order. Memory: the column once, and once more while it finishes.
 */
export class ColumnBuilder {
  readonly name: string
  /** True where every cell is to be set as text; it is for the reader of the rows to do so. */
  readonly isText: boolean
  /** The row that was set or cleared last. */
  lastRow = -1
  private readonly budget: LevelBudget
  /** A block that is undefined has missing values only. */
  private readonly numbers: (Float64Array | undefined)[] = []
  private readonly codes: (Int32Array | undefined)[] = []
  private codeOf = new LevelCodes()
  /** By code. */
  private levels: Level[] = []
  private blockBytes = 0
  private hasCleared = false
  private wideCount = 0
  private wideRow = -1
  private readonly wideRows: number[] = []

  constructor(name: string, budget = levelBudget(), isText = false) {
    this.name = name
    this.budget = budget
    this.isText = isText
  }

  /** Returns what is wrong with the value, if anything is. */
  setNumber(row: number, value: number): string | undefined {
    if (value - value !== 0) return `expected a finite number, got ${value}`
    this.lastRow = row
    const block = this.numbers[row >>> BLOCK_ROWS_LOG2]
    const offset = row & (BLOCK_ROWS - 1)
    if (block !== undefined && offset < block.length) block[offset] = value
    else numberBlock(this.numbers, row, this.takeBlock)[offset] = value
    return undefined
  }

  /** The number that the row was set to is an integer written out in digits, and beyond 2^53. */
  noteWide(row: number): void {
    this.wideCount += 1
    this.wideRow = row
    if (this.wideRows.length < WIDE_ROWS_MAX) this.wideRows.push(row)
  }

  /** Returns what is wrong with the value, if anything is. */
  setLevel(row: number, level: string | boolean): string | undefined {
    let code = this.codeOf.get(level)
    if (code < 0) {
      const wrong = typeof level === 'string' ? notText(level) : undefined
      if (wrong !== undefined) return wrong
      code = this.addLevel(level)
      if (code < 0) return `more than ${LEVELS_MAX} distinct values in strings and mixed columns`
    }
    this.setCode(row, code)
    return undefined
  }

  /** Sets a level by a code that codeFor gave. */
  setCode(row: number, code: number): void {
    this.lastRow = row
    const block = this.codes[row >>> BLOCK_ROWS_LOG2]
    const offset = row & (BLOCK_ROWS - 1)
    if (block !== undefined && offset < block.length) block[offset] = code
    else codeBlock(this.codes, row, this.takeBlock)[offset] = code
  }

  /** The code of a level that the column has; −1 for another. */
  codeFor(level: string | boolean): number {
    return this.codeOf.get(level)
  }

  /** The code to which the row was set last. */
  latestCode(row: number): number {
    return this.codes[row >>> BLOCK_ROWS_LOG2]?.[row & (BLOCK_ROWS - 1)] ?? -1
  }

  /** Takes back what the latest row was set to, since the row goes on with another value for this column. */
  clear(row: number): void {
    this.lastRow = row
    const k = row >>> BLOCK_ROWS_LOG2
    const offset = row & (BLOCK_ROWS - 1)
    const numbers = this.numbers[k]
    if (numbers !== undefined && offset < numbers.length) numbers[offset] = Number.NaN
    const codes = this.codes[k]
    if (codes !== undefined && offset < codes.length) codes[offset] = -1
    if (this.wideRow === row) {
      this.wideCount -= 1
      this.wideRow = -1
      if (this.wideRows.at(-1) === row) this.wideRows.pop()
    }
    this.hasCleared = true
  }

  /** The column of so many rows; the builder is spent. */
  finish(rowCount: number): ReadColumn {
    const { name } = this
    const wide = this.wideCount === 0 ? {} : { wide: { count: this.wideCount, rows: this.wideRows } }
    const values = this.finishNumbers(rowCount)
    const others = this.finishLevels(rowCount)
    this.budget.memory?.give(this.blockBytes)
    if (others === undefined) {
      return { kind: 'numeric', name, values: values ?? new Float64Array(rowCount).fill(Number.NaN), ...wide }
    }
    if (values === undefined) return { kind: 'categorical', name, ...others }
    return { kind: 'mixed', name, values, ...others, ...wide }
  }

  /** Undefined when no row has a number. */
  private finishNumbers(rowCount: number): Float64Array | undefined {
    if (this.numbers.length === 0) return undefined
    this.budget.memory?.take(8 * rowCount)
    const values = new Float64Array(rowCount)
    drain(this.numbers, values, Number.NaN)
    return this.hasCleared && values.every(Number.isNaN) ? undefined : values
  }

  /** Undefined when no row has a level. */
  private finishLevels(rowCount: number): { codes: Int32Array; levels: Level[] } | undefined {
    if (this.codes.length === 0) return undefined
    this.budget.memory?.take(4 * rowCount)
    const codes = new Int32Array(rowCount)
    drain(this.codes, codes, -1)
    const given = this.levels
    this.codeOf = new LevelCodes()
    this.levels = []
    const { levels, newCodes } = orderLevels(this.hasCleared ? keepUsed(codes, given) : given)
    if (levels.length === 0) return undefined
    for (let i = 0; i < rowCount; i++) {
      const code = codes[i] as number
      if (code >= 0) codes[i] = newCodes[code] as number
    }
    return { codes, levels }
  }

  private addLevel(level: Level): number {
    if (this.budget.left === 0) return -1
    this.budget.left -= 1
    this.budget.memory?.take(LEVEL_BYTES + (typeof level === 'string' ? 2 * level.length : 0))
    this.levels.push(level)
    return this.codeOf.add(level)
  }

  /** Before a block is made. */
  private readonly takeBlock = (bytes: number): void => {
    this.budget.memory?.take(bytes)
    this.blockBytes += bytes
  }
}

/** The block of a row, made or grown so that it has that row. Only the first block grows, doubling, up to a whole one. */
function numberBlock(blocks: (Float64Array | undefined)[], row: number, take: (bytes: number) => void): Float64Array {
  const k = row >>> BLOCK_ROWS_LOG2
  const before = blocks[k]
  const length = lengthOfBlock(row, before)
  take(8 * length)
  const block = new Float64Array(length).fill(Number.NaN)
  if (before !== undefined) block.set(before)
  while (blocks.length < k) blocks.push(undefined)
  blocks[k] = block
  return block
}

function codeBlock(blocks: (Int32Array | undefined)[], row: number, take: (bytes: number) => void): Int32Array {
  const k = row >>> BLOCK_ROWS_LOG2
  const before = blocks[k]
  const length = lengthOfBlock(row, before)
  take(4 * length)
  const block = new Int32Array(length).fill(-1)
  if (before !== undefined) block.set(before)
  while (blocks.length < k) blocks.push(undefined)
  blocks[k] = block
  return block
}

function lengthOfBlock(row: number, before: { readonly length: number } | undefined): number {
  if (row >= BLOCK_ROWS) return BLOCK_ROWS
  let length = before?.length ?? FIRST_BLOCK_ROWS
  while (length <= row) length *= 2
  return length
}

/** Copies the blocks into the whole and lets go of each. */
function drain(
  blocks: (Float64Array | Int32Array | undefined)[],
  whole: Float64Array | Int32Array,
  missing: number,
): void {
  const rowCount = whole.length
  for (let start = 0, k = 0; start < rowCount; start += BLOCK_ROWS, k++) {
    const block = blocks[k]
    const end = Math.min(start + BLOCK_ROWS, rowCount)
    const filled = Math.min(end, start + (block?.length ?? 0))
    for (let i = start; i < filled; i++) whole[i] = (block as Float64Array)[i - start] as number
    for (let i = filled; i < end; i++) whole[i] = missing
    blocks[k] = undefined
  }
}

/** The levels that the codes use, in their order; the codes refer to those afterwards. */
function keepUsed(codes: Int32Array, levels: readonly Level[]): Level[] {
  const newCodes = new Int32Array(levels.length).fill(-1)
  for (const code of codes) if (code >= 0) newCodes[code] = 0
  let next = 0
  const used = levels.filter((_, code) => {
    if (newCodes[code] !== 0) return false
    newCodes[code] = next++
    return true
  })
  codes.forEach((code, i) => {
    if (code >= 0) codes[i] = newCodes[code] as number
  })
  return used
}
