// One column in the making, value by value, whose length is not known before its end.
import { notText } from './column-name.ts'
import { LevelCodes } from './level-codes.ts'
import type { ReadColumn } from './read-column.ts'
import { type Level, orderLevels } from './table.ts'
import { LEVEL_BYTES, type TableMemory } from './table-memory.ts'

/** Rows are stored in blocks of this many, so that growing copies nothing and ends with little room left over. */
const BLOCK_ROWS_LOG2 = 14
const BLOCK_ROWS = 2 ** BLOCK_ROWS_LOG2
const FIRST_BLOCK_ROWS = 16
/** Rows of a batch at the most. */
export const BATCH_ROWS_MAX = BLOCK_ROWS
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
  private levelBytes = 0
  private blockBytes = 0
  private hasCleared = false
  private wideCount = 0
  private wideRow = -1
  private wideRows: number[] = []
  /** First blocks of an earlier batch, to be used again. */
  private spareNumbers: Float64Array | undefined
  private spareCodes: Int32Array | undefined

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
    else this.numberBlock(row)[offset] = value
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
    else this.codeBlock(row)[offset] = code
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
    const values = this.wholeNumbers(rowCount)
    const codes = this.wholeCodes(rowCount)
    const column = this.columnOf(rowCount, values, codes && this.orderedCodes(codes))
    this.budget.memory?.give(this.blockBytes)
    return column
  }

  /**
   * The column of up to BATCH_ROWS_MAX rows; those that come next count from 0 again. Its memory is used again: it holds
   * until the next row is set. Its levels are in the order in which they came, and those of earlier batches are among them:
   * the same list, which only grows, until it takes more than so many bytes; then a new one is begun.
   */
  finishBatch(rowCount: number, levelBytesMax: number): ReadColumn {
    const codes = this.batchCodes(rowCount)
    const column = this.columnOf(rowCount, this.batchNumbers(rowCount), codes && { codes, levels: this.levels })
    this.spareNumbers = this.numbers.pop() ?? this.spareNumbers
    this.spareCodes = this.codes.pop() ?? this.spareCodes
    this.lastRow = -1
    this.hasCleared = false
    this.wideCount = 0
    this.wideRow = -1
    this.wideRows = []
    if (this.levelBytes > levelBytesMax) {
      this.budget.memory?.give(this.levelBytes)
      this.levelBytes = 0
      this.budget.left += this.levels.length
      this.codeOf = new LevelCodes()
      this.levels = []
    }
    return column
  }

  /** Levels that are known; 0 again where a batch has begun a new list. */
  get levelCount(): number {
    return this.levels.length
  }

  private columnOf(
    rowCount: number,
    numbers: Float64Array | undefined,
    levels: { codes: Int32Array; levels: readonly Level[] } | undefined,
  ): ReadColumn {
    const { name } = this
    const wide = this.wideCount === 0 ? {} : { wide: { count: this.wideCount, rows: this.wideRows } }
    const values = this.hasCleared && numbers?.every(Number.isNaN) ? undefined : numbers
    if (levels === undefined) {
      return { kind: 'numeric', name, values: values ?? new Float64Array(rowCount).fill(Number.NaN), ...wide }
    }
    if (values === undefined) return { kind: 'categorical', name, ...levels }
    return { kind: 'mixed', name, values, ...levels, ...wide }
  }

  /** Undefined when no row has a number. */
  private wholeNumbers(rowCount: number): Float64Array | undefined {
    if (this.numbers.length === 0) return undefined
    this.budget.memory?.take(8 * rowCount)
    const values = new Float64Array(rowCount)
    drain(this.numbers, values, Number.NaN)
    return values
  }

  /** Undefined when no row has a level. */
  private wholeCodes(rowCount: number): Int32Array | undefined {
    if (this.codes.length === 0) return undefined
    this.budget.memory?.take(4 * rowCount)
    const codes = new Int32Array(rowCount)
    drain(this.codes, codes, -1)
    return codes
  }

  /** A part of the only block. */
  private batchNumbers(rowCount: number): Float64Array | undefined {
    const [block] = this.numbers
    if (block === undefined) return undefined
    return (block.length < rowCount ? this.numberBlock(rowCount - 1) : block).subarray(0, rowCount)
  }

  private batchCodes(rowCount: number): Int32Array | undefined {
    const [block] = this.codes
    if (block === undefined) return undefined
    return (block.length < rowCount ? this.codeBlock(rowCount - 1) : block).subarray(0, rowCount)
  }

  /** Undefined when no row has a level. Changes the codes to those of the levels in order. */
  private orderedCodes(codes: Int32Array): { codes: Int32Array; levels: Level[] } | undefined {
    const given = this.levels
    this.codeOf = new LevelCodes()
    this.levels = []
    const { levels, newCodes } = orderLevels(this.hasCleared ? keepUsed(codes, given) : given)
    if (levels.length === 0) return undefined
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i] as number
      if (code >= 0) codes[i] = newCodes[code] as number
    }
    return { codes, levels }
  }

  private addLevel(level: Level): number {
    if (this.budget.left === 0) return -1
    this.budget.left -= 1
    const bytes = LEVEL_BYTES + (typeof level === 'string' ? 2 * level.length : 0)
    this.budget.memory?.take(bytes)
    this.levelBytes += bytes
    this.levels.push(level)
    return this.codeOf.add(level)
  }

  /** The block of a row, made or grown so that it has that row. Only the first block grows, doubling, up to a whole one. */
  private numberBlock(row: number): Float64Array {
    const k = row >>> BLOCK_ROWS_LOG2
    const before = this.numbers[k] ?? this.spareNumbers?.fill(Number.NaN)
    this.spareNumbers = undefined
    const block = before !== undefined && row < before.length ? before : this.grownNumbers(row, before)
    while (this.numbers.length < k) this.numbers.push(undefined)
    this.numbers[k] = block
    return block
  }

  private grownNumbers(row: number, before: Float64Array | undefined): Float64Array {
    const length = lengthOfBlock(row, before)
    this.takeBlock(8 * length)
    const block = new Float64Array(length).fill(Number.NaN)
    if (before !== undefined) block.set(before)
    return block
  }

  private codeBlock(row: number): Int32Array {
    const k = row >>> BLOCK_ROWS_LOG2
    const before = this.codes[k] ?? this.spareCodes?.fill(-1)
    this.spareCodes = undefined
    const block = before !== undefined && row < before.length ? before : this.grownCodes(row, before)
    while (this.codes.length < k) this.codes.push(undefined)
    this.codes[k] = block
    return block
  }

  private grownCodes(row: number, before: Int32Array | undefined): Int32Array {
    const length = lengthOfBlock(row, before)
    this.takeBlock(4 * length)
    const block = new Int32Array(length).fill(-1)
    if (before !== undefined) block.set(before)
    return block
  }

  /** Before a block is made. */
  private takeBlock(bytes: number): void {
    this.budget.memory?.take(bytes)
    this.blockBytes += bytes
  }
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
