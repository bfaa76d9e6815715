import t from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { GradientBoostingRegressor } from '../learning/boosting/gradient-boosting-regressor.ts'
import { fitContext } from '../learning/fit-context.ts'
import { partsKept } from '../learning/kept-parts.ts'
import { AlsRecommender } from '../learning/recommend/als-recommender.ts'
import { VocabularyReader } from '../learning/text-features.ts'
import { RandomForestClassifier } from '../learning/trees/random-forest-classifier.ts'
import { FaultList } from '../model/faults.ts'
import { Pipeline } from '../model/pipeline.ts'
import { grownBytesOf, heldBytesOf } from './held-bytes.ts'
import type { OpenedArtifact } from './open-artifact.ts'

/** What the pipeline holds after the prediction, where it has grown. */
async function grownBy(opened: OpenedArtifact, predict: () => Promise<unknown>): Promise<number | undefined> {
  const partsBefore = partsKept()
  await predict()
  return grownBytesOf(opened, partsBefore)
}

const tableOf = (rows: readonly unknown[]) => buildTable(rows, 'features', new FaultList())
const features = Array.from({ length: 400 }, (_, i) => ({ a: (i * 37) % 101, b: (i * 13) % 89 }))
const rowsOf = (count: number) => tableOf(Array.from({ length: count }, (_, i) => features[i % features.length]))

t.test('trees that are laid out for many rows are counted, once', async (t) => {
  const treeCount = 50
  const pipeline = await new Pipeline(
    [],
    new GradientBoostingRegressor({ max_iter: treeCount, max_leaf_nodes: 8 }),
  ).fit(tableOf(features), tableOf(features.map(({ a, b }) => ({ y: a * b }))), fitContext())
  pipeline.tryOut()
  const opened = { pipeline, cells: undefined }
  const loaded = heldBytesOf(opened)
  t.equal(await grownBy(opened, () => pipeline.predict(rowsOf(16_000))), undefined, 'a walk of them keeps nothing')
  const laidOut = await grownBy(opened, () => pipeline.predict(rowsOf(1_000)))
  // Of 8 leaves each.
  t.ok((laidOut as number) - loaded > 25 * 15 * treeCount, `${laidOut} after ${loaded}`)
  t.equal(await grownBy(opened, () => pipeline.predict(rowsOf(20_000))), undefined)
  const explaining = await grownBy(opened, () => pipeline.predict(rowsOf(1), { explain: {} }))
  t.ok((explaining as number) > (laidOut as number), 'and what explains is counted beside them')
})

t.test('a forest that explains other classes than before is counted again', async (t) => {
  const pipeline = await new Pipeline([], new RandomForestClassifier({ n_estimators: 20, random_state: 1 })).fit(
    tableOf(features),
    tableOf(features.map(({ a, b }) => ({ y: ['p', 'q', 'r', 's'][(a + b) % 4] }))),
    fitContext(),
  )
  const opened = { pipeline, cells: undefined }
  const loaded = heldBytesOf(opened)
  const one = (await grownBy(opened, () => pipeline.predict(rowsOf(1), { explain: { className: 'p' } }))) as number
  t.ok(one > loaded)
  const all = () => grownBy(opened, () => pipeline.predict(rowsOf(1), { explain: {} }))
  t.ok(((await all()) as number) > one)
  t.equal(await all(), undefined)
})

t.test('the factors that a recommender copies for its scores are counted', async (t) => {
  const pairs = Array.from({ length: 2_000 }, (_, i) => ({ user: `u${i % 50}`, item: `i${(i * 7) % 500}` }))
  const factors = 64
  const pipeline = await new Pipeline([], new AlsRecommender({ factors, iterations: 1 })).fit(
    tableOf(pairs.map(({ user }) => ({ user }))),
    tableOf(pairs.map(({ item }) => ({ item }))),
    fitContext(),
  )
  const opened = { pipeline, cells: undefined }
  const before = heldBytesOf(opened)
  const after = await grownBy(opened, () => pipeline.predict(tableOf([{ user: 'u1' }])))
  t.ok((after as number) - before >= 4 * 500 * factors)
})

t.test('the table in which the words of texts are looked up is told, once', async (t) => {
  const reader = new VocabularyReader(['red', 'green'])
  const partsBefore = partsKept()
  reader.read(['red'])
  reader.read(['green'])
  t.equal(partsKept() - partsBefore, 1)
})
