// Folds of groups and times against scikit-learn's (test/golden/generate_splits.py); drawn folds by what they promise.
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { DataError } from '../errors.ts'
import type { ClassTarget } from '../estimator.ts'
import { Random } from '../random.ts'
import type { Split } from '../stratified-split.ts'
import { groupKFold, kFold, repeatSplits, stratifiedGroupKFold, stratifiedKFold, timeSeriesSplit } from './splits.ts'

interface Parts {
  readonly training: readonly number[]
  readonly validation: readonly number[]
}
interface Golden {
  readonly groups: readonly {
    readonly groups: readonly number[]
    readonly groupCount: number
    readonly classes: readonly number[]
    readonly folds: number
    readonly plain: readonly Parts[]
    readonly stratified: readonly Parts[]
  }[]
  readonly times: readonly { readonly rows: number; readonly folds: number; readonly splits: readonly Parts[] }[]
}
const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/golden/splits.json', import.meta.url), 'utf8'))

const listed = (splits: readonly Split[]): Parts[] =>
  splits.map(({ training, validation }) => ({ training: [...training], validation: [...validation] }))

function classesOf(codes: readonly number[]): ClassTarget {
  return { codes: Int32Array.from(codes), classNames: ['a', 'b', 'c'] }
}

/** Every row is validated once, and trained on in all other splits. */
function arePartition(t: Test, splits: readonly Split[], rowCount: number): void {
  const rows = [...Array(rowCount).keys()]
  const ascending = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b)
  t.same(ascending(splits.flatMap(({ validation }) => [...validation])), rows)
  for (const { training, validation } of splits) {
    t.same(ascending([...training, ...validation]), rows)
    t.same(training, training.toSorted())
    t.same(validation, validation.toSorted())
  }
}

t.test('groups and times are divided as scikit-learn divides them', async (t) => {
  for (const { groups, groupCount, classes, folds, plain, stratified } of golden.groups) {
    const codes = Int32Array.from(groups)
    t.same(listed(groupKFold(codes, groupCount, folds)), plain, `${groupCount} groups`)
    t.same(
      listed(stratifiedGroupKFold(codes, groupCount, classesOf(classes), folds)),
      stratified,
      `${groupCount} groups, stratified`,
    )
  }
  for (const { rows, folds, splits } of golden.times) {
    t.same(
      listed(
        timeSeriesSplit(
          Float64Array.from({ length: rows }, (_, i) => i),
          folds,
        ),
      ),
      splits,
      `${rows} rows`,
    )
  }
})

t.test('drawn folds are of equal size, with the classes spread evenly, and follow the seed', async (t) => {
  const splits = kFold(23, 5, 1)
  arePartition(t, splits, 23)
  t.same(splits.map(({ validation }) => validation.length).sort(), [4, 4, 5, 5, 5])
  t.same(kFold(23, 5, 1), splits)
  t.notSame(kFold(23, 5, 2), splits)
  const classes = classesOf(Array.from({ length: 60 }, (_, i) => (i < 40 ? 0 : i < 55 ? 1 : 2)))
  const stratified = stratifiedKFold(classes, 5, 3)
  arePartition(t, stratified, 60)
  for (const { validation } of stratified) {
    t.same(
      [0, 1, 2].map((code) => validation.filter((row) => classes.codes[row] === code).length),
      [8, 3, 1],
    )
  }
})

t.test('a group is on one side of every split, with a seed too', async (t) => {
  const random = new Random(4)
  const groups = Int32Array.from({ length: 200 }, () => random.integer(17))
  const classes = classesOf(Array.from({ length: 200 }, () => random.integer(3)))
  const draws = [1, 2].map((seed) => groupKFold(groups, 17, 4, seed))
  t.notSame(draws[0], draws[1])
  for (const splits of [...draws, stratifiedGroupKFold(groups, 17, classes, 4, 1)]) {
    arePartition(t, splits, 200)
    for (const { training, validation } of splits) {
      const trained = new Set(Array.from(training, (row) => groups[row]))
      t.notOk(validation.some((row) => trained.has(groups[row])))
    }
  }
})

t.test('rows of one time stay together, in whatever order rows come', async (t) => {
  // 12 rows of 6 times, the latest first: cuts at 3, 6 and 9 rows would fall within the times 1 and 4.
  const times = Float64Array.from({ length: 12 }, (_, i) => 5 - Math.floor(i / 2))
  const rowsOf = (...of: number[]) => [...times.keys()].filter((row) => of.includes(times[row] as number))
  t.same(listed(timeSeriesSplit(times, 3)), [
    { training: rowsOf(0), validation: rowsOf(1, 2) },
    { training: rowsOf(0, 1, 2), validation: rowsOf(3) },
    { training: rowsOf(0, 1, 2, 3), validation: rowsOf(4, 5) },
  ])
})

t.test('repeats are drawn anew, each with a seed of its own', async (t) => {
  const repeated = repeatSplits(3, 7, (seed) => kFold(10, 2, seed))
  t.equal(repeated.length, 6)
  t.notSame(repeated.slice(0, 2), repeated.slice(2, 4))
  t.same(
    repeatSplits(3, 7, (seed) => kFold(10, 2, seed)),
    repeated,
  )
})

t.test('says what is too few', async (t) => {
  const classes = classesOf([0, 0, 1, 1, 2, 2])
  for (const [draw, message] of [
    [() => kFold(4, 5, 0), '4 rows are too few for 5 folds'],
    [() => kFold(4, 1, 0), 'expected 2 to 255 folds, got 1'],
    [() => stratifiedKFold(classes, 3, 0), '2 rows of the largest class are too few for 3 folds'],
    [() => groupKFold(Int32Array.of(0, 0, 2), 3, 3), '2 groups are too few for 3 folds'],
    [() => timeSeriesSplit(new Float64Array(9), 2), 'the rows have too few different times for 2 splits'],
  ] as const) {
    t.throws(draw, new DataError(message))
  }
})
