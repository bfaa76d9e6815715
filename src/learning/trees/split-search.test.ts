import t from 'tap'
import { randomMatrix } from '../../../test/support/tree-data.ts'
import { fitContext } from '../fit-context.ts'
import type { Matrix } from '../matrix.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { Random } from '../random.ts'
import { AbsoluteCriterion } from './absolute-criterion.ts'
import { ClassCriterion } from './class-criterion.ts'
import { codeMatrix } from './coded-matrix.ts'
import { CountCriterion, canCount } from './count-criterion.ts'
import type { Criterion } from './criterion.ts'
import { MomentsCriterion } from './moments-criterion.ts'
import { rankColumn } from './rank-column.ts'
import { SplitSearch } from './split-search.ts'

type Row = { y: number; w: number }
type Impurity = (rows: readonly Row[]) => number

const classWeights = (rows: readonly Row[]): number[] => {
  const sums: number[] = []
  for (const { y, w } of rows) sums[y] = (sums[y] ?? 0) + w
  return sums.filter((sum) => sum > 0)
}
const weightOf = (rows: readonly Row[]): number => rows.reduce((sum, { w }) => sum + w, 0)

/** Impurity times weight, straight from the definitions. */
const NAIVE: Record<string, Impurity> = {
  gini: (rows) => weightOf(rows) - classWeights(rows).reduce((sum, c) => sum + c * c, 0) / weightOf(rows),
  entropy: (rows) => -classWeights(rows).reduce((sum, c) => sum + c * Math.log2(c / weightOf(rows)), 0),
  squared_error: (rows) => {
    const mean = rows.reduce((sum, { y, w }) => sum + y * w, 0) / weightOf(rows)
    return rows.reduce((sum, { y, w }) => sum + w * (y - mean) ** 2, 0)
  },
  absolute_error: (rows) =>
    Math.min(...rows.map(({ y: median }) => rows.reduce((sum, { y, w }) => sum + w * Math.abs(y - median), 0))),
}

/** Every division that a split could make: thresholds with missing values on either side, or sets of categories. */
function* divisions(x: Matrix, j: number, rows: readonly number[], isOrderEnough: boolean): Generator<boolean[]> {
  const value = (row: number): number => x.columns[j]![row]!
  const present = [...new Set(rows.map(value))]
  if (x.categoryCounts[j]! > 0) {
    if (!isOrderEnough) return
    for (let set = 1; set < 2 ** present.length - 1; set++) {
      yield rows.map((row) => ((set >> present.findIndex((v) => Object.is(v, value(row)))) & 1) === 1)
    }
    return
  }
  for (const threshold of present) {
    if (Number.isNaN(threshold)) continue
    for (const missingLeft of [false, true]) {
      yield rows.map((row) => (Number.isNaN(value(row)) ? missingLeft : value(row) <= threshold))
    }
  }
}

function naiveBest(x: Matrix, targets: readonly Row[], rows: readonly number[], name: string, leafMin: number) {
  const impurity = NAIVE[name]!
  const whole = impurity(rows.map((row) => targets[row]!))
  let best = -Infinity
  for (let j = 0; j < x.columns.length; j++) {
    for (const left of divisions(x, j, rows, true)) {
      const sides = [true, false].map((side) => rows.filter((_, i) => left[i] === side).map((row) => targets[row]!))
      if (sides.some((side) => side.length < leafMin)) continue
      best = Math.max(best, whole - impurity(sides[0]!) - impurity(sides[1]!))
    }
  }
  return best
}

function criterionOf(name: string, targets: readonly Row[], classCount: number): Criterion {
  const n = targets.length
  const weights = Float64Array.from(targets, ({ w }) => w)
  const values = Float64Array.from(targets, ({ y }) => y)
  if (name === 'squared_error') return new MomentsCriterion(values, weights, n, false)
  if (name === 'absolute_error') {
    return new AbsoluteCriterion(values, Int32Array.from(rankColumn(values).codes), weights, n, new StopFlag())
  }
  if (name === 'gini' && classCount === 2) return new MomentsCriterion(values, weights, n, true)
  const isWhole = weights.every(Number.isInteger)
  if (name === 'gini' && isWhole) {
    const counting = new CountCriterion(Int32Array.from(values), classCount, weights, n)
    counting.readWeights()
    return counting
  }
  return new ClassCriterion(Int32Array.from(values), classCount, weights, n, name === 'entropy')
}

t.test('the split of a node is as good as the best of all that there are', async (t) => {
  const random = new Random(7)
  for (let round = 0; round < 240; round++) {
    const name = Object.keys(NAIVE)[round % 4]!
    const isClass = name === 'gini' || name === 'entropy'
    // With more than two classes, or absolute errors, no order of categories is known to hold the best set.
    const classCount = 2 + random.integer(round % 3 === 0 ? 4 : 1)
    const hasOrder = name !== 'absolute_error' && (!isClass || classCount === 2)
    const n = 2 + random.integer(round % 5 === 0 ? 120 : 30)
    const x = randomMatrix(random, n, 1 + random.integer(4), hasOrder)
    const isWeighted = round % 2 === 0
    const targets = Array.from({ length: n }, () => ({
      y: isClass ? random.integer(classCount) : Math.round(random.normal() * (round % 7 === 0 ? 2 : 100)),
      w: isWeighted ? 1 + random.integer(3) + (round % 6 === 0 ? random.uniform() : 0) : 1,
    }))
    const leafMin = 1 + random.integer(3)
    const rows = Int32Array.from({ length: n }, (_, i) => i).filter(() => random.uniform() < 0.9)
    if (rows.length < 2) continue
    const matrix = await codeMatrix(x, fitContext())
    const criterion = criterionOf(name, targets, classCount)
    const limits = { rowCountMin: leafMin, weightMin: 0 }
    const rules = { splitter: 'best', featureCount: x.columns.length, limits } as const
    const search = new SplitSearch(matrix, criterion, rules, n)
    criterion.load(rows, 0, rows.length, search.cut)
    const before = [...rows]
    const whole = criterion.impurity * criterion.weight
    t.ok(Math.abs(whole - NAIVE[name]!(before.map((row) => targets[row]!))) < 1e-7 * Math.max(1, whole), 'impurity')
    search.begin()
    while (search.advance(rows, 0, rows.length, random));
    const { split } = search
    const best = naiveBest(x, targets, before, name, leafMin)
    if (split.feature < 0) {
      t.equal(best, -Infinity, `round ${round}: no split where there is none`)
      continue
    }
    const tolerance = 1e-8 * Math.max(1, whole)
    t.ok(Math.abs(split.decrease - best) < tolerance, `round ${round}, ${name}: ${split.decrease} is the best, ${best}`)
    const left = search.partition(rows, 0, rows.length, split)
    t.equal(left, split.leftRowCount)
    const sides = [rows.subarray(0, left), rows.subarray(left)]
    t.same(Int32Array.from([...sides[0]!, ...sides[1]!]).sort(), Int32Array.from(before).sort(), 'keeps the rows')
    const [a, b] = sides.map((side) => NAIVE[name]!(Array.from(side, (row) => targets[row]!)))
    t.ok(
      Math.abs(NAIVE[name]!(before.map((row) => targets[row]!)) - a! - b! - split.decrease) < tolerance,
      'divides so',
    )
    if (!split.isCategorical) {
      const goes = (row: number): boolean => {
        const value = x.columns[split.feature]![row]!
        return Number.isNaN(value) ? split.missingLeft : value <= split.threshold
      }
      t.ok(sides[0]!.every(goes) && !sides[1]!.some(goes), 'the threshold says the same as the codes')
    }
  }
})

t.test('whole weights, tallied, counted or sorted, give the cut that real weights give', async (t) => {
  const random = new Random(5)
  for (let round = 0; round < 200; round++) {
    const n = 2 + random.integer([20, 60, 400, 3000][round % 4]!)
    const valueCount = 2 + random.integer(round % 3 === 0 ? 300 : 6)
    const classCount = 2 + random.integer(5)
    const column = Float64Array.from({ length: n }, () => random.integer(valueCount))
    if (round % 5 === 0) column[random.integer(n)] = Number.NaN
    const classes = Int32Array.from(column, (v) =>
      random.integer(3) === 0 ? random.integer(classCount) : v % classCount,
    )
    const weights = Float64Array.from({ length: n }, () => 1 + random.integer(4))
    const matrix = await codeMatrix({ rowCount: n, columns: [column], categoryCounts: [0] }, fitContext())
    const limits = { rowCountMin: 1 + (round % 2) * 2, weightMin: round % 7 === 0 ? n / 3 : 0 }
    const counting = new CountCriterion(classes, classCount, weights, n)
    counting.readWeights()
    const criteria: Criterion[] = [counting, new ClassCriterion(classes, classCount, weights, n, false)]
    for (const splitter of ['best', 'random'] as const) {
      const splits = criteria.map((criterion) => {
        const search = new SplitSearch(matrix, criterion, { splitter, featureCount: 1, limits }, n)
        const rows = Int32Array.from({ length: n }, (_, i) => i)
        const draws = new Random(round)
        criterion.load(rows, 0, n, search.cut)
        // Nobody searches a pure node.
        if (criterion.impurity === 0) return null
        search.begin()
        while (search.advance(rows, 0, n, draws));
        const { feature, low, high, threshold, decrease } = search.split
        if (feature < 0) return null
        return { low, high: splitter === 'best' ? high : 0, threshold, decrease: decrease.toFixed(6) }
      })
      t.same(splits[0], splits[1], `round ${round}, ${splitter}`)
    }
  }
  t.notOk(canCount(26, 2 ** 26, 2 ** 26), 'a weight and a class do not fit into 31 bits')
  t.notOk(canCount(2, 5, 2 ** 31), 'sums do not fit')
  t.ok(canCount(26, 2 ** 26 - 1, 2 ** 26))
})

t.test('counting and sorting find the same cut', async (t) => {
  const random = new Random(3)
  for (let round = 0; round < 40; round++) {
    const n = 200 + random.integer(300)
    const column = Float64Array.from({ length: n }, () => random.integer(5))
    const targets = Array.from({ length: n }, (_, i) => ({ y: (random.integer(3) + column[i]!) % 3, w: 1 }))
    const matrix = await codeMatrix({ rowCount: n, columns: [column], categoryCounts: [0] }, fitContext())
    for (const name of ['gini', 'entropy', 'squared_error']) {
      const cuts = [true, false].map((counts) => {
        const criterion = criterionOf(name, targets, 3)
        criterion.histogramPays = () => counts
        const rules = { splitter: 'best', featureCount: 1, limits: { rowCountMin: 4, weightMin: 9 } } as const
        const search = new SplitSearch(matrix, criterion, rules, n)
        const rows = Int32Array.from({ length: n }, (_, i) => i)
        criterion.load(rows, 0, n, search.cut)
        search.begin()
        while (search.advance(rows, 0, n, random));
        const { feature, low, high, leftRowCount, decrease } = search.split
        return { feature, low, high, leftRowCount, decrease: decrease.toFixed(6) }
      })
      t.same(cuts[0], cuts[1], name)
    }
  }
})
