// Data for the tests of trees: the sets in examples/data and seeded noise.
import { readFileSync } from 'node:fs'
import type { ClassTarget } from '../../src/learning/estimator.ts'
import type { Matrix } from '../../src/learning/matrix.ts'
import type { Random } from '../../src/learning/random.ts'

export interface TestSet {
  readonly x: Matrix
  /** The last column: class codes in the order of sorted names, or numbers. */
  readonly classes: ClassTarget
  readonly numbers: Float64Array
}

/** A file of examples/data, its last column (letter.csv: its first) being the target. Values rounded to float32. */
export function readTestSet(name: string): TestSet {
  const text = readFileSync(new URL(`../../examples/data/${name}.csv`, import.meta.url), 'utf8').trim()
  const lines = text.split('\n').slice(1)
  const rows = lines.map((line) => line.trim().split(','))
  const target = name === 'letter' ? 0 : rows[0]!.length - 1
  const labels = rows.map((row) => row[target]!)
  const columns = rows[0]!
    .map((_, j) => j)
    .filter((j) => j !== target)
    .map((j) => Float64Array.from(rows, (row) => Math.fround(Number(row[j]))))
  return testSet(columns, labels)
}

export function testSet(columns: Float64Array[], labels: readonly (string | number)[]): TestSet {
  const isNumber = labels.every((label) => !Number.isNaN(Number(label)))
  const classNames = [...new Set(labels)].sort((a, b) => (isNumber ? Number(a) - Number(b) : a < b ? -1 : 1))
  const codeOf = new Map(classNames.map((label, k) => [label, k]))
  return {
    x: { rowCount: labels.length, columns, categoryCounts: columns.map(() => 0) },
    classes: {
      codes: Int32Array.from(labels, (label) => codeOf.get(label)!),
      classNames: classNames.map(String),
    },
    numbers: Float64Array.from(labels, Number),
  }
}

/** The noise of test/golden/generate_trees.py. */
export function noisySet(name: 'noisy_numbers' | 'noisy_two' | 'noisy_three', n = 400, d = 5): TestSet {
  let state = 1
  const next = (): number => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const u = Array.from({ length: n }, () => Array.from({ length: d + 1 }, next))
  const columns = Array.from({ length: d }, (_, j) => Float64Array.from(u, (row) => Math.fround(row[j]!)))
  const labels = u.map((row) => {
    const score = 3 * row[0]! + 4 * row[1]! * row[2]! + 2 * row[d]!
    if (name === 'noisy_numbers') return score
    return name === 'noisy_two' ? Math.min(1, Math.floor(score / 3.5)) : Math.min(2, Math.floor(score / 2.5))
  })
  return testSet(columns, labels)
}

/** The missing values of test/golden/generate_trees.py. */
export function withMissing({ rowCount, columns, categoryCounts }: Matrix): Matrix {
  const holed = columns.map((column, j) => column.map((value, i) => ((7 * i + 3 * j) % 11 === 0 ? Number.NaN : value)))
  return { rowCount, columns: holed, categoryCounts }
}

/** Columns of whole numbers, of reals with repeats, of categories, with missing values: whatever trips a search. */
export function randomMatrix(random: Random, rowCount: number, columnCount: number, categories = true): Matrix {
  const columns: Float64Array[] = []
  const categoryCounts: number[] = []
  for (let j = 0; j < columnCount; j++) {
    const kind = random.integer(categories ? 4 : 3)
    const distinct = 1 + random.integer(kind === 0 ? 4 : 2 * rowCount)
    const missing = random.integer(2) * 0.2
    categoryCounts.push(kind === 3 ? 1 + random.integer(6) : 0)
    columns.push(
      Float64Array.from({ length: rowCount }, () => {
        if (random.uniform() < missing) return Number.NaN
        if (kind === 3) return random.integer(categoryCounts[j]!)
        return kind === 2 ? random.normal() : random.integer(distinct) - distinct / 2
      }),
    )
  }
  return { rowCount, columns, categoryCounts }
}
