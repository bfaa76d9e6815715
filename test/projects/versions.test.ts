// Versions over HTTP: trained, numbered once, compared by lineage and leaderboard, trained again to the byte.
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const ROWS = Array.from({ length: 60 }, (_, i) => ({ a: i, b: (i * 7) % 5, kind: i % 11 < 6 ? 'low' : 'high' }))
const CSV = `a,b,kind\n${ROWS.map(({ a, b, kind }) => `${a},${b},${kind}\n`).join('')}`

const database = await createOwnDatabase(t)
for (const model of ['forest', 'majority', 'misbehaving', 'held_open']) await database.registerModel(model)
const { get, post, put, request } = await startTestService(t, { DATABASE_URL: database.url })
const upload = (query: string, body = CSV) => post(`/api/datasets?${query}`, body, { 'content-type': 'text/csv' })
const first = (await upload('name=kinds&labels=kind')).body

const project = { name: 'kinds', model_name: 'forest', dataset_name: 'kinds', validation_split: 0.25 }
const parameters = { n_estimators: 5, random_state: 1 }
t.equal((await post('/api/projects', { ...project, parameters })).status, 201)

const trainingOf = async (run: number, name = 'kinds') => {
  const { body } = await get(`/api/projects/${name}/trainings`)
  return body.trainings.find((each: { model_run_id: number }) => each.model_run_id === run)
}
/** Trains, and gives what became of it. */
async function trained(members: unknown, name = 'kinds') {
  const { status, body } = await post(`/api/projects/${name}/versions`, members)
  t.equal(status, 202, JSON.stringify(body))
  t.match(body, { state: 'training' })
  await until(async () => (await trainingOf(body.model_run_id, name)).state !== 'training')
  return trainingOf(body.model_run_id, name)
}

t.test('a run that has succeeded becomes the next version, with all that it was made of', async (t) => {
  const training = await trained({ description: 'the first' })
  t.match(training, { state: 'succeeded', version: 1, dataset_id: first.id })
  const { body: version } = await get('/api/projects/kinds/versions/1')
  t.match(version, {
    version: 1,
    model_run_id: training.model_run_id,
    description: 'the first',
    request: { model_name: 'forest', parameters, options: { validation_split: 0.25 } },
    parameters: { n_estimators: 5, random_state: 1 },
    dataset: { id: first.id, name: 'kinds', version: 1, sha256: first.sha256 },
    metrics: { accuracy: Number, validation_accuracy: Number },
    created_by: 'anyone',
    worker_version: /^\d+\.\d+/,
  })
  t.notOk('parent' in version)
  const stored = await database.owner.query<{ run_result: Buffer }>('select run_result from model_runs where id = $1', [
    training.model_run_id,
  ])
  const bytes = stored.rows[0]?.run_result as Buffer
  t.same(version.artifact, { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length })
  t.equal((await get('/api/projects/kinds')).body.versions, 1)
})

t.test('says otherwise than the project, and has the newest version as its parent', async (t) => {
  const second = (await upload('name=kinds&labels=kind', CSV.replace('0,0,low', '0,1,low'))).body
  t.match(await trained({ parameters: { n_estimators: 2 } }), { version: 2, parent: 1, dataset_id: second.id })
  const other = await trained({ dataset_id: first.id, parent: 1, model_name: 'majority' })
  t.match(other, { version: 3, parent: 1, request: { model_name: 'majority', parameters: {} } })
  const { body } = await get('/api/projects/kinds/versions/2')
  t.match(body.request.parameters, { n_estimators: 2, random_state: 1 })
})

t.test('a failed training leaves no gap in the numbers, and says why', async (t) => {
  t.equal(
    (
      await post('/api/projects', {
        name: 'fails',
        model_name: 'misbehaving',
        parameters: { deed: 'throws' },
        dataset_name: 'kinds',
      })
    ).status,
    201,
  )
  const failed = await trained({}, 'fails')
  t.match(failed, { state: 'failed', reason: String })
  t.notOk('version' in failed)
  t.match(await trained({ model_name: 'forest', parameters: { n_estimators: 2 } }, 'fails'), { version: 1 })
})

t.test('what is wrong is refused by name, and nothing is kept of it', async (t) => {
  const before = (await get('/api/projects/kinds/trainings')).body
  const path = '/api/projects/kinds/versions'
  t.match(await post(path, { parent: 99 }), { status: 404, body: { code: 'VERSION_UNKNOWN' } })
  t.match(await post(path, { dataset_id: 99 }), { status: 404, body: { code: 'DATASET_UNKNOWN' } })
  const noColumn = await post(path, { labels: ['nothing'] })
  t.match(noColumn, { status: 400, body: { code: 'REQUEST_INVALID', errors: [{ in: 'labels', column: 'nothing' }] } })
  t.equal(noColumn.body.errors.length, 1)
  const ofLabel = await post(path, { features: ['a', 'kind'] })
  t.match(ofLabel, { status: 400, body: { errors: [{ in: 'features', column: 'kind', detail: 'it is the label' }] } })
  const bare = (await upload('name=bare')).body
  const unlabelled = await post(path, { dataset_id: bare.id })
  t.match(unlabelled, { status: 400, body: { errors: [{ in: 'labels', detail: /name them as "labels": / }] } })
  t.match(await post(path, { parameters: { n_estimators: -1 } }), {
    status: 400,
    body: { errors: [{ in: 'parameters', parameter: 'n_estimators' }] },
  })
  t.match(await post(path, { nonsense: 1, dataset_id: 'x' }), { status: 400, body: { errors: { length: 2 } } })
  t.match(await post(path, { model_name: 'nobody' }), { status: 400, body: { code: 'MODEL_UNKNOWN' } })
  await post('/api/projects', { name: 'homeless', model_name: 'forest' })
  t.match(await post('/api/projects/homeless/versions', {}), {
    status: 400,
    body: { errors: [{ in: 'body', parameter: 'dataset_id', detail: 'missing: project homeless names no data set' }] },
  })
  t.same((await get('/api/projects/kinds/trainings')).body, before)
  t.match(await get('/api/projects/kinds/versions/abc'), { status: 400, body: { errors: [{ in: 'path' }] } })
  t.match(await get('/api/projects/kinds/versions/77'), { status: 404, body: { code: 'VERSION_UNKNOWN' } })
})

t.test('a version that is not there yet is told with the run that is to become it', async (t) => {
  const held = join(t.testdir(), 'held')
  await post('/api/projects', { name: 'held', model_name: 'held_open', dataset_name: 'kinds' })
  const { body: training } = await post('/api/projects/held/versions', { parameters: { until_exists: held } })
  const detail = `project held has no version 1; run ${training.model_run_id} is in training`
  t.match(await get('/api/projects/held/versions/1'), { status: 404, body: { code: 'VERSION_UNKNOWN', detail } })
  await writeFile(held, '')
  await until(async () => (await get('/api/projects/held/versions/1')).status === 200)
  const { body } = await get('/api/projects/held/versions/2')
  t.equal(body.detail, 'project held has no version 2')
})

t.test('the same Idempotency-Key is the same training', async (t) => {
  const headers = { 'idempotency-key': 'once' }
  const wishes = ['{"n_estimators": 4, "max_depth": 2}', '{"max_depth": 2, "n_estimators": 4.0}']
  const calls = await Promise.all(
    wishes.map((parameters) => post('/api/projects/kinds/versions', `{"parameters": ${parameters}}`, headers)),
  )
  t.same(
    calls.map(({ status }) => status),
    [202, 202],
  )
  t.equal(calls[0]?.body.model_run_id, calls[1]?.body.model_run_id)
  await until(async () => (await trainingOf(calls[0]?.body.model_run_id)).state !== 'training')
  t.match(await post('/api/projects/kinds/versions', { description: 'x', parameters: { n_estimators: 3 } }, headers), {
    status: 422,
  })
})

t.test('a version that is trained again is the same to the byte', async (t) => {
  const { status, body } = await post('/api/projects/kinds/versions/1/reproduction', '')
  t.equal(status, 202, JSON.stringify(body))
  const path = '/api/projects/kinds/versions/1/reproduction'
  await until(async () => (await get(path)).body.reproductions[0]?.state !== 'training')
  const { reproductions } = (await get(path)).body
  const { artifact } = (await get('/api/projects/kinds/versions/1')).body
  t.match(reproductions, [
    { state: 'succeeded', identical: true, expected: artifact.sha256, artifact_sha256: artifact.sha256 },
  ])
  t.notOk('version' in (await trainingOf(body.model_run_id)), 'it is no version')
})

t.test('lineage goes from data sets over parents to children', async (t) => {
  const { body } = await get('/api/projects/kinds/versions/2/lineage')
  const has = (edge: object) => body.edges.some((each: object) => JSON.stringify(each) === JSON.stringify(edge))
  t.ok(has({ from: 'version/1', to: 'version/2', relation: 'parent_of' }))
  t.ok(has({ from: `dataset/${first.id}`, to: 'version/1', relation: 'training_data_of' }))
  t.notOk(has({ from: 'version/1', to: 'version/3', relation: 'parent_of' }), 'a sister is no relative')
  const parent = (await get('/api/projects/kinds/versions/1/lineage')).body
  t.ok(JSON.stringify(parent.edges).includes('{"from":"version/1","to":"version/3","relation":"parent_of"}'))
  t.equal(new Set(body.nodes.map(({ id }: { id: string }) => id)).size, body.nodes.length)
})

t.test(
  'a data set whose content is gone stays in the lineage, and what was trained from it is not trained again',
  async (t) => {
    t.match(await request('DELETE', `/api/datasets/${first.id}`), { status: 409 })
    t.match(await request('DELETE', `/api/datasets/${first.id}?purge=true`), { status: 200 })
    const { body } = await get('/api/projects/kinds/versions/1/lineage')
    t.ok(
      body.nodes.some(
        ({ id, sha256 }: { id: string; sha256: string }) => id === `dataset/${first.id}` && sha256 === first.sha256,
      ),
    )
    t.match(await post('/api/projects/kinds/versions/1/reproduction', ''), {
      status: 409,
      body: { code: 'DATASET_DELETED' },
    })
  },
)

t.test('a name whose data sets have no content left is told from one that never was', async (t) => {
  await request('DELETE', `/api/datasets/${(await upload('name=gone&labels=kind')).body.id}`)
  for (const [dataset_name, answer] of [
    ['gone', { status: 409, body: { code: 'DATASET_DELETED', detail: /the newest of "gone".* is deleted$/ } }],
    ['never', { status: 404, body: { code: 'DATASET_UNKNOWN', detail: 'there is no data set "never"' } }],
  ] as const) {
    await post('/api/projects', { ...project, name: dataset_name, dataset_name })
    t.match(await post(`/api/projects/${dataset_name}/versions`, {}), answer)
  }
})

t.test('a version whose data set lost rows since keeps its digest, and is not trained again', async (t) => {
  const { dataset } = (await get('/api/projects/kinds/versions/2')).body
  const { body } = await post('/api/erasures', { column: 'a', value: 7 })
  await until(async () => (await get(`/api/erasures/${body.erasure_id}`)).body.state === 'done')
  const now = (await get(`/api/datasets/${dataset.id}`)).body
  t.not(now.sha256, dataset.sha256)
  t.same((await get('/api/projects/kinds/versions/2')).body.dataset, dataset)
  const again = await post('/api/projects/kinds/versions/2/reproduction', '')
  t.match(again, { status: 409, body: { code: 'DATASET_CHANGED', detail: /erased since version 2/ } })
})

t.test(
  'the leaderboard goes by the metric, the better end first, and tells who was judged on the same rows',
  async (t) => {
    const { body } = await get('/api/projects/kinds/leaderboard')
    t.match(body, { metric: 'validation_accuracy', lower_is_better: false })
    const values = body.entries.map(({ value }: { value: number }) => value)
    t.same(
      values,
      [...values].sort((a, b) => b - a),
    )
    const rowsOf = new Map(body.entries.map(({ version, rows }: { version: number; rows: number }) => [version, rows]))
    t.not(rowsOf.get(1), rowsOf.get(2), 'another data set')
    t.equal(rowsOf.get(2), rowsOf.get(4), 'the same data set, split and seed')
    const losses = (await get('/api/projects/kinds/leaderboard?metric=validation_log_loss')).body
    t.equal(losses.lower_is_better, true)
    t.match(await get('/api/projects/kinds/leaderboard?metric=nonsense'), {
      status: 400,
      body: {
        errors: [
          {
            in: 'query',
            parameter: 'metric',
            detail: /^no version has this metric: the newest versions have .*accuracy/,
          },
        ],
      },
    })
    t.match(await get('/api/projects/homeless/leaderboard'), { status: 400 })
  },
)

t.test('an alias points to a version, moves by its revision, and its history stays', async (t) => {
  const path = '/api/projects/kinds/aliases/champion'
  t.match(await get(path), { status: 404, body: { code: 'ALIAS_UNKNOWN' } })
  t.match(await put(path, { version: 99 }), { status: 404, body: { code: 'VERSION_UNKNOWN' } })
  const [first, second] = await Promise.all(
    [1, 2].map(async (version) => (await get(`/api/projects/kinds/versions/${version}`)).body.model_run_id),
  )
  const made = await put(path, { version: 1 })
  t.match(made, { status: 200, body: { alias: 'champion', version: 1, model_run_id: first, revision: 1 } })
  t.match(await put(path, { version: 2 }), { status: 428 })
  t.match(await put(path, { version: 2 }, { 'if-match': '"1"' }), {
    status: 200,
    body: { version: 2, model_run_id: second, revision: 2 },
  })
  t.match(await put(path, { version: 1 }, { 'if-match': '"1"' }), { status: 412 })
  const champion = { alias: 'champion', version: 2, model_run_id: second }
  t.match((await get('/api/projects/kinds/aliases')).body, { aliases: [champion] })
  t.match((await get(path)).body, champion)
  t.match(await request('DELETE', path, undefined, { 'if-match': '"2"' }), { status: 200, body: { version: 2 } })
  t.match(await get(path), { status: 404 })
  t.match(await put(path, { version: 1 }), { status: 200, body: { revision: 4 } })
  const { changes } = (await get(`${path}/history`)).body
  t.same(
    changes.map((each: { version?: number; model_run_id?: number; revision: number }) => [
      each.version,
      each.model_run_id,
      each.revision,
    ]),
    [
      [1, first, 4],
      [undefined, undefined, 3],
      [2, second, 2],
      [1, first, 1],
    ],
  )
  for (const list of ['/api/projects/kinds/versions', `${path}/history`]) {
    const far = await get(`${list}?before=${Number.MAX_SAFE_INTEGER}`)
    t.same(far.body, (await get(list)).body, `${list} before a number that no version has`)
  }
})

t.test('a calibrated version with a threshold of its own tells it, and is trained again to the byte', async (t) => {
  const options = { cross_validation: 3, calibration: 'sigmoid', threshold: { metric: 'f1', positive: 'low' } }
  t.equal((await post('/api/projects', { ...project, parameters, name: 'decided', ...options })).status, 201)
  const training = await trained({}, 'decided')
  t.match(training, { state: 'succeeded', request: { options } })
  const { body: version } = await get('/api/projects/decided/versions/1')
  t.match(version.metrics, { cv_accuracy: Number, threshold: version.threshold })
  t.match((await get(`/api/runs/${version.model_run_id}`)).body, {
    threshold: { positive: 'low', value: version.threshold },
    cross_validation: { folds: 3, kind: 'stratified' },
  })
  await trained({ threshold: 0.25 }, 'decided')
  t.equal((await get('/api/projects/decided/versions/2')).body.threshold, 0.25)
  const path = '/api/projects/decided/versions/1/reproduction'
  t.equal((await post(path, '')).status, 202)
  await until(async () => (await get(path)).body.reproductions[0]?.state !== 'training')
  t.match((await get(path)).body.reproductions, [{ identical: true }])
  await trained({ cross_validation: { folds: 4 } }, 'decided')
  const { body: board } = await get('/api/projects/decided/leaderboard?metric=cv_log_loss')
  t.equal(board.lower_is_better, true)
  const rows = new Map(board.entries.map((entry: { version: number; rows: number }) => [entry.version, entry.rows]))
  t.equal(rows.get(1), rows.get(2))
  t.not(rows.get(1), rows.get(3), 'other folds')
  const wrong = await post('/api/projects/decided/versions', { threshold: 2, cross_validation: 1 })
  t.match(wrong, { status: 400, body: { errors: [{ in: 'threshold' }, { in: 'cross_validation' }] } })
  t.match(await post('/api/projects/decided/versions', { calibration: 'platt' }), { status: 400 })
})

t.test('a version is trained on all rows where it says that none are held out', async (t) => {
  const { id } = (await upload('name=whole&labels=kind')).body
  const { request: asked, version } = await trained({ dataset_id: id, validation_split: 0 })
  t.same(asked.options, {})
  const { metrics } = (await get(`/api/projects/kinds/versions/${version}`)).body
  t.equal(metrics.training_rows, ROWS.length)
  t.notOk('validation_accuracy' in metrics)
  t.match((await get('/api/projects/kinds')).body.options, { validation_split: 0.25 })
})
