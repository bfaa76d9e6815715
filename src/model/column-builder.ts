// One column in the making, value by value, whose length is not known before its end.
import { LevelCodes } from './level-codes.ts'
import { type Column, type Level, orderLevels } from './table.ts'

/** Rows are stored in blocks of this many, so that growing copies nothing and ends with little room left over. */
const BLOCK_ROWS_LOG2 = 14
const BLOCK_ROWS = 2 ** BLOCK_ROWS_LOG2
const FIRST_BLOCK_ROWS = 16
/** Distinct values of one table at the most, all its columns together: each is an object of the heap. */
const LEVELS_MAX = 2 ** 23

/** What V8 takes for a distinct value, beyond the characters of a string: the value, and its place in a map. */
const LEVEL_BYTES = 96

/** What the columns of a table may have together. */
export interface LevelBudget {
  /** How many more distinct values. */
  left: number
  /** Asked before memory is taken; it throws where there is none. */
  readonly memory: TableMemory | undefined
}

export interface TableMemory {
  take(bytes: number): void
  give(bytes: number): void
  /** Throws when so many bytes in all could never be taken. */
  check(bytes: number): void
}

export function levelBudget(memory?: TableMemory): LevelBudget {
  return { left: LEVELS_MAX, memory }
}

/** What is said of a string with half a surrogate pair: it cannot be written as UTF-8, and would come back as another. */
export function notText(text: string): string | undefined {
  return text.isWellFormed() ? undefined : 'expected Unicode text, got half a surrogate pair'
}

/**
 * Numbers until the first string or boolean, categories from then on; a row that is never set is missing. Rows are set in
 * ascending order. Memory: the column once, and once more while it finishes.
 */
export class ColumnBuilder {
  readonly name: string
  /** The row that was set or cleared last. */
  lastRow = -1
  private readonly budget: LevelBudget
  /** Undefined once it is categorical. A block that is undefined has missing values only. */
  private numbers: (Float64Array | undefined)[] | undefined = []
  private codes: (Int32Array | undefined)[] = []
  private codeOf = new LevelCodes()
  /** By code. */
  private levels: Level[] = []
  /** The numbers as they were before row `convertedAt` made them categories, for as long as that row may change. */
  private numbersBefore: (Float64Array | undefined)[] | undefined
  private convertedAt = -1
  private hasCleared = false
  private blockBytes = 0

  constructor(name: string, budget = levelBudget()) {
    this.name = name
    this.budget = budget
  }

  /** Returns what is wrong with the value, if anything is. */
  setNumber(row: number, value: number): string | undefined {
    if (value - value !== 0) return `expected a finite number, got ${value}`
    const { numbers } = this
    if (numbers === undefined) return this.setLevel(row, value)
    this.lastRow = row
    const block = numbers[row >>> BLOCK_ROWS_LOG2]
    const offset = row & (BLOCK_ROWS - 1)
    if (block !== undefined && offset < block.length) block[offset] = value
    else numberBlock(numbers, row, this.takeBlock)[offset] = value
    return undefined
  }

  /** Returns what is wrong with the value, if anything is. */
  setLevel(row: number, level: Level): string | undefined {
    let code = this.codeOf.get(level)
    if (code < 0) {
      const wrong = typeof level === 'string' ? notText(level) : undefined
      if (wrong !== undefined) return wrong
      if (this.numbers !== undefined) this.becomeCategorical(row, this.numbers)
      code = this.codeFor(level)
      if (code < 0) code = this.addLevel(level)
      if (code < 0) return `more than ${LEVELS_MAX} distinct values in strings and mixed columns`
    }
    this.setCode(row, code)
    return undefined
  }

  /** Sets a level by a code that codeFor gave. */
  setCode(row: number, code: number): void {
    if (this.numbersBefore !== undefined && row > this.convertedAt) this.numbersBefore = undefined
    this.lastRow = row
    const block = this.codes[row >>> BLOCK_ROWS_LOG2]
    const offset = row & (BLOCK_ROWS - 1)
    if (block !== undefined && offset < block.length) block[offset] = code
    else codeBlock(this.codes, row, this.takeBlock)[offset] = code
  }

  /** The code of a level that the column has, as long as it is categorical; −1 otherwise. */
  codeFor(level: Level): number {
    return this.numbers === undefined ? this.codeOf.get(level) : -1
  }

  get isCategorical(): boolean {
    return this.numbers === undefined
  }

  /** Takes back what the latest row was set to, since the row goes on with another value for this column. */
  clear(row: number): void {
    this.lastRow = row
    if (this.numbersBefore !== undefined && this.convertedAt === row) {
      this.numbers = this.numbersBefore
      this.numbersBefore = undefined
      this.codes = []
      this.budget.left += this.levels.length
      this.codeOf = new LevelCodes()
      this.levels = []
    }
    const offset = row & (BLOCK_ROWS - 1)
    const blocks = this.numbers ?? this.codes
    const block = blocks[row >>> BLOCK_ROWS_LOG2]
    if (block !== undefined && offset < block.length) block[offset] = this.numbers === undefined ? -1 : Number.NaN
    this.hasCleared = true
  }

  /** The column of so many rows; the builder is spent. */
  finish(rowCount: number): Column {
    const { name, numbers } = this
    const { memory } = this.budget
    memory?.take((numbers !== undefined ? 8 : 4) * rowCount)
    if (numbers !== undefined) {
      const values = new Float64Array(rowCount)
      drain(numbers, values, Number.NaN)
      memory?.give(this.blockBytes)
      return { kind: 'numeric', name, values }
    }
    const codes = new Int32Array(rowCount)
    drain(this.codes, codes, -1)
    memory?.give(this.blockBytes)
    const given = this.levels
    this.codeOf = new LevelCodes()
    this.levels = []
    const { levels, newCodes } = orderLevels(this.hasCleared ? keepUsed(codes, given) : given)
    for (let i = 0; i < rowCount; i++) {
      const code = codes[i] as number
      if (code >= 0) codes[i] = newCodes[code] as number
    }
    return { kind: 'categorical', name, codes, levels }
  }

  private addLevel(level: Level): number {
    if (this.budget.left === 0) return -1
    this.budget.left -= 1
    this.budget.memory?.take(LEVEL_BYTES + (typeof level === 'string' ? 2 * level.length : 0))
    // As a Map keeps it: −0 is 0.
    this.levels.push(typeof level === 'number' ? level + 0 : level)
    return this.codeOf.add(level)
  }

  /** Before a block is made. */
  private readonly takeBlock = (bytes: number): void => {
    this.budget.memory?.take(bytes)
    this.blockBytes += bytes
  }

  private becomeCategorical(row: number, numbers: (Float64Array | undefined)[]): void {
    this.numbers = undefined
    this.takeBlock(4 * numbers.reduce((sum, block) => sum + (block?.length ?? 0), 0))
    this.codes = numbers.map((block) => block && this.codesOf(block))
    this.numbersBefore = numbers
    this.convertedAt = row
  }

  private codesOf(block: Float64Array): Int32Array {
    return Int32Array.from(block, (value) => {
      if (Number.isNaN(value)) return -1
      const code = this.codeOf.get(value)
      return code < 0 ? this.addLevel(value) : code
    })
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
