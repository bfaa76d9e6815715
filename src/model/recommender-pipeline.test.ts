// Recommenders as pipelines: users and items as categories, lists as columns, metrics by user, artifacts.
import t from 'tap'
import AlsRecommenderModel from '../../statistical/als_recommender.ts'
import ItemSimilarityRecommenderModel from '../../statistical/item_similarity_recommender.ts'
import { DataError, NotExplainable } from '../learning/errors.ts'
import { fitContext } from '../learning/fit-context.ts'
import { decodeArtifact, encodeArtifact } from './artifact.ts'
import { evaluate } from './evaluate.ts'
import { groupLists, placeOf } from './list-columns.ts'
import type { Column, Table } from './table.ts'
import { usersFault } from './users-of.ts'

type Pair = readonly [user: number | null, item: string]

function columnsOf(pairs: readonly Pair[]): { features: Table; labels: Table } {
  const levels = [...new Set(pairs.map(([, item]) => item))].sort()
  const user: Column = {
    kind: 'numeric',
    name: 'user',
    values: Float64Array.from(pairs, ([user]) => user ?? Number.NaN),
  }
  const codes = Int32Array.from(pairs, ([, item]) => levels.indexOf(item))
  const item: Column = { kind: 'categorical', name: 'item', codes, levels }
  return { features: { rowCount: pairs.length, columns: [user] }, labels: { rowCount: pairs.length, columns: [item] } }
}

const PAIRS: Pair[] = [
  [10, 'a'],
  [10, 'b'],
  [20, 'a'],
  [20, 'b'],
  [20, 'c'],
  [30, 'a'],
  [30, 'c'],
  [40, 'b'],
]
const models = [new AlsRecommenderModel(), new ItemSimilarityRecommenderModel()]

async function fit(model: (typeof models)[number], pairs = PAIRS, given = {}) {
  const { features, labels } = columnsOf(pairs)
  const parameters = { ...model.get_default_parameters(), n_recommendations: 3, ...given }
  return { pipeline: await model.create_pipeline(parameters).fit(features, labels, fitContext()), parameters }
}

for (const model of models) {
  t.test(`${model.name}: numbers are users, and those without a row are new ones`, async (t) => {
    const { pipeline } = await fit(model)
    t.match(pipeline.featureSchema, [{ kind: 'categorical', name: 'user', levels: [10, 20, 30, 40] }])
    const { labels, unseen } = await pipeline.predict(
      columnsOf([
        [10, 'a'],
        [50, 'a'],
        [null, 'a'],
      ]).features,
    )
    t.same(
      labels.columns.map(({ name }) => name),
      ['item.1', 'item.2', 'item.3', 'item.score.1', 'item.score.2', 'item.score.3'],
    )
    t.same(unseen, [{ column: 'user', rowCount: 1, values: [50] }])
    const [first] = labels.columns
    t.same(first?.kind === 'categorical' && [...first.codes], [2, 0, 0], 'c for 10, and a is the most popular')
    t.equal(groupLists(labels.columns).length, 2)
    t.same(labels.columns.map((column) => placeOf(column)?.name).slice(2, 4), ['item', 'item.scores'])
  })

  t.test(`${model.name}: levels that no training row has are none of its users and items`, async (t) => {
    const users: Column = { kind: 'categorical', name: 'user', codes: Int32Array.of(0, 0, 2), levels: ['x', 'y', 'z'] }
    const items: Column = {
      kind: 'categorical',
      name: 'item',
      codes: Int32Array.of(0, 3, 3),
      levels: ['a', 'b', 'c', 'd'],
    }
    const pipeline = await model
      .create_pipeline(model.get_default_parameters())
      .fit({ rowCount: 3, columns: [users] }, { rowCount: 3, columns: [items] }, fitContext())
    t.match(pipeline.featureSchema, [{ levels: ['x', 'z'] }])
    t.same(pipeline.outputs[0]?.levels, ['a', 'd'])
  })

  t.test(`${model.name}: training rows are judged with what users have, others without`, async (t) => {
    const { pipeline } = await fit(model)
    const training = columnsOf(PAIRS)
    const own = await evaluate(pipeline, training.features, training.labels)
    t.equal(own['users'], 4)
    t.ok((own['recall_at_k'] as number) >= 0.75, 'three places, three items')
    // 10 takes c, which is listed, and a, which it has; 60 is new and takes what nobody has, and a.
    const held = columnsOf([
      [10, 'c'],
      [10, 'a'],
      [60, 'a'],
      [60, 'new'],
    ])
    const judged = await evaluate(pipeline, held.features, held.labels)
    t.equal(judged['users'], 2)
    t.equal(judged['recall_at_k'], (1 + 0.5) / 2)
    t.equal(judged['precision_at_k'], 2 / 3)
    const weightless = { sampleWeight: Float64Array.of(1, 1, 0, 0) }
    t.equal((await evaluate(pipeline, held.features, held.labels, weightless))['users'], 1)
  })

  t.test(`${model.name}: an artifact gives the same lists, and holds no other's`, async (t) => {
    const { pipeline, parameters } = await fit(model)
    const { features } = columnsOf(PAIRS)
    const artifact = encodeArtifact(model, parameters, pipeline)
    const restored = decodeArtifact(artifact, model)
    t.same((await restored.predict(features)).labels, (await pipeline.predict(features)).labels)
    t.ok(encodeArtifact(model, parameters, restored).equals(artifact))
    const state = pipeline.toState()
    const [output] = state['outputs'] as [object]
    const fewer = { ...state, outputs: [{ ...output, levels: ['a'] }] }
    t.throws(() => model.create_pipeline(parameters).restore(fewer as never), /expected 3 levels of item/)
  })

  t.test(`${model.name}: it explains nothing, and says so`, async (t) => {
    const { pipeline } = await fit(model)
    await t.rejects(
      pipeline.predict(columnsOf(PAIRS).features, { explain: { probabilities: false } as never }),
      NotExplainable,
    )
  })
}

t.test('rows of a recommender have one column of users, none of them missing', async (t) => {
  const { features } = columnsOf(PAIRS)
  t.equal(usersFault(features), undefined)
  const [user] = features.columns as [Column]
  t.match(usersFault({ rowCount: 8, columns: [user, { ...user, name: 'day' }] }), /got 2: "user", "day"/)
  t.match(usersFault({ rowCount: 8, columns: [] }), /got 0/)
  t.match(
    usersFault(
      columnsOf([
        [null, 'a'],
        [1, 'a'],
      ]).features,
    ),
    /missing in 1 of 2 rows/,
  )
  const [model] = models
  await t.rejects(fit(model as AlsRecommenderModel, [[null, 'a']]), DataError)
})
