// The data of one measurement, as a file that Node and Python both read in one go.
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { Random } from '../../src/learning/random.ts'
import { readDataset } from '../../test/support/datasets.ts'

/** What is to be learned: labels, labels by columns of codes, a number, nothing but groups, nothing but strangeness. */
export type TaskKind = 'classes' | 'categories' | 'values' | 'clusters' | 'anomalies'

/**
 * Column-major features to fit, row-major features to predict, and a target for each: a class code or a number.
 * For anomalies the target is 1 at test rows that were made strange.
 */
export interface BenchData {
  readonly columnCount: number
  readonly classCount: number
  readonly trainRows: number
  readonly testRows: number
  readonly train: readonly Float64Array[]
  readonly test: Float64Array
  readonly trainTarget: Float64Array
  readonly testTarget: Float64Array
}

const COLUMNS = 20
const CODES = 16
const STRANGE_SHARE = 0.02

/** letter.csv, as Frey and Slate did: the first 16,000 rows to fit, the last 4,000 to predict. */
export function letterData(task: TaskKind, testRowsMax = 4000): BenchData {
  const { x, classes } = readDataset('letter')
  const trainRows = 16_000
  const target = Float64Array.from(classes.codes)
  return divided(task, x.columns, target, classes.classNames.length, trainRows, testRowsMax)
}

/**
 * Rows of 20 uniform numbers: five tell the target as in Friedman 1991 ("Multivariate adaptive regression splines",
 * y = 10 sin π x₁x₂ + 20 (x₃ − ½)² + 10 x₄ + 5 x₅), five more weakly and linearly, ten not at all; normal noise. The
 * classes are whether y, with twice the noise, is above 15. A quarter as many test rows, at least 2,000, at most 100,000.
 */
export function syntheticData(task: TaskKind, rows: number, testRowsMax = 100_000): BenchData {
  const random = new Random(rows, 1)
  const testRows = Math.min(Math.max(rows >> 2, 2000), 100_000, testRowsMax)
  const total = rows + testRows
  const columns = Array.from({ length: COLUMNS }, () => new Float64Array(total))
  const target = new Float64Array(total)
  const row = new Float64Array(COLUMNS)
  for (let i = 0; i < total; i++) {
    for (let j = 0; j < COLUMNS; j++) {
      const value = random.uniform()
      row[j] = task === 'categories' ? Math.floor(value * CODES) / CODES : value
      ;(columns[j] as Float64Array)[i] = task === 'categories' ? Math.floor(value * CODES) : value
    }
    const [a, b, c, d, e, f, g, h, k, l] = row as unknown as [...number[]] as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const signal = 10 * Math.sin(Math.PI * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e + f + g + h - k - l
    const isClass = task === 'classes' || task === 'categories'
    target[i] = isClass ? (signal + 2 * random.normal() > 15 ? 1 : 0) : signal + random.normal()
  }
  return divided(task, columns, target, 2, rows, testRowsMax)
}

/**
 * Four columns of levels, the first with one for three rows, the second with one for ten, then 100 and 20, as columns of
 * 0 and 1 for the levels that occur; the target is the sum of a weight for each level, and normal noise. A quarter as
 * many test rows.
 */
export function oneHotData(task: TaskKind, rows: number, testRowsMax = 100_000): BenchData {
  const random = new Random(rows, 2)
  const total = rows + Math.min(rows >> 2, testRowsMax)
  const target = Float64Array.from({ length: total }, () => random.normal())
  const columns = [Math.floor(rows / 3), Math.floor(rows / 10), 100, 20].flatMap((count) => {
    const levels = Array.from({ length: count }, () => ({ weight: random.normal(), column: new Float64Array(total) }))
    for (let i = 0; i < total; i++) {
      const { weight, column } = levels[Math.floor(count * random.uniform() ** 2)] as (typeof levels)[number]
      column[i] = 1
      target[i] = (target[i] as number) + weight
    }
    return levels.map(({ column }) => column).filter((column) => column.indexOf(1) < rows && column.includes(1))
  })
  const isClass = task === 'classes' || task === 'categories'
  return divided(task, columns, isClass ? target.map((value) => (value > 0 ? 1 : 0)) : target, 2, rows, testRowsMax)
}

function divided(
  task: TaskKind,
  columns: readonly Float64Array[],
  target: Float64Array,
  classCount: number,
  trainRows: number,
  testRowsMax: number,
): BenchData {
  const testRows = Math.min(target.length - trainRows, testRowsMax)
  const columnCount = columns.length
  const test = new Float64Array(testRows * columnCount)
  for (let k = 0; k < test.length; k++)
    test[k] = columns[k % columnCount]?.[trainRows + Math.floor(k / columnCount)] as number
  const testTarget = target.slice(trainRows, trainRows + testRows)
  if (task === 'anomalies') makeStrange(test, testTarget, columnCount)
  return {
    columnCount,
    classCount,
    trainRows,
    testRows,
    train: columns.map((column) => column.slice(0, trainRows)),
    test,
    trainTarget: target.slice(0, trainRows),
    testTarget,
  }
}

/** Puts some rows twice as far from the middle of all; testTarget becomes 1 there and 0 elsewhere. */
function makeStrange(test: Float64Array, testTarget: Float64Array, columnCount: number): void {
  const mean = test.reduce((a, b) => a + b, 0) / test.length
  const every = Math.round(1 / STRANGE_SHARE)
  for (let i = 0; i < testTarget.length; i++) {
    testTarget[i] = i % every === 0 ? 1 : 0
    for (let k = i * columnCount; k < (i + 1) * columnCount && testTarget[i] === 1; k++) {
      test[k] = mean + 2 * ((test[k] as number) - mean)
    }
  }
}

/** Writes path.json (counts) and path.bin (float64: train by columns, test by rows, both targets). */
export function writeData(path: string, data: BenchData): void {
  const { train, test, trainTarget, testTarget, ...counts } = data
  writeFileSync(`${path}.json`, JSON.stringify(counts))
  const file = openSync(`${path}.bin`, 'w')
  for (const part of [...train, test, trainTarget, testTarget]) {
    for (let at = 0; at < part.byteLength; )
      at += writeSync(file, new Uint8Array(part.buffer, part.byteOffset + at, part.byteLength - at))
  }
  closeSync(file)
}

/** Reads what writeData wrote, each array into memory of its own, nothing twice. */
export function readData(path: string): BenchData {
  const counts = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Omit<BenchData, 'train' | 'test'>
  const { columnCount, trainRows, testRows } = counts
  const file = openSync(`${path}.bin`, 'r')
  const next = (length: number): Float64Array => {
    const part = new Float64Array(length)
    const bytes = new Uint8Array(part.buffer)
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(file, bytes, at, bytes.length - at, null)
      if (read === 0) throw new Error(`${path}.bin ends too soon`)
      at += read
    }
    return part
  }
  const train = Array.from({ length: columnCount }, () => next(trainRows))
  const data = {
    ...counts,
    train,
    test: next(testRows * columnCount),
    trainTarget: next(trainRows),
    testTarget: next(testRows),
  }
  closeSync(file)
  return data
}
