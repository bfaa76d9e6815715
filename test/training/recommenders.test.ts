// Recommenders over HTTP: trained on users and items, judged by time, predicted in every form, and refused with every fault.
import t from 'tap'
import { PROJECT } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { readInferenceAnswer } from '../support/inference-answer.ts'
import { fetchDocumented } from '../support/openapi.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

/** Users of two sorts, who take items of their own sort in turn; each row is a day later. */
const TAKEN = Array.from({ length: 160 }, (_, i) => {
  const user = i % 10
  return {
    user,
    item: `${user % 2 === 0 ? 'a' : 'b'}${(Math.floor(i / 10) * 3 + user) % 8}`,
    times: 1 + (i % 3),
    day: i,
  }
})
const features = TAKEN.map(({ user }) => ({ user }))
const labels = TAKEN.map(({ item }) => ({ item }))

const database = await createOwnDatabase(t)
const MODELS = ['als_recommender', 'item_similarity_recommender'] as const
for (const model of MODELS) await database.registerModel(model)
const settings = { DATABASE_URL: database.url, MODELS_DIR: `${PROJECT}/statistical` }
const service = await startTestService(t, settings)
const { get, post, predict } = service

async function trained(members: object) {
  const { status, body } = await post('/api/runs', members)
  t.equal(status, 201, JSON.stringify(body))
  await until(async () => ['SUCCESS', 'FAILED'].includes((await get(`/api/runs/${body.model_run_id}`)).body.status))
  const run = (await get(`/api/runs/${body.model_run_id}`)).body
  t.equal(run.status, 'SUCCESS', JSON.stringify(run.error))
  return run
}

for (const model_name of MODELS) {
  const isAls = model_name === 'als_recommender'
  const parameters = { n_recommendations: 3, ...(isAls ? { factors: 2, random_state: 0 } : { n_neighbors: 6 }) }

  t.test(`${model_name}: trained with weights, judged on the latest rows, reported`, async (t) => {
    const rows = TAKEN.map(({ user, times, day }) => ({ user, times, day }))
    const split = { validation_split: 0.25, split_by: { column: 'day', as: 'time' } }
    const run = await trained({ model_name, features: rows, labels, parameters, weights: 'times', ...split })
    const names = ['precision_at_k', 'recall_at_k', 'ndcg_at_k', 'map_at_k']
    for (const name of names) {
      t.ok(run.metrics[name] > 0 && run.metrics[name] <= 1, `${name}: ${run.metrics[name]}`)
      t.ok(run.metrics[`validation_${name}`] >= 0, `validation_${name}`)
    }
    t.match(run.metrics, { training_rows: 120, validation_rows: 40, users: 10 })
    const report = await get(`/api/runs/${run.id}/report?format=json`)
    t.equal(report.status, 200)
    t.match(JSON.stringify(report.body), /listed_items/)
  })

  t.test(`${model_name}: predictions are lists in JSON, columns in CSV, tensors of lists in /v2`, async (t) => {
    const some = TAKEN.filter((_, i) => i < 40)
    const run = await trained({
      model_name,
      features: some.map(({ user }) => ({ user })),
      labels: some.map(({ item }) => ({ item })),
      parameters,
    })
    const asked = [{ user: 0 }, { user: 1 }, { user: 77 }, { user: null }]
    const { status, body } = await predict(run.id, { features: asked })
    t.equal(status, 200, JSON.stringify(body))
    const [even, odd, unknown, missing] = body.predictions
    t.ok(even.item.every((item: string) => item.startsWith('a')) && even.item.length > 0, `${even.item}`)
    t.ok(odd.item.every((item: string) => item.startsWith('b')) && odd.item.length > 0, `${odd.item}`)
    const seen = new Set(some.filter(({ user }) => user === 0).map(({ item }) => item))
    t.notOk(
      even.item.some((item: string) => seen.has(item)),
      'what the user has is left out',
    )
    t.same(missing, unknown, 'the most popular items')
    t.equal(unknown.item.length, 3)
    t.same(
      unknown['item.scores'],
      unknown['item.scores'].toSorted((a: number, b: number) => b - a),
    )
    t.same(body.warnings, [{ code: 'UNSEEN_CATEGORY', column: 'user', rows: 1, values: [77] }])
    const alone = (await predict(run.id, { features: [{ user: 1 }] })).body
    t.same(alone.predictions, [odd], 'a row alone, without anything new')

    const csv = await fetchDocumented(service.service.url, `/api/predict?model_run_id=${run.id}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/csv' },
      body: JSON.stringify({ features: asked }),
    })
    const [header, first, , third] = (await csv.text()).split(/\r?\n/)
    t.equal(header, 'item.1,item.2,item.3,item.score.1,item.score.2,item.score.3')
    const padded = (values: unknown[]) => [...values, '', '', ''].slice(0, 3)
    t.equal(first, [...padded(even.item), ...padded(even['item.scores'])].join())
    t.equal(third, [...unknown.item, ...unknown['item.scores']].join())

    const inputs = [{ name: 'user', datatype: 'INT64', shape: [3], data: [0, 1, 77] }]
    const metadata = (await get(`/v2/models/${model_name}/versions/${run.id}`)).body
    t.same(metadata.outputs, [
      { name: 'item', datatype: 'BYTES', shape: [-1, 3] },
      { name: 'item.scores', datatype: 'FP64', shape: [-1, 3] },
    ])
    for (const binary of [false, true]) {
      const { outputs, status } = await readInferenceAnswer(
        await fetchDocumented(service.service.url, `/v2/models/${model_name}/versions/${run.id}/infer`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ inputs, parameters: { binary_data_output: binary } }),
        }),
      )
      t.equal(status, 200)
      t.same(outputs['item']?.slice(0, 3), padded(even.item), 'behind the end the empty text')
      t.same(outputs['item']?.slice(6), unknown.item)
      t.same(outputs['item.scores']?.slice(6), unknown['item.scores'])
    }
  })

  t.test(`${model_name}: rows that are none of a recommender are refused before there is a run`, async (t) => {
    const refusal = async (members: object): Promise<string> => {
      const { status, body } = await post('/api/runs', { model_name, features, labels, ...members })
      t.equal(status, 400)
      return JSON.stringify(body.errors)
    }
    const two = features.map(({ user }, i) => ({ user, day: i }))
    t.match(await refusal({ features: two }), /expected one column, that of the users, got 2.*weights/)
    const gaps = features.map(({ user }, i) => ({ user: i % 40 === 0 ? null : user }))
    t.match(await refusal({ features: gaps }), /the user is missing in 4 of 160 rows/)
    t.match(
      await refusal({ labels: labels.map((row, i) => (i === 5 ? { item: null } : row)) }),
      /every row needs a label/,
    )
    t.match(await refusal({ parameters: { n_recommendations: 101, unknown: 1 } }), /at most 100, got 101/)
    t.match(await refusal({ calibration: 'sigmoid' }), /calibration/)
  })
}

t.test('a search finds parameters by NDCG, each trial judged on rows held out', async (t) => {
  const search = { strategy: 'grid', space: { n_neighbors: [1, 6] }, folds: { count: 3 } }
  const run = await trained({ model_name: 'item_similarity_recommender', features, labels, search })
  t.match(run.search, { scoring: 'ndcg_at_k', trials: 2 })
  t.ok(run.metrics.search_ndcg_at_k > 0)
})
