// Small seeded data sets for the checks, and ways to rearrange them.
import type { ClassTarget, Estimator } from '../learning/estimator.ts'
import { fitContext } from '../learning/fit-context.ts'
import type { Matrix } from '../learning/matrix.ts'
import { Random } from '../learning/random.ts'
import { intoRange } from '../learning/target-range.ts'
import type { Subject } from './subject.ts'

/** Features with a target of either sort; a method without labels ignores both. */
export interface Sample {
  readonly x: Matrix
  readonly classes: ClassTarget
  readonly values: Float64Array
  readonly weight?: Float64Array
}

const CATEGORIES = 5
const CLASS_NAMES = ['ash', 'beech', 'cedar']

/**
 * Rows of uniform numbers whose first three columns tell most of the target. The second column has missing values and
 * the last is categorical where the estimator can take that; all are categorical where it takes nothing else. Numbers to learn are in the range that it
 * declares.
 */
export function sampleFor(subject: Subject, { rows = 120, columns = 5, seed = 1 } = {}): Sample {
  const estimator = subject.make(subject.given)
  const { abilities } = estimator
  if (estimator.kind === 'recommender') return takenItems(rows, seed)
  const random = new Random(seed, 77)
  const made = Array.from({ length: columns }, () => Float64Array.from({ length: rows }, () => random.uniform()))
  const values = new Float64Array(rows)
  const codes = new Int32Array(rows)
  for (let i = 0; i < rows; i++) {
    const signal =
      2 * (made[0]?.[i] ?? 0) - (made[1]?.[i] ?? 0) + ((made[2]?.[i] ?? 0) > 0.5 ? 1 : 0) + random.normal() / 4
    values[i] = 10 * signal
    codes[i] = signal < 0.5 ? 0 : signal < 1.4 ? 1 : 2
  }
  // Every class has a row, however few the rows.
  for (let i = 0; i < Math.min(rows, CLASS_NAMES.length); i++) codes[i] = i
  const isCategorical = (j: number): boolean =>
    subject.traits?.takes === 'categories' || (abilities.categories && j === columns - 1 && j > 0)
  made.forEach((column, j) => {
    for (let i = 0; i < rows && isCategorical(j); i++) column[i] = Math.floor((column[i] as number) * CATEGORIES)
    for (let i = 3; i < rows && abilities.missing && j === 1; i += 11) column[i] = Number.NaN
  })
  const categoryCounts = made.map((_, j) => (isCategorical(j) ? CATEGORIES : 0))
  const x = { rowCount: rows, columns: made, categoryCounts }
  return { x, classes: { codes, classNames: CLASS_NAMES }, values: targetsFor(estimator, values) }
}

/** Rows of users, of three sorts, who take items mostly of their own sort; nobody takes all. */
function takenItems(rows: number, seed: number): Sample {
  const random = new Random(seed, 77)
  const users = Float64Array.from({ length: rows }, (_, i) => i % TAKING_USERS)
  const codes = Int32Array.from(users, (user) => {
    const sort = random.uniform() < 0.8 ? user % 3 : random.integer(3)
    return 3 * random.integer(ITEM_NAMES.length / 3) + sort
  })
  const x = { rowCount: rows, columns: [users], categoryCounts: [TAKING_USERS] }
  return { x, classes: { codes, classNames: ITEM_NAMES }, values: new Float64Array(rows) }
}
const TAKING_USERS = 12
const ITEM_NAMES = Array.from({ length: 30 }, (_, item) => `item ${item}`)

/** The numbers moved into the range that the estimator declares. */
export function targetsFor(estimator: Estimator, values: Float64Array): Float64Array {
  const range = estimator.kind === 'regressor' ? estimator.targetRange : undefined
  return range === undefined ? values : intoRange(values, range)
}

/** The rows at the indices, in their order; an index may come more than once. */
export function takeRows(sample: Sample, indices: Int32Array): Sample {
  const pick = (from: Float64Array): Float64Array => Float64Array.from(indices, (i) => from[i] as number)
  return {
    x: { ...sample.x, rowCount: indices.length, columns: sample.x.columns.map(pick) },
    classes: { ...sample.classes, codes: Int32Array.from(indices, (i) => sample.classes.codes[i] as number) },
    values: pick(sample.values),
    ...(sample.weight && { weight: pick(sample.weight) }),
  }
}

/** The columns at the indices, in their order. */
export function takeColumns(sample: Sample, order: readonly number[]): Sample {
  const { rowCount, columns, categoryCounts } = sample.x
  return {
    ...sample,
    x: {
      rowCount,
      columns: order.map((j) => columns[j] as Float64Array),
      categoryCounts: order.map((j) => categoryCounts[j] as number),
    },
  }
}

/** The same sample with each value of the features replaced. change: (value, row, column). */
export function mapValues(sample: Sample, change: (value: number, i: number, j: number) => number): Sample {
  const columns = sample.x.columns.map((column, j) => column.map((value, i) => change(value, i, j)))
  return { ...sample, x: { ...sample.x, columns } }
}

/** 0 … n − 1 in a seeded random order. */
export function shuffled(n: number, seed = 5): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i)
  new Random(seed).shuffle(order)
  return order
}

/** Fits an estimator of any kind on the part of the sample that it takes. */
export function fitOn(estimator: Estimator, sample: Sample, context = fitContext()) {
  const { x, classes, values, weight } = sample
  switch (estimator.kind) {
    case 'classifier':
    case 'recommender':
      return estimator.fit(x, classes, context, weight)
    case 'regressor':
      return estimator.fit(x, values, context, weight)
    case 'clusterer':
    case 'anomaly_detector':
      return estimator.fit(x, context, weight)
  }
}
