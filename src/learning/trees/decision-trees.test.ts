import { readFileSync } from 'node:fs'
import t from 'tap'
import { noisySet, readTestSet, withMissing } from '../../../test/support/tree-data.ts'
import { weightRows } from '../class-weight.ts'
import { fitContext } from '../fit-context.ts'
import { toRowBlock } from '../matrix.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { Random } from '../random.ts'
import { codeMatrix } from './coded-matrix.ts'
import { DecisionTreeClassifier } from './decision-tree-classifier.ts'
import { DecisionTreeRegressor } from './decision-tree-regressor.ts'
import { newGrower } from './grow-trees.ts'
import { LEAF } from './grown-tree.ts'
import { kernelForRanks } from './kernel/kernel-for-data.ts'
import { pruneTree } from './prune.ts'
import { rankColumn } from './rank-column.ts'
import { resolveRules } from './tree-rules.ts'

interface Golden {
  readonly data: string
  readonly missing: boolean
  readonly weighted: boolean
  readonly parameters: { readonly [name: string]: unknown }
  readonly features: number[]
  readonly thresholds: (number | 'inf')[]
  readonly missingLeft: number[]
  readonly rowCounts: number[]
  readonly impurities: number[]
  readonly importances: number[]
  readonly predicted: number[] | number[][]
}
const golden: { cases: Golden[] } = JSON.parse(
  readFileSync(new URL('../../../test/golden/trees.json', import.meta.url), 'utf8'),
)

function dataOf({ data, missing, weighted }: Golden) {
  const set = data.startsWith('noisy') ? noisySet(data as 'noisy_two') : readTestSet(data)
  const x = missing ? withMissing(set.x) : set.x
  const weights = weighted ? Float64Array.from({ length: x.rowCount }, (_, i) => 1 + (i % 3)) : undefined
  return { ...set, x, weights, isClass: data !== 'diabetes' && data !== 'noisy_numbers' }
}

function worstDifference(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let worst = found.length === wanted.length ? 0 : Infinity
  for (let i = 0; i < found.length; i++) {
    worst = Math.max(worst, Math.abs(found[i]! - wanted[i]!) / Math.max(1, Math.abs(wanted[i]!)))
  }
  return worst
}

t.test('fitted trees are those of scikit-learn, where it has one answer', async (t) => {
  t.ok(golden.cases.length >= 40)
  for (const wanted of golden.cases) {
    const { x, classes, numbers, weights, isClass } = dataOf(wanted)
    const label = `${wanted.data} ${JSON.stringify(wanted.parameters)}${wanted.missing ? ' missing' : ''}`
    const every = Math.max(1, Math.floor(x.rowCount / 25))
    const all = toRowBlock(x)
    const rows = Array.from({ length: Math.ceil(x.rowCount / every) }, (_, i) => i * every)
    const values = Float64Array.from(
      rows.flatMap((row) => [...all.values.subarray(row * all.columnCount, (row + 1) * all.columnCount)]),
    )
    const block = { rowCount: rows.length, columnCount: all.columnCount, values }
    const fitted = isClass
      ? await new DecisionTreeClassifier(wanted.parameters).fit(x, classes, fitContext(), weights)
      : await new DecisionTreeRegressor(wanted.parameters).fit(x, numbers, fitContext(), weights)
    const state = fitted.toState() as Record<string, Uint8Array | Float64Array>
    const leaf = fitted.columnCount
    const features = Array.from(state['features']!, (feature) => (feature === leaf ? -1 : feature))
    const missingLeft = wanted.missingLeft.map((_, i) => (state['missingLeft']![i >>> 3]! >>> (i & 7)) & 1)
    t.same(features, wanted.features, `${label}: columns`)
    t.same(
      state['thresholds'],
      wanted.thresholds.map((threshold) => (threshold === 'inf' ? Infinity : threshold)),
      `${label}: thresholds`,
    )
    t.same(missingLeft, wanted.missingLeft, `${label}: missing values`)
    const predicted = fitted.kind === 'classifier' ? fitted.predictProbabilities(block) : fitted.predict(block)
    t.ok(worstDifference(predicted, wanted.predicted.flat()) < 1e-9, `${label}: predictions`)
    t.ok(worstDifference(fitted.featureImportances, wanted.importances) < 1e-8, `${label}: importances`)
  }
})

t.test('grown nodes have the rows and impurities of those of scikit-learn', async (t) => {
  for (const wanted of golden.cases) {
    const { x, classes, numbers, weights, isClass } = dataOf(wanted)
    const context = fitContext()
    const matrix = await codeMatrix(x, context)
    const given = { ...defaults(isClass), ...wanted.parameters }
    const criterion = given.criterion === 'log_loss' ? 'entropy' : given.criterion
    const rules = resolveRules(given, criterion, 'best', x.rowCount, x.columns.length)
    const ranks = Int32Array.from(rankColumn(numbers).codes)
    const target = isClass
      ? ({ kind: 'classes', codes: classes.codes, classCount: classes.classNames.length } as const)
      : ({ kind: 'numbers', values: numbers, scale: 1, ranks } as const)
    const sizes = { rowCount: x.rowCount, columnCount: x.columns.length, categoryCounts: matrix.categoryCounts }
    const hasKernel = criterion !== 'absolute_error'
    const engine = hasKernel ? await kernelForRanks(matrix, target, rules, 1, new StopFlag()) : matrix
    const grower = newGrower({ ...sizes, target, rules, engine }, 0, new StopFlag())
    grower.rowWeights.set(
      (isClass ? weightRows(given.class_weight, classes, weights) : weights) ?? new Float64Array(x.rowCount).fill(1),
    )
    for (const _ of grower.grow(new Random(0)));
    const { tree } = grower
    pruneTree(tree, rules.ccpAlpha)
    const rowCounts: number[] = []
    const impurities: number[] = []
    const stack = [0]
    while (stack.length > 0) {
      const node = stack.pop()!
      rowCounts.push(tree.rowCounts[node]!)
      impurities.push(tree.impurities[node]!)
      if (tree.features[node] !== LEAF) stack.push(tree.rights[node]!, tree.lefts[node]!)
    }
    t.same(rowCounts, wanted.rowCounts, `${wanted.data} ${JSON.stringify(wanted.parameters)}`)
    t.ok(worstDifference(impurities, wanted.impurities) < 1e-8)
  }
})

function defaults(isClass: boolean) {
  const parameters = isClass ? DecisionTreeClassifier.parameters : DecisionTreeRegressor.parameters
  const values = Object.fromEntries(Object.entries(parameters).map(([name, { default: value }]) => [name, value]))
  return values as Parameters<typeof resolveRules>[0] & {
    criterion: 'gini' | 'entropy' | 'log_loss' | 'squared_error' | 'absolute_error'
    class_weight: null | 'balanced'
  }
}
