// Policies by name: each upload of the name is trained from by itself, and what stands against it is told.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'

const CSV = { 'content-type': 'text/csv' }
const ROWS = `a,b,kind\n${Array.from({ length: 40 }, (_, i) => `${i},${i % 3},${i < 20 ? 'low' : 'high'}\n`).join('')}`

const database = await createOwnDatabase(t)
for (const model of ['forest', 'majority']) await database.registerModel(model)
const worker = await startTestService(t, { DATABASE_URL: database.url })
const { get, post, put } = worker
const policies = '/api/dataset-policies'
const upload = (query: string, headers: Record<string, string> = {}, body = ROWS) =>
  post(`/api/datasets?${query}`, body, { ...CSV, ...headers })
const codesOf = () =>
  worker.logged.filter(({ msg }) => msg === 'the policy of a data set could not be followed').map(({ code }) => code)

t.test('is made, changed by its revision, listed and deleted', async (t) => {
  const path = `${policies}/${encodeURIComponent('größe 1')}`
  const made = await put(path, { model_name: 'forest', labels: ['kind'] })
  t.match(made, { status: 201, body: { name: 'größe 1', revision: 1, model_name: 'forest', changed_by: 'anyone' } })
  t.equal(made.headers.get('etag'), '"1"')
  t.match(await put(path, { model_name: 'forest' }), { status: 428, body: { code: 'PRECONDITION_REQUIRED' } })
  t.match(await put(path, { model_name: 'forest' }, { 'if-match': '"2"' }), { status: 412 })
  t.match(await put(path, { model_name: 'forest' }, { 'if-match': 'W/"1"' }), { status: 412 })
  const changed = await put(path, { model_name: 'majority', parameters: {} }, { 'if-match': '"1"' })
  t.match(changed, { status: 200, body: { revision: 2, model_name: 'majority', training: { parameters: {} } } })
  t.match(await put(path, { model_name: 'forest' }, { 'if-match': '*' }), { status: 200, body: { revision: 3 } })
  t.match(await put(`${policies}/none`, { model_name: 'forest' }, { 'if-match': '*' }), { status: 412 })
  t.match(await get(path), { status: 200, body: { revision: 3 } })
  t.equal((await put(`${policies}/z`, { model_name: 'forest' })).status, 201)
  const first = await get(`${policies}?limit=1`)
  t.match(first.body, { policies: [{ name: 'größe 1' }], next: 'größe 1' })
  const second = await get(`${policies}?limit=1&cursor=${encodeURIComponent(first.body.next)}`)
  t.match(second.body, { policies: [{ name: 'z' }] })
  t.notOk('next' in second.body)
  t.match(await worker.delete(path, { 'if-match': '"1"' }), { status: 412 })
  t.match(await worker.delete(path), { status: 200, body: { revision: 3 } })
  t.match(await worker.delete(path), { status: 404, body: { code: 'POLICY_UNKNOWN' } })
  t.match(await get(path), { status: 404 })
  t.equal((await worker.delete(`${policies}/z`)).status, 200)
  for (const [body, code] of [
    [{}, 'REQUEST_INVALID'],
    [{ model_name: 'forest', validation_split: 2 }, 'REQUEST_INVALID'],
    [{ model_name: 'forest', dataset: { id: 1 } }, 'REQUEST_INVALID'],
    [{ model_name: 'nobody' }, 'MODEL_UNKNOWN'],
  ] as const) {
    t.match((await put(`${policies}/x`, body)).body, { code }, JSON.stringify(body))
  }
})

t.test('each upload of the name is trained from as it says', async (t) => {
  const policy = { model_name: 'forest', labels: ['kind'], features: ['a'], validation_split: 0.25, parameters: {} }
  t.equal((await put(`${policies}/kinds`, policy)).status, 201)
  const runs = []
  for (let version = 1; version <= 2; version++) {
    const { status, body } = await upload('name=kinds')
    t.match({ status, body }, { status: 201, body: { version, training: { status: 'accepted' } } })
    const run = body.training.model_run_id
    t.equal(await database.ended(run), 'SUCCESS')
    t.match((await get(`/api/runs/${run}`)).body, { dataset: { id: body.id, sha256: body.sha256 } })
    runs.push(run)
  }
  const predicted = await post(`/api/predict?model_run_id=${runs[0]}`, { features: [{ a: 35 }] })
  t.match(predicted.body, { predictions: [{ kind: 'high' }] })
  t.match(await database.metrics(runs[1]), { validation_rows: '10' })
  t.notOk('training' in (await upload('name=others')).body, 'other names are left alone')
  const asked = await upload('name=kinds&labels=kind&train=majority')
  t.match((await get(`/api/runs/${asked.body.training.model_run_id}`)).body, { model_name: 'majority' })
})

t.test('the same upload again begins no second run', async (t) => {
  const key = { 'idempotency-key': 'once' }
  const [first, second] = [await upload('name=kinds', key), await upload('name=kinds', key)]
  t.equal(second.body.id, first.body.id)
  t.same(second.body.training, first.body.training)
  t.match((await get(`/api/datasets/${first.body.id}`)).body, { run_count: 1 })
})

t.test('the upload is kept when its policy cannot be followed, and answer and log say why', async (t) => {
  const before = codesOf().length
  const lacking = await upload('name=kinds', {}, 'b,kind\n1,low\n2,high\n')
  t.match(lacking, {
    status: 201,
    body: { rows: 2, training: { status: 'refused', code: 'REQUEST_INVALID', detail: /features column "a": missing/ } },
  })
  await database.owner.query(`update models set name = 'gone' where name = 'forest'`)
  t.teardown(() => database.owner.query(`update models set name = 'forest' where name = 'gone'`))
  const gone = await upload('name=kinds')
  t.match(gone, { status: 201, body: { rows: 40, training: { status: 'refused', code: /^MODEL_UN/ } } })
  t.same(codesOf().slice(before), ['REQUEST_INVALID', gone.body.training.code])
  t.match((await get(`/api/datasets/${gone.body.id}`)).body, { run_count: 0 })
})
