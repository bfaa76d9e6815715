// What is counted of one column in one pass over its rows, a batch at a time.
import { isMissingMark } from '../../model/missing-marks.ts'
import { NumberMap } from '../../model/number-map.ts'
import type { ReadColumn } from '../../model/read-column.ts'
import type { Level } from '../../model/table.ts'
import { hash, hashLevel, hashNumber, mixed } from './cell-hashes.ts'
import { DistinctCount } from './distinct-count.ts'

/** Distinct numbers and texts that are counted one by one. */
export const COUNTED_MAX = 10_000
/** The same over all columns of a wide table. */
const COUNTED_CELLS_MAX = 1_000_000
/** Characters that the counted texts of a column may have in the mean. */
const COUNTED_CHARS = 100

/** How many distinct values of each of so many columns are counted one by one. */
export function countedMaxOf(columnCount: number): number {
  return Math.max(50, Math.min(COUNTED_MAX, Math.floor(COUNTED_CELLS_MAX / Math.max(1, columnCount))))
}

/** Sums of hashes over the cells of each row. */
export interface RowHashes {
  readonly highs: Int32Array
  readonly lows: Int32Array
}

export class ColumnTally {
  readonly name: string
  readonly numbers = { count: 0, integerCount: 0, zeroCount: 0, least: Number.NaN, most: Number.NaN }
  /** Mean and sum of squared distances from it, merged from batch to batch (Chan, Golub, LeVeque 1979). */
  mean = 0
  squares = 0
  /** Texts and booleans, those too that stand for missing values. */
  levelRowCount = 0
  /** Texts that stand for missing values in a column of numbers. */
  markCount = 0
  wideCount = 0
  readonly distinct = new DistinctCount()
  private readonly nameHash: number
  private readonly countedMax: number
  /** Undefined where there are more than are counted. */
  private numberCodes: NumberMap | undefined = new NumberMap()
  private numberCounts: number[] = []
  private countedNumbers: number[] = []
  private levelCounts: Map<Level, number> | undefined = new Map()
  private countedChars = 0
  /** The list that the latest codes refer to; it may grow. How many of it are hashed, and their figures by code. */
  private levels: readonly Level[] = []
  private knownCount = 0
  private levelHighs = new Int32Array(0)
  private levelLows = new Int32Array(0)
  private codeCounts = new Float64Array(0)

  constructor(name: string, countedMax: number) {
    this.name = name
    this.countedMax = countedMax
    hashLevel(name)
    this.nameHash = hash.high
  }

  /** Adds a batch, and its cells to the hashes of its rows. O(rows + characters of levels that its list did not have before). */
  add(column: ReadColumn, rows: RowHashes): void {
    if (column.kind !== 'categorical') {
      this.addNumbers(column.values, rows)
      this.wideCount += column.wide?.count ?? 0
    }
    if (column.kind !== 'numeric') this.addLevels(column.codes, column.levels, rows)
  }

  /** To be called when all batches were added, before anything is read. */
  finish(): void {
    this.settleLevels()
  }

  /** Numbers with the rows that have them, the most frequent first; undefined where there are more than are counted. */
  countsOfNumbers(): [number, number][] | undefined {
    if (this.numberCodes === undefined) return undefined
    const pairs = this.countedNumbers.map((value, code): [number, number] => [value, this.numberCounts[code] as number])
    return pairs.sort((a, b) => b[1] - a[1] || a[0] - b[0])
  }

  countsOfLevels(): [Level, number][] | undefined {
    if (this.levelCounts === undefined) return undefined
    return [...this.levelCounts].sort((a, b) => b[1] - a[1] || (String(a[0]) < String(b[0]) ? -1 : 1))
  }

  private addNumbers(values: Float64Array, { highs, lows }: RowHashes): void {
    const { numbers, distinct, nameHash } = this
    let count = 0
    let sum = 0
    let { least, most } = numbers
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number
      if (Number.isNaN(value)) continue
      count += 1
      sum += value
      if (!(value >= least)) least = value
      if (!(value <= most)) most = value
      if (Number.isInteger(value)) numbers.integerCount += 1
      if (value === 0) numbers.zeroCount += 1
      hashNumber(value)
      const { high, low } = hash
      distinct.add(high, low)
      highs[row] = (highs[row] as number) + mixed(high ^ nameHash)
      lows[row] = (lows[row] as number) + mixed(low ^ nameHash)
      if (this.numberCodes !== undefined) this.countNumber(value)
    }
    if (count === 0) return
    // About the mean of the batch, so that digits are not lost.
    const center = sum / count
    let squares = 0
    let rest = 0
    for (let row = 0; row < values.length; row++) {
      const distance = (values[row] as number) - center
      if (Number.isNaN(distance)) continue
      squares += distance * distance
      rest += distance
    }
    const mean = center + rest / count
    squares -= (rest * rest) / count
    const before = numbers.count
    const total = before + count
    const step = mean - this.mean
    this.squares += squares + (step * step * before * count) / total
    this.mean += (step * count) / total
    numbers.count = total
    numbers.least = least
    numbers.most = most
  }

  private addLevels(codes: Int32Array, levels: readonly Level[], { highs, lows }: RowHashes): void {
    if (levels !== this.levels) {
      this.settleLevels()
      this.levels = levels
      this.knownCount = 0
    }
    this.learnLevels()
    const { levelHighs, levelLows, codeCounts } = this
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row] as number
      if (code < 0) continue
      codeCounts[code] = (codeCounts[code] as number) + 1
      highs[row] = (highs[row] as number) + (levelHighs[code] as number)
      lows[row] = (lows[row] as number) + (levelLows[code] as number)
    }
  }

  /** Hashes those levels of the list that are new in it. */
  private learnLevels(): void {
    const { levels, nameHash } = this
    if (levels.length > this.codeCounts.length) {
      const length = 2 * levels.length
      this.levelHighs = grown(this.levelHighs, new Int32Array(length))
      this.levelLows = grown(this.levelLows, new Int32Array(length))
      this.codeCounts = grown(this.codeCounts, new Float64Array(length))
    }
    for (let code = this.knownCount; code < levels.length; code++) {
      hashLevel(levels[code] as Level)
      this.distinct.add(hash.high, hash.low)
      this.levelHighs[code] = mixed(hash.high ^ nameHash)
      this.levelLows[code] = mixed(hash.low ^ nameHash)
    }
    this.knownCount = levels.length
  }

  /** What was counted by code, by level. */
  private settleLevels(): void {
    const { levels, codeCounts, knownCount } = this
    for (let code = 0; code < knownCount; code++) {
      const level = levels[code] as Level
      const count = codeCounts[code] as number
      if (count === 0) continue
      this.levelRowCount += count
      if (typeof level === 'string' && isMissingMark(level)) this.markCount += count
      this.countLevel(level, count)
    }
    codeCounts.fill(0, 0, knownCount)
  }

  private countLevel(level: Level, count: number): void {
    const { levelCounts } = this
    if (levelCounts === undefined) return
    const before = levelCounts.get(level)
    levelCounts.set(level, (before ?? 0) + count)
    if (before === undefined && typeof level === 'string') this.countedChars += level.length
    const isTooMuch = levelCounts.size > this.countedMax || this.countedChars > COUNTED_CHARS * this.countedMax
    if (isTooMuch) this.levelCounts = undefined
  }

  private countNumber(value: number): void {
    const codes = this.numberCodes as NumberMap
    let code = codes.get(value)
    if (code < 0) {
      if (codes.size >= this.countedMax) {
        this.numberCodes = undefined
        this.numberCounts = []
        this.countedNumbers = []
        return
      }
      code = codes.size
      codes.set(value, code)
      this.countedNumbers.push(value + 0)
      this.numberCounts.push(0)
    }
    this.numberCounts[code] = (this.numberCounts[code] as number) + 1
  }
}

function grown<A extends Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(from: A, to: A): A {
  to.set(from)
  return to
}
