import t from 'tap'
import { fitContext } from '../fit-context.ts'
import { numericMatrix, type RowBlock, toRowBlock } from '../matrix.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
import { restoreBoosted } from './boosted-state.ts'
import { CategoryWalker } from './category-walker.ts'
import { GradientBoostingClassifier } from './gradient-boosting-classifier.ts'
import { TreePredictor } from './tree-predictor.ts'
import { TreeWalker, type WalkableTrees } from './tree-walker.ts'
import { walkableTrees } from './walkable-trees.ts'

/** Boosted trees of three classes, some of them a leaf only, and rows with missing and infinite values. */
async function treesAndRows(missing: number): Promise<{ boosted: ReturnType<typeof restoreBoosted>; x: RowBlock }> {
  const random = new Random(3)
  const columns = Array.from({ length: 5 }, () =>
    Float64Array.from({ length: 900 }, () => (random.uniform() < missing ? Number.NaN : random.normal())),
  )
  columns[4]?.fill(Number.POSITIVE_INFINITY, 0, 20)
  columns[4]?.fill(Number.NEGATIVE_INFINITY, 20, 40)
  const codes = Int32Array.from({ length: 600 }, (_, i) => ((columns[0]?.[i] ?? 0) > 0.4 ? random.integer(2) : i % 3))
  const x = numericMatrix(columns.map((column) => column.slice(0, 600)))
  const given = { max_iter: 20, min_samples_leaf: 100, learning_rate: 0.7, early_stopping: false }
  const y = { codes, classNames: ['a', 'b', 'c'] }
  const fitted = await new GradientBoostingClassifier(given).fit(x, y, fitContext())
  const boosted = restoreBoosted('gradient_boosting_classifier', fitted.toState())
  return { boosted, x: toRowBlock(numericMatrix(columns)) }
}

t.test('eight rows together go where each goes alone, on any number of threads', async (t) => {
  for (const missing of [0, 0.1]) {
    const { boosted, x } = await treesAndRows(missing)
    const expected = new CategoryWalker(boosted).predictRaw(x)
    const walker = new TreeWalker(walkableTrees(boosted) as WalkableTrees)
    const raw = new Float64Array(expected.length)
    walker.write(x.values, 0, 411, raw)
    walker.write(x.values, 411, x.rowCount, raw)
    t.same(raw, expected)
    // Rows that are infinite nowhere, and rows alone.
    const finite = new Float64Array(expected.length)
    walker.write(x.values, 40, x.rowCount, finite)
    t.same(finite.subarray(3 * 40), expected.subarray(3 * 40))
    for (let i = 0; i < 60; i++) walker.write(x.values, i, i + 1, raw.fill(0, 3 * i, 3 * i + 3))
    t.same(raw, expected)
    const predictor = new TreePredictor(boosted)
    // So many rows that threads pay, and QuickScorer.
    const times = 20
    const many = { ...x, rowCount: times * x.rowCount, values: new Float64Array(times * x.values.length) }
    for (let k = 0; k < times; k++) many.values.set(x.values, k * x.values.length)
    for (const threadCount of [1, 2]) {
      const team = new ThreadTeam(threadCount)
      const found = await predictor.predictRawOn(team, many, new StopFlag())
      t.same(found.subarray((times - 1) * raw.length), expected, `${threadCount} threads`)
      await team.close()
    }
  }
})
