// Trainings whose rows are those of a data set.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'

const ROWS = Array.from({ length: 40 }, (_, i) => ({ a: i, b: i % 3, kind: i < 20 ? 'low' : 'high' }))
const CSV = `a,b,kind\n${ROWS.map(({ a, b, kind }) => `${a},${b},${kind}\n`).join('')}`

const database = await createOwnDatabase(t)
await database.registerModel('forest')
const { get, post, service } = await startTestService(t, { DATABASE_URL: database.url })
const upload = (query: string, body: string, type = 'text/csv') =>
  post(`/api/datasets?${query}`, body, { 'content-type': type })
const kept = await upload('name=kinds&labels=kind', CSV)
const dataset = { id: kept.body.id, labels: ['kind'] }

t.test('trains from a data set, and the run remembers it', async (t) => {
  const made = await post('/api/runs', { model_name: 'forest', dataset, validation_split: 0.25 })
  t.equal(made.status, 201, JSON.stringify(made.body))
  const runId = made.body.model_run_id
  t.equal(await database.ended(runId), 'SUCCESS')
  const { body: run } = await get(`/api/runs/${runId}`)
  t.match(run, { status: 'SUCCESS', dataset: { id: kept.body.id, sha256: kept.body.sha256 } })
  t.match((await get(`/api/datasets/${kept.body.id}`)).body, { run_ids: [runId], run_count: 1 })
  const predicted = await post(`/api/predict?model_run_id=${runId}`, { features: [{ a: 35, b: 1 }] })
  t.match(predicted.body, { predictions: [{ kind: 'high' }] })
})

t.test('a data set that is used is deleted only with purge', async (t) => {
  const url = `${service.url}/api/datasets/${kept.body.id}`
  const refused = await fetch(url, { method: 'DELETE' })
  t.match(await refused.json(), { status: 409, code: 'DATASET_IN_USE', detail: /used by run \d+; \?purge=true/ })
})

t.test('gives the same result as the same rows in the body', async (t) => {
  const runs = await Promise.all([
    post('/api/runs', { model_name: 'forest', dataset: { id: kept.body.id } }),
    post('/api/runs?model_name=forest&labels=kind', CSV, { 'content-type': 'text/csv' }),
  ])
  const results = []
  for (const { body } of runs) {
    t.equal(await database.ended(body.model_run_id), 'SUCCESS')
    results.push((await get(`/api/runs/${body.model_run_id}/artifacts`)).body.training?.data_digest)
  }
  t.equal(results[0], results[1])
})

t.test('takes columns by name, and rows of JSON and NDJSON', async (t) => {
  for (const [type, body] of [
    ['application/x-ndjson', ROWS.map((row) => `${JSON.stringify(row)}\n`).join('')],
    ['application/json', JSON.stringify(ROWS)],
  ] as const) {
    const { body: made } = await upload('name=forms', body, type)
    const run = await database.insertRun('forest')
    const answer = await post(`/api/train?model_name=forest&model_run_id=${run}`, {
      dataset: { id: made.id, labels: ['kind'], features: ['a'] },
    })
    t.equal(answer.status, 200, JSON.stringify(answer.body))
    t.equal(await database.ended(run), 'SUCCESS', type)
    const predicted = await post(`/api/predict?model_run_id=${run}`, { features: [{ a: 1 }] })
    t.match(predicted.body, { predictions: [{ kind: 'low' }] })
  }
})

t.test('says what is wrong with what is asked for', async (t) => {
  const faulty: [object, string, RegExp][] = [
    [{ dataset: { id: 99_999 } }, 'DATASET_UNKNOWN', /no data set 99999/],
    [{ dataset: { id: 'x' } }, 'REQUEST_INVALID', /dataset.id/],
    [{ dataset: { ...dataset, labels: ['nothing'] } }, 'REQUEST_INVALID', /labels column "nothing": missing column/],
    [{ dataset: { ...dataset, features: ['z'] } }, 'REQUEST_INVALID', /features column "z": missing column/],
    [{ dataset, features: [{ a: 1 }] }, 'REQUEST_INVALID', /the rows are those of the data set/],
    [{ dataset, parameters: { nothing: 1 } }, 'REQUEST_INVALID', /unknown parameter/],
  ]
  for (const [body, code, detail] of faulty) {
    const answer = await post('/api/runs', { model_name: 'forest', ...body })
    t.match(answer.body, { code, detail }, JSON.stringify(body))
  }
  t.match((await post('/api/runs', { model_name: 'no such', dataset })).body, { code: 'MODEL_UNKNOWN' })
  const { body } = await get(`/api/datasets/${kept.body.id}`)
  t.equal(body.run_count, 2, 'what was refused uses nothing')
})

t.test('trains no more once the content is deleted', async (t) => {
  const url = `${service.url}/api/datasets/${kept.body.id}?purge=true`
  t.match(await (await fetch(url, { method: 'DELETE' })).json(), { name: 'kinds', deleted_by: 'anyone' })
  const answer = await post('/api/runs', { model_name: 'forest', dataset })
  t.match(answer, { status: 409, body: { code: 'DATASET_DELETED' } })
  const { body: run } = await get(`/api/runs/${(await get(`/api/datasets/${kept.body.id}`)).body.run_ids[0]}`)
  t.match(run.dataset, { id: kept.body.id, sha256: kept.body.sha256 }, 'the run still knows it')
})

t.test('trains at once after the upload, where it is asked to', async (t) => {
  const { status, body } = await upload('name=fresh&labels=kind&train=forest', CSV)
  t.equal(status, 201)
  t.match(body, { name: 'fresh', training: { status: 'accepted', model_run_id: Number } })
  t.equal(await database.ended(body.training.model_run_id), 'SUCCESS')
  t.match((await get(`/api/datasets/${body.id}`)).body, { run_ids: [body.training.model_run_id] })
  const refused = await upload('name=fresh&labels=kind&train=nothing', CSV)
  t.match(refused, { status: 201, body: { version: 2, training: { status: 'refused', code: 'MODEL_UNKNOWN' } } })
})
