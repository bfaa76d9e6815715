// Explanations as shap gives them (test/golden/generate_explanations.py), to 1e-6.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { restoreBoosted } from '../boosting/boosted-state.ts'
import { BoostedExplainer } from '../boosting/explain-boosted.ts'
import type { EstimatorState } from '../estimator.ts'
import { LinearRegression } from '../linear/linear-regression.ts'
import { LogisticRegression } from '../linear/logistic-regression.ts'
import type { RowBlock } from '../matrix.ts'
import { RandomForestClassifier } from '../trees/random-forest-classifier.ts'
import { RandomForestRegressor } from '../trees/random-forest-regressor.ts'

interface GoldenTree {
  readonly features: readonly number[]
  readonly thresholds: readonly number[]
  readonly missing_left: readonly number[]
  readonly covers: readonly number[]
  readonly values: readonly (readonly number[])[]
}

interface GoldenNode {
  readonly column: number
  readonly threshold: number
  readonly missing_left: number
  readonly left: number
  readonly right: number
  readonly count: number
  readonly value: number
}

interface Case {
  readonly name: string
  readonly rows: readonly (readonly (number | null)[])[]
  readonly trees?: readonly GoldenTree[]
  readonly boosted?: readonly (readonly GoldenNode[])[]
  readonly baseline?: readonly number[]
  readonly coefficients?: readonly number[]
  readonly intercepts?: readonly number[]
  readonly means?: readonly number[]
  readonly base: readonly number[]
  readonly contributions: readonly number[]
}

const COLUMNS = 5
const golden: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL('../../../test/golden/explanations.json', import.meta.url), 'utf8'),
)

function blockOf({ rows }: Case): RowBlock {
  return {
    rowCount: rows.length,
    columnCount: COLUMNS,
    values: Float64Array.from(rows.flat(), (value) => value ?? NaN),
  }
}

/** The state of a forest with these trees; leaves of classes hold all of them. */
function forestState(trees: readonly GoldenTree[], classCount: number): EstimatorState {
  const nodes = trees.flatMap((tree) =>
    tree.features.map((column, i) => ({
      column,
      threshold: tree.thresholds[i] as number,
      missingLeft: tree.missing_left[i] as number,
      cover: tree.covers[i] as number,
      values: tree.values[i] as readonly number[],
    })),
  )
  const splits = nodes.filter(({ column }) => column >= 0)
  const leaves = nodes.filter(({ column }) => column < 0)
  const missingLeft = new Uint8Array((splits.length + 7) >> 3)
  splits.forEach((split, s) => {
    missingLeft[s >> 3] = (missingLeft[s >> 3] as number) | (split.missingLeft << (s & 7))
  })
  const isClasses = classCount > 0
  const perLeaf = isClasses ? leaves : []
  return {
    ...{ treeCount: trees.length, columnCount: COLUMNS, categoryCounts: null, classCount, missingLeft },
    features: Uint8Array.from(nodes, ({ column }) => (column < 0 ? COLUMNS : column)),
    thresholds: Float64Array.from(splits, ({ threshold }) => threshold),
    categorySets: new Uint32Array(),
    leafClasses: new Uint8Array(perLeaf.length).fill(classCount),
    mixedSizes: new Uint8Array(perLeaf.length).fill(classCount),
    mixedClasses: Uint8Array.from(perLeaf.flatMap(({ values }) => [...values.keys()])),
    mixedWeights: Float64Array.from(perLeaf.flatMap(({ values, cover }) => values.map((value) => value * cover))),
    leafValues: Float64Array.from(isClasses ? [] : leaves, ({ values }) => values[0] as number),
    leafCovers: new Uint8Array(isClasses ? 0 : leaves.length),
    wideCovers: Float64Array.from(isClasses ? [] : leaves, ({ cover }) => cover),
    ...{ importances: new Float64Array(COLUMNS), oobScore: null },
  }
}

/** The state of boosting with these trees. Its splits name bins, which are made of all thresholds of a column. */
function boostedStateOf({ boosted = [], baseline = [] }: Case): EstimatorState {
  const thresholds = Array.from({ length: COLUMNS }, (_, j) => {
    const used = boosted.flat().filter(({ column }) => column === j)
    return [...new Set(used.map(({ threshold }) => threshold))].sort((a, b) => a - b)
  })
  const [columns, bins, flags, children, values, leafRows, splitCounts]: number[][] = [[], [], [], [], [], [], []]
  for (const nodes of boosted) {
    const [first, firstLeaf] = [columns!.length, values!.length]
    /** Its place among the splits of the tree, or ~ that among the leaves. */
    const add = (node: GoldenNode): number => {
      if (node.column < 0) {
        values!.push(node.value)
        leafRows!.push(node.count)
        return ~(values!.length - 1 - firstLeaf)
      }
      const split = columns!.push(node.column) - 1
      bins!.push((thresholds[node.column] as number[]).indexOf(node.threshold))
      flags!.push(node.missing_left)
      children!.push(0, 0)
      children![2 * split] = add(nodes[node.left] as GoldenNode)
      children![2 * split + 1] = add(nodes[node.right] as GoldenNode)
      return split - first
    }
    add(nodes[0] as GoldenNode)
    splitCounts!.push(columns!.length - first)
  }
  return {
    ...{ kind: 'golden', columnCount: COLUMNS, outputs: 1, baseline: Float64Array.from(baseline) },
    ...{
      categoryCounts: new Int32Array(COLUMNS),
      categoryBins: new Int32Array(COLUMNS),
      binOfCategory: new Uint8Array(),
    },
    thresholdCounts: Uint8Array.from(thresholds, ({ length }) => length),
    thresholds: Float64Array.from(thresholds.flat()),
    ...{ splitCounts: Int32Array.from(splitCounts!), columns: Uint8Array.from(columns!), bins: Uint8Array.from(bins!) },
    ...{ flags: Uint8Array.from(flags!), children: Int32Array.from(children!), bitsets: new Uint32Array() },
    ...{ values: Float64Array.from(values!), leafRows: Uint32Array.from(leafRows!) },
    ...{ importances: new Float64Array(COLUMNS), trainingLoss: new Float64Array(), validationLoss: new Float64Array() },
  }
}

function explain(found: Case): { readonly bases: Float64Array; readonly contributions: Float64Array } {
  const { trees, boosted, coefficients, intercepts, means } = found
  const x = blockOf(found)
  if (trees !== undefined) {
    const classCount = trees[0]?.values[0]?.length === 1 ? 0 : (trees[0]?.values[0]?.length as number)
    const estimator = classCount === 0 ? new RandomForestRegressor() : new RandomForestClassifier()
    return estimator.restore(forestState(trees, classCount)).explain!(x, {})
  }
  if (boosted !== undefined)
    return new BoostedExplainer(restoreBoosted('golden', boostedStateOf(found))).explain(x, [0])
  const line = {
    coefficients: Float64Array.from(coefficients!),
    means: Float64Array.from(means!),
    isConverged: true,
    iterations: 1,
  }
  if (!found.name.startsWith('logistic')) {
    return new LinearRegression().restore({ ...line, intercept: intercepts![0] as number }).explain(x)
  }
  const isSeen = new Uint8Array(intercepts!.length === 1 ? 2 : intercepts!.length).fill(1)
  const state = { ...line, isSeen, columnCount: COLUMNS, intercepts: Float64Array.from(intercepts!) }
  return new LogisticRegression().restore(state).explain!(x, isSeen.length === 2 ? { classCodes: [1] } : {})
}

for (const found of golden.cases) {
  t.test(found.name, async (t) => {
    const { bases, contributions } = explain(found)
    t.equal(bases.length, found.base.length)
    t.ok(
      bases.every((base, line) => Math.abs(base - (found.base[line] as number)) < 1e-6),
      'bases',
    )
    t.equal(contributions.length, found.contributions.length)
    const farthest = contributions.reduce(
      (most, value, k) => Math.max(most, Math.abs(value - (found.contributions[k] as number))),
      0,
    )
    t.ok(farthest < 1e-6, `${farthest}`)
  })
}
