import t from 'tap'
import { naiveLeaves, naiveScores } from '../../../test/support/naive-imported.ts'
import { blockOf, type TreeModel, treeModels } from '../../../test/support/tree-models.ts'
import { QuickScorer } from '../../learning/boosting/quick-scorer/quick-scorer.ts'
import { scorableTrees } from '../../learning/boosting/quick-scorer/scorable-trees.ts'
import { TreeWalker } from '../../learning/boosting/tree-walker.ts'
import { FittedImportedClassifier } from '../../learning/imported-trees/imported-trees-classifier.ts'
import { FittedImportedRegressor } from '../../learning/imported-trees/imported-trees-regressor.ts'
import { viewRows } from '../../learning/imported-trees/view-rows.ts'
import { walkableForest } from '../../learning/imported-trees/walkable-forest.ts'
import type { RowBlock } from '../../learning/matrix.ts'
import type { ImportedOutput, ImportedTrees } from './imported-trees.ts'
import { readTreeModel } from './read-trees.ts'

const MODELS = treeModels()

t.test('raw scores are those of the framework, bit for bit', async (t) => {
  for (const model of MODELS) {
    const trees = readTreeModel(model.bytes, model.format)
    const x = blockOf(model, trees)
    const scores = trees.outputs.map((output) => ({ output, raw: fittedOf(output).scorer.score(x) }))
    const found = model.raw.map((_, i) =>
      scores.flatMap(({ output, raw }) => {
        const width = output.scores.baseline.length
        return [...raw.subarray(i * width, (i + 1) * width)]
      }),
    )
    t.equal(firstDifference(found, model.raw, Object.is), undefined, model.name)
  }
})

t.test('so many rows that comparisons strike out leaves have the same raw scores', async (t) => {
  let scored = 0
  for (const model of MODELS) {
    const trees = readTreeModel(model.bytes, model.format)
    const x = blockOf(model, trees)
    for (const { scores } of trees.outputs) {
      if (scores.line !== null || scores.trees.lines !== null) continue
      const { walkable } = walkableForest(scores.trees, scores.baseline, scores.isFloat32)
      const scorable = scorableTrees(walkable)
      if (scorable === null) continue
      const seen = viewRows(scores.trees, x)
      const [walked, raw] = [0, 0].map(() => new Float64Array(x.rowCount * walkable.outputs)) as [
        Float64Array,
        Float64Array,
      ]
      new TreeWalker(walkable).write(seen, 0, x.rowCount, walked)
      new QuickScorer(walkable, scorable).write(seen, 0, x.rowCount, raw)
      t.same(raw, walked, model.name)
      scored += 1
    }
  }
  t.ok(scored > MODELS.length / 2, `${scored} outputs of ${MODELS.length} models`)
})

t.test('each row goes to the leaf of each tree to which the framework takes it', async (t) => {
  for (const model of MODELS) {
    if (model.leaf === undefined) continue
    const trees = readTreeModel(model.bytes, model.format)
    const x = blockOf(model, trees)
    const leaves = trees.outputs.map((output) => namedLeaves(output, fittedOf(output).scorer.leaves(x), x))
    const found = model.leaf.map((wanted, i) => leavesAsTold(leaves, i, wanted.length))
    t.equal(firstDifference(found, model.leaf, Object.is), undefined, model.name)
  }
})

t.test('answers are those of the framework to 2.5e-16, of XGBoost to the last bit', async (t) => {
  for (const model of MODELS) {
    const trees = readTreeModel(model.bytes, model.format)
    const answers = answersOf(model, trees)
    const isFloat32 = trees.framework === 'xgboost'
    const areSame = (a: number, b: number): boolean =>
      Object.is(a, b) || (!isFloat32 && Math.abs(a - b) <= 2.5e-16 * Math.abs(b))
    t.equal(firstDifference(answers, model.said, areSame), undefined, model.name)
  }
})

t.test('the rounds up to the best one of early stopping are taken where they are asked for', async (t) => {
  const stopped = MODELS.filter(({ saidBest }) => saidBest !== undefined)
  t.ok(stopped.length >= 2)
  for (const model of stopped) {
    const trees = readTreeModel(model.bytes, model.format, { rounds: 'best' })
    t.ok((trees.bestRounds as number) < trees.roundCount)
    t.equal(firstDifference(answersOf(model, trees), model.saidBest as number[][], Object.is), undefined, model.name)
  }
})

t.test('the walk in WebAssembly gives the scores and leaves of a plain one', async (t) => {
  for (const model of MODELS) {
    const trees = readTreeModel(model.bytes, model.format)
    const x = blockOf(model, trees)
    for (const output of trees.outputs) {
      const { scorer } = fittedOf(output)
      t.same(scorer.score(x), naiveScores(output.scores, x), model.name)
      t.same(scorer.leaves(x), naiveLeaves(output.scores, x), model.name)
      // Rows without a missing value go another way than others, and so do few rows.
      const whole = wholeRows(x)
      t.same(scorer.score(whole), naiveScores(output.scores, whole), model.name)
      const { columnCount, values } = x
      const alone = Array.from({ length: x.rowCount }, (_, i) => {
        const row = values.subarray(i * columnCount, (i + 1) * columnCount)
        return [...scorer.score({ rowCount: 1, columnCount, values: row })]
      })
      t.same(Float64Array.from(alone.flat()), scorer.score(x), `${model.name} row by row`)
    }
  }
})

/** The rows without a missing value, so often that there are many. */
function wholeRows({ rowCount, columnCount, values }: RowBlock): RowBlock {
  const rows = Array.from({ length: rowCount }, (_, i) => [...values.subarray(i * columnCount, (i + 1) * columnCount)])
  const whole = rows.filter((row) => row.every(Number.isFinite))
  const many = [...whole, ...whole, ...whole]
  return { rowCount: many.length, columnCount, values: Float64Array.from(many.flat()) }
}

function fittedOf({ kind, scores }: ImportedOutput): FittedImportedClassifier | FittedImportedRegressor {
  return kind === 'classifier' ? new FittedImportedClassifier(scores) : new FittedImportedRegressor(scores)
}

/** As the frameworks answer: of two classes the second, of multi:softmax the class, of several targets one number each. */
function answersOf(model: TreeModel, trees: ImportedTrees): number[][] {
  const x = blockOf(model, trees)
  const said = trees.outputs.map((output) => {
    const fitted = fittedOf(output)
    if (fitted.kind === 'regressor') return { width: 1, from: 0, values: fitted.predict(x) }
    const isOne = output.scores.baseline.length === 1
    return { width: output.classCount, from: isOne ? 1 : 0, values: fitted.predictProbabilities(x) }
  })
  return model.said.map((wanted, i) => {
    const row = said.flatMap(({ width, from, values }) => [...values.subarray(i * width + from, (i + 1) * width)])
    return wanted.length === 1 && row.length > 1 ? [row.indexOf(Math.max(...row))] : row
  })
}

/** Row-major rows × trees, by the names of the framework. */
function namedLeaves({ leafNames, scores }: ImportedOutput, leaves: Int32Array, x: RowBlock): number[][] {
  const treeCount = scores.trees.splitCounts.length
  return Array.from({ length: x.rowCount }, (_, i) =>
    [...leaves.subarray(i * treeCount, (i + 1) * treeCount)].map((leaf) => leafNames[leaf] as number),
  )
}

/** The frameworks tell the leaves of all targets in the order of trees, and those of a tree with vectors once. */
function leavesAsTold(leaves: readonly number[][][], row: number, count: number): number[] {
  const [first = []] = leaves.map((ofOutput) => ofOutput[row] as number[])
  const found = first.flatMap((_, tree) => leaves.map((ofOutput) => ofOutput[row]?.[tree] as number))
  if (found.length === count) return found
  if (first.length === count) return first
  // The classes of one label with vectors: each tree stands there once a class.
  return first.filter((_, tree) => tree % (first.length / count) === 0)
}

function firstDifference(
  found: readonly number[][],
  wanted: readonly number[][],
  areSame: (a: number, b: number) => boolean,
): string | undefined {
  for (const [i, row] of wanted.entries()) {
    const got = found[i] ?? []
    if (got.length === row.length && row.every((value, k) => areSame(got[k] as number, value))) continue
    return `row ${i}: expected ${row}, got ${got}`
  }
  return undefined
}
