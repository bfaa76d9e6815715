import t from 'tap'
import { randomMatrix } from '../../../test/support/tree-data.ts'
import { fitContext } from '../fit-context.ts'
import type { Matrix } from '../matrix.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { Random } from '../random.ts'
import { codeMatrix } from './coded-matrix.ts'
import { newGrower } from './grow-trees.ts'
import { type GrownTree, LEAF } from './grown-tree.ts'
import { kernelForRanks, kernelForValues } from './kernel/kernel-for-data.ts'
import { rankColumn } from './rank-column.ts'
import type { TreeProblem } from './tree-problem.ts'
import type { CriterionName, TreeRules } from './tree-rules.ts'

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

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

/** Σ w (y − mean)², of classes summed over the indicators of all. */
function sumOfSquares(rows: readonly Row[], isClass: boolean): number {
  if (isClass) return NAIVE['gini']!(rows)
  return NAIVE['squared_error']!(rows)
}

/** What counts of a split on categories (see LevelEvidence): all, for a column of numbers. */
function naiveShare(x: Matrix, j: number, targets: readonly Row[], rows: readonly number[], isClass: boolean): number {
  if (x.categoryCounts[j]! === 0) return 1
  const groups = new Map<number, Row[]>()
  for (const row of rows) {
    const level = x.columns[j]![row]!
    groups.set(level, [...(groups.get(level) ?? []), targets[row]!])
  }
  if (groups.size <= 2) return 1
  const rowsOf = (of: readonly Row[]): number => sumOf(of.map(({ w }) => w * w)) / weightOf(of)
  const all = rows.map((row) => targets[row]!)
  const within = sumOf([...groups.values()].map((group) => sumOfSquares(group, isClass)))
  const whole = sumOfSquares(all, isClass)
  const chance = sumOf([...groups.values()].map(rowsOf))
  const prior = 5 * rowsOf(all) + 0.5 * chance
  const variance = (within + (prior * whole) / (weightOf(all) - rowsOf(all))) / (weightOf(all) - chance + prior)
  return Math.max(0, 1 - (variance * (chance - rowsOf(all))) / (whole - within))
}

function naiveBest(x: Matrix, targets: readonly Row[], rows: readonly number[], name: string, leafMin: number) {
  const impurity = NAIVE[name]!
  const isClass = name === 'gini' || name === 'entropy'
  const whole = impurity(rows.map((row) => targets[row]!))
  let best = -Infinity
  for (let j = 0; j < x.columns.length; j++) {
    const share = naiveShare(x, j, targets, rows, isClass)
    if (!(share > 1e-9)) continue
    for (const left of divisions(x, j, rows, true)) {
      const sides = [true, false].map((side) => rows.filter((_, i) => left[i] === side).map((row) => targets[row]!))
      if (sides.some((side) => side.length < leafMin)) continue
      best = Math.max(best, share * (whole - impurity(sides[0]!) - impurity(sides[1]!)))
    }
  }
  return best
}

const UNBOUND = {
  splitter: 'best',
  depthMax: Infinity,
  splitRowCountMin: 2,
  leafRowCountMin: 1,
  leafWeightFractionMin: 0,
  leafCountMax: Infinity,
  impurityDecreaseMin: 0,
  ccpAlpha: 0,
} as const

/** A tree on the rows whose weight is above 0. */
async function growOn(
  x: Matrix,
  targets: readonly Row[],
  classCount: number,
  given: Partial<TreeRules> & { readonly criterion: CriterionName },
  random: Random,
): Promise<GrownTree> {
  const values = Float64Array.from(targets, ({ y }) => y)
  const isClass = given.criterion === 'gini' || given.criterion === 'entropy'
  const target: TreeProblem['target'] = isClass
    ? { kind: 'classes', codes: Int32Array.from(values), classCount }
    : { kind: 'numbers', values, scale: 1, ranks: Int32Array.from(rankColumn(values).codes) }
  const rules = { ...UNBOUND, featureCount: x.columns.length, ...given }
  const matrix = await codeMatrix(x, fitContext())
  const hasKernel = given.criterion !== 'absolute_error'
  const engine = !hasKernel
    ? matrix
    : rules.splitter === 'best'
      ? await kernelForRanks(matrix, target, rules, 2, new StopFlag())
      : await kernelForValues(x, target, rules, 2, new StopFlag())
  const sizes = { rowCount: x.rowCount, columnCount: x.columns.length, categoryCounts: matrix.categoryCounts }
  const grower = newGrower({ ...sizes, target, rules, engine }, 1, new StopFlag())
  targets.forEach(({ w }, row) => {
    grower.rowWeights[row] = w
  })
  for (const _ of grower.grow(random));
  return grower.tree
}

/** Whether a row goes left at a split, by what the tree says. */
function goesLeft(tree: GrownTree, node: number, x: Matrix, row: number): boolean {
  const feature = tree.features[node]!
  const value = x.columns[feature]![row]!
  const set = tree.setStarts[node]!
  if (set >= 0) {
    const bit = Number.isNaN(value) ? x.categoryCounts[feature]! : value
    return ((tree.categorySets[set + (bit >> 5)]! >> (bit & 31)) & 1) === 1
  }
  return Number.isNaN(value) ? tree.missingLeft[node] === 1 : value <= tree.thresholds[node]!
}

function visit(
  tree: GrownTree,
  x: Matrix,
  rows: readonly number[],
  look: (node: number, rows: readonly number[], sides: readonly (readonly number[])[]) => void,
  node = 0,
): void {
  if (tree.features[node] === LEAF) {
    look(node, rows, [])
    return
  }
  const sides = [true, false].map((side) => rows.filter((row) => goesLeft(tree, node, x, row) === side))
  look(node, rows, sides)
  visit(tree, x, sides[0]!, look, tree.lefts[node]!)
  visit(tree, x, sides[1]!, look, tree.rights[node]!)
}

t.test('every split of a tree is as good as the best of all that there are', async (t) => {
  const random = new Random(7)
  for (let round = 0; round < 240; round++) {
    const name = Object.keys(NAIVE)[round % 4]! as CriterionName
    const isClass = name === 'gini' || name === 'entropy'
    // With more than two classes, or absolute errors, no order of categories is known to hold the best set.
    const classCount = 2 + random.integer(round % 3 === 0 ? 4 : 1)
    const hasOrder = name !== 'absolute_error' && (!isClass || classCount === 2)
    const n = 2 + random.integer(round % 40 < 2 ? 250 : 40)
    const x = randomMatrix(random, n, 1 + random.integer(4), hasOrder)
    const isWeighted = round % 2 === 0
    const targets = Array.from({ length: n }, () => ({
      y: isClass ? random.integer(classCount) : Math.round(random.normal() * (round % 7 === 0 ? 2 : 100)),
      w: isWeighted ? random.integer(4) + (round % 6 === 0 ? random.uniform() : 0) : 1,
    }))
    const rows = Array.from({ length: n }, (_, i) => i).filter((row) => targets[row]!.w > 0)
    if (rows.length < 2) continue
    // Nor is it with a least number of rows a side.
    const leafRowCountMin = x.categoryCounts.some((count) => count > 0) ? 1 : 1 + random.integer(3)
    const leafCountMax = round % 5 === 0 ? 4 : Infinity
    const splitRowCountMin = 2 * leafRowCountMin
    const given = { criterion: name, leafRowCountMin, splitRowCountMin, leafCountMax }
    const tree = await growOn(x, targets, classCount, given, random)
    const impurityOf = (of: readonly number[]): number => NAIVE[name]!(of.map((row) => targets[row]!))
    let leafCount = 0
    visit(tree, x, rows, (node, here, sides) => {
      const whole = impurityOf(here)
      const tolerance = 1e-8 * Math.max(1, whole)
      const found = tree.impurities[node]! * tree.weights[node]!
      if (Math.abs(found - whole) > tolerance) t.fail(`round ${round}, ${name}: impurity ${found} is ${whole}`)
      if (tree.rowCounts[node] !== here.length) t.fail(`round ${round}, ${name}: rows`)
      if (sides.length === 0) {
        leafCount++
        const isForced = whole < 1e-9 || here.length < splitRowCountMin || leafCountMax < Infinity
        // An absolute error that no cut lowers may seem to rise by a hair, by rounding.
        const least = name === 'absolute_error' ? tolerance : -Infinity
        const isMissed = !isForced && naiveBest(x, targets, here, name, leafRowCountMin) > least
        if (isMissed) t.fail(`round ${round}, ${name}: a leaf that could be split`)
        return
      }
      const best = naiveBest(x, targets, here, name, leafRowCountMin)
      const share = naiveShare(x, tree.features[node]!, targets, here, isClass)
      const decrease = share * (whole - impurityOf(sides[0]!) - impurityOf(sides[1]!))
      if (sides.some((side) => side.length < leafRowCountMin)) t.fail(`round ${round}, ${name}: a side is too small`)
      if (Math.abs(decrease - best) > tolerance) t.fail(`round ${round}, ${name}: ${decrease} is the best, ${best}`)
    })
    t.ok(leafCount >= 1 && leafCount <= leafCountMax)
  }
})

t.test('random cuts lie between the extremes of their node, on either side of missing values', async (t) => {
  const random = new Random(5)
  for (let round = 0; round < 120; round++) {
    const criterion = (['gini', 'entropy', 'squared_error', 'absolute_error'] as const)[round % 4]!
    const classCount = 2 + (round % 3)
    const n = 2 + random.integer(60)
    const x = randomMatrix(random, n, 3)
    if (round % 2 === 0) for (const column of x.columns) column.set(column.map(Math.fround))
    const targets = Array.from({ length: n }, () => ({ y: random.integer(classCount), w: random.integer(3) }))
    const rows = Array.from({ length: n }, (_, i) => i).filter((row) => targets[row]!.w > 0)
    if (rows.length === 0) continue
    const leafRowCountMin = 1 + (round % 2)
    const given = { criterion, splitter: 'random', featureCount: 2, leafRowCountMin } as const
    const tree = await growOn(x, targets, classCount, given, random)
    visit(tree, x, rows, (node, here, sides) => {
      const whole = NAIVE[criterion]!(here.map((row) => targets[row]!))
      const found = tree.impurities[node]! * tree.weights[node]!
      if (Math.abs(found - whole) > 1e-8 * Math.max(1, whole)) t.fail(`round ${round}: impurity ${found} is ${whole}`)
      if (sides.length === 0) return
      if (sides.some((side) => side.length < leafRowCountMin)) t.fail(`round ${round}: a side is too small`)
      if (tree.setStarts[node]! >= 0) return
      const present = here.map((row) => x.columns[tree.features[node]!]![row]!).filter((value) => !Number.isNaN(value))
      const threshold = tree.thresholds[node]!
      const [least, most] = [Math.min(...present), Math.max(...present)]
      if (threshold < least || threshold > most) t.fail(`round ${round}: ${threshold} of ${least} to ${most}`)
    })
    t.pass()
  }
})

t.test('random cuts are uniform between the extremes', async (t) => {
  const x = { rowCount: 4, columns: [Float64Array.of(2, 10, 3, 4)], categoryCounts: [0] }
  const targets = [0, 1, 2, 3].map((y) => ({ y, w: 1 }))
  const eighths = new Int32Array(8)
  const trees = 800
  for (let seed = 0; seed < trees; seed++) {
    const given = { criterion: 'squared_error', splitter: 'random', depthMax: 1 } as const
    const tree = await growOn(x, targets, 0, given, new Random(seed))
    eighths[Math.floor(tree.thresholds[0]! - 2)]!++
  }
  // The standard deviation of a count is 9.
  t.ok(
    eighths.every((count) => Math.abs(count - trees / 8) < 45),
    `${eighths}`,
  )
})
