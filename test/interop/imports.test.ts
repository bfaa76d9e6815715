// Models of other frameworks over HTTP: versions like any other where they answer golden rows, and nothing else where they do not.
import { createHash } from 'node:crypto'
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { brought, formOf, importInto, onnxModel, rowsOf } from '../support/imports.ts'
import { doubling, endless, memoryBomb } from '../support/onnx-model.ts'
import { missing } from '../support/optional-package.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const skip = (await missing('onnxruntime-web')) ?? false
const database = await createOwnDatabase(t)
for (const model of ['imported_model', 'random_forest_classifier']) await database.registerModel(model)
const client = await startTestService(t, {
  DATABASE_URL: database.url,
  MODELS_DIR: 'statistical',
  REVIEW_SELF: 'allow',
  PREDICT_TIMEOUT_SECONDS: 4,
})
const { get, post } = client
const PROJECT = { model_name: 'imported_model' }
t.equal((await post('/api/projects', { ...PROJECT, name: 'flowers', labels: ['y'] })).status, 201)

/** All that an import may leave behind. */
const left = async () => {
  const own = await database.owner.query(
    `select (select count(*) from ml_worker.datasets) as datasets, (select count(*) from ml_worker.version_trainings) as trainings,
       (select count(*) from ml_worker.versions) as versions, (select count(*) from ml_worker.dataset_uses) as uses`,
  )
  return { ...own.rows[0], tables: await database.snapshot() }
}

t.test('a model that answers its golden rows is a version like any other', { skip }, async (t) => {
  const forest = onnxModel('forest')
  const { status, body, headers } = await importInto(
    client,
    'flowers',
    formOf(forest, { description: 'from scikit-learn' }),
  )
  t.equal(status, 201, JSON.stringify(body))
  t.match(body, {
    version: 1,
    description: 'from scikit-learn',
    request: { model_name: 'imported_model', labels: ['y'], features: ['X_0', 'X_1', 'X_2', 'X_3'] },
    parameters: {
      format: 'onnx',
      framework_version: 'skl2onnx 1.20.0',
      sha256: createHash('sha256').update(forest.file).digest('hex'),
      bytes: forest.file.length,
      tolerance: 1e-6,
    },
    dataset: { name: 'flowers golden rows', version: 1 },
    metrics: { golden_rows: 30, golden_columns: 4 },
    golden: { rows: 30, columns: ['y', 'y.probability.setosa', 'y.probability.versicolor', 'y.probability.virginica'] },
    warnings: [{ code: 'GOLDEN_ROWS_WITHOUT_MISSING' }, { code: 'NO_CELLS' }],
  })
  t.ok(body.golden.worst.difference < 1e-6)
  t.equal(headers.get('location'), '/api/projects/flowers/versions/1')
  const run = body.model_run_id
  const { audit_events: entries } = (await get('/api/audit-events?limit=10')).body
  t.same(entries.map(({ action }: { action: string }) => action).slice(0, 3), [
    'version.create',
    'version.import',
    'dataset.create',
  ])
  t.equal(await database.ended(run), 'SUCCESS')
  t.match((await get(`/api/runs/${run}`)).body, {
    status: 'SUCCESS',
    parameters: { format: 'onnx' },
    metrics: { golden_rows: 30 },
  })

  const { body: figures } = await get('/metrics')
  t.match(figures, /ml_worker_training_duration_seconds_count\{model="imported_model"\} 1/)
  t.match(figures, /ml_worker_training_rows_count 0/, 'it has learnt from no rows here')

  const expected = JSON.parse(forest.golden)
  const answer = await post(`/api/predict?model_run_id=${run}&probabilities=true`, { features: rowsOf(forest) })
  t.equal(answer.status, 200, JSON.stringify(answer.body))
  t.same(
    answer.body.predictions,
    expected.map(({ y }: { y: string }) => ({ y })),
  )
  answer.body.probabilities.forEach(({ y }: { y: Record<string, number> }, i: number) => {
    t.ok(Math.abs((y['setosa'] as number) - expected[i]['y.probability.setosa']) < 1e-6)
  })
  const [, cached] = /^ml_worker_pipeline_cache_bytes (\d+)$/m.exec((await get('/metrics')).body) ?? []
  t.ok(Number(cached) > 60 * 2 ** 20, 'the memory of its thread counts')
  t.match(await post(`/api/predict?model_run_id=${run}&explain=true`, { features: rowsOf(forest) }), {
    status: 422,
    body: { code: 'EXPLANATION_UNAVAILABLE' },
  })
})

t.test('the protocol of inference has its tensors', { skip }, async (t) => {
  const { body: version } = await get('/api/projects/flowers/versions/1')
  const path = `/v2/models/imported_model/versions/${version.model_run_id}`
  t.match((await get(path)).body, {
    inputs: [{ name: 'X_0', datatype: 'FP64' }, {}, {}, {}],
    outputs: [{ name: 'y' }, {}],
  })
  const inputs = [5.1, 3.5, 1.4, 0.2].map((value, j) => ({
    name: `X_${j}`,
    datatype: 'FP64',
    shape: [1],
    data: [value],
  }))
  const { body } = await post(`${path}/infer`, { inputs })
  t.match(body, { outputs: [{ name: 'y', data: ['setosa'] }] })
})

t.test('its lineage names golden rows, and it is not trained again', { skip }, async (t) => {
  const { body: version } = await get('/api/projects/flowers/versions/1')
  const { body } = await get('/api/projects/flowers/versions/1/lineage')
  t.match(body.edges, [{ from: `dataset/${version.dataset.id}`, to: 'version/1', relation: 'golden_rows_of' }])
  t.match(await post('/api/projects/flowers/versions/1/reproduction', undefined), {
    status: 409,
    body: { code: 'VERSION_IMPORTED' },
  })
  t.match(await client.delete(`/api/datasets/${version.dataset.id}`), { status: 409, body: { code: 'DATASET_IN_USE' } })
})

t.test('it is deployed, answers by its project, and is given away', { skip }, async (t) => {
  t.equal((await post('/api/projects/flowers/versions/1/reviews', { decision: 'approved' })).status, 201)
  const asked = await post('/api/projects/flowers/environments/production/deployments', { version: 1 })
  t.equal(asked.status, 202, JSON.stringify(asked.body))
  await until(async () => {
    const { body } = await get('/api/projects/flowers/environments/production/deployments')
    return body.deployments[0].status === 'active'
  })
  const [row] = rowsOf(onnxModel('forest'))
  t.match(await post('/api/projects/flowers/predict?environment=production', { features: [row] }), {
    status: 200,
    body: { predictions: [{ y: 'setosa' }] },
  })
  const bundle = await get('/api/projects/flowers/versions/1/bundle')
  t.equal(bundle.status, 200)
})

t.test('what it predicts is known to those who read the log, and an erasure comes to its end', { skip }, async (t) => {
  t.equal((await client.put('/api/projects/flowers/monitoring', { log: 'all' })).status, 200)
  t.match(await get('/api/projects/flowers/predictions?version=1&answer=setosa'), { status: 200 })
  t.equal((await post('/api/erasures', { column: 'y', value: 'nobody' })).status, 202)
  await until(async () => (await get('/api/erasures/1')).body.state !== 'running')
  t.match((await get('/api/erasures/1')).body, { state: 'done', remaining: [] })
})

t.test('the same Idempotency-Key again is the same version; with another file it is refused', { skip }, async (t) => {
  const key = { 'idempotency-key': 'once' }
  const first = await importInto(client, 'flowers', formOf(onnxModel('forest')), key)
  const second = await importInto(client, 'flowers', formOf(onnxModel('forest')), key)
  t.match([first.status, second.status], [201, 201])
  t.equal(second.body.version, first.body.version)
  const before = await left()
  t.match(await importInto(client, 'flowers', formOf(onnxModel('neighbors')), key), {
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  })
  t.same(await left(), before)
})

t.test('texts, numbers and missing values go in as they are', { skip }, async (t) => {
  const pipeline = onnxModel('pipeline')
  const { status, body } = await importInto(client, 'flowers', formOf(pipeline))
  t.equal(status, 201, JSON.stringify(body))
  const features = rowsOf(pipeline)
  const answer = await post(`/api/predict?model_run_id=${body.model_run_id}`, { features })
  t.same(
    answer.body.predictions.map(({ y }: { y: string }) => y),
    JSON.parse(pipeline.golden).map(({ y }: { y: string }) => y),
  )
})

t.test('trees of LightGBM and XGBoost are told by their files, and labels in order by the golden rows', async (t) => {
  const lightgbm = brought('lightgbm', 'txt')
  const { status, body } = await importInto(client, 'flowers', formOf(lightgbm))
  t.equal(status, 201, JSON.stringify(body))
  t.match(body, {
    request: { features: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'] },
    parameters: { format: 'lightgbm', framework_version: 'lightgbm v4', objective: /multiclass/, tolerance: 1e-15 },
    golden: { rows: 50 },
  })
  const answer = await post(`/api/predict?model_run_id=${body.model_run_id}&probabilities=true`, {
    features: rowsOf(lightgbm),
  })
  const expected = JSON.parse(lightgbm.golden)
  answer.body.probabilities.forEach(({ y }: { y: Record<string, number> }, i: number) => {
    const [got, wanted] = [y['virginica'] as number, expected[i]['y.probability.virginica']]
    t.ok(Math.abs(got - wanted) <= 2.5e-16 * wanted)
  })
  const xgboost = await importInto(client, 'flowers', formOf(brought('xgboost', 'ubj'), { tolerance: 0 }))
  t.match(xgboost, { status: 201, body: { parameters: { format: 'xgboost_ubjson' }, golden: { tolerance: 0 } } })
  t.notOk('worst' in xgboost.body.golden, 'bit for bit')
})

t.test('imported versions are compared on rows of a data set', { skip }, async (t) => {
  for (const [name, model] of Object.entries({ trees: brought('lightgbm', 'txt'), texts: onnxModel('pipeline') })) {
    t.equal((await post('/api/projects', { ...PROJECT, name, labels: ['y'] })).status, 201)
    for (const description of ['one', 'the same']) {
      t.equal((await importInto(client, name, formOf(model, { description }))).status, 201)
    }
    const golden = JSON.parse(model.golden)
    const rows = rowsOf(model).map((row, i) => ({ ...row, y: golden[i].y }))
    const { body: dataset } = await client.request(
      'POST',
      `/api/datasets?name=${name}&labels=y`,
      Buffer.from(JSON.stringify(rows)),
      { 'content-type': 'application/json' },
    )
    const { status, body } = await get(`/api/projects/${name}/comparison?versions=1,2&dataset=${dataset.id}`)
    t.equal(status, 200, JSON.stringify(body))
    t.match(body, {
      labels: [{ label: 'y', kind: 'classifier', metrics: [{ metric: 'accuracy', versions: [{ value: 1 }] }] }],
      warnings: [{ code: 'TRAINING_ROWS_UNKNOWN', message: /was imported/ }, { code: 'TRAINING_ROWS_UNKNOWN' }],
    })
  }
  t.match(await get('/api/projects/trees/leaderboard?metric=golden_worst_difference'), {
    status: 200,
    body: { lower_is_better: true },
  })
})

t.test('a model that says something else than its framework is refused, with the rows', { skip }, async (t) => {
  const before = await left()
  for (const name of ['hazard_forest_missing', 'hazard_boosting_categories']) {
    const { status, body } = await importInto(client, 'flowers', formOf(onnxModel(name)))
    t.match({ status, body }, { status: 422, body: { code: 'GOLDEN_ROWS_DIFFER' } })
    t.match(body.errors[0], { in: 'golden', row: Number, column: /^y/, detail: /^expected .*, the model gives / })
  }
  t.same(await left(), before, 'and nothing is left of it')
})

t.test('tells everything that is wrong with a form at once', async (t) => {
  const before = await left()
  const { status, body } = await importInto(client, 'flowers', formOf({}, { formats: 'onnx', tolerance: 7 }))
  t.match({ status, code: body.code }, { status: 400, code: 'REQUEST_INVALID' })
  t.same(
    body.errors.map((each: { in: string; parameter?: string }) => [each.in, each.parameter]),
    [
      ['options', 'formats'],
      ['options', 'tolerance'],
      ['model', undefined],
      ['golden', undefined],
    ],
  )
  const words = await importInto(client, 'flowers', formOf({}, { format: 'pickle', label_name: 7 }))
  t.match(words.body.errors, [
    { parameter: 'format', detail: 'expected one of lightgbm, xgboost_json, xgboost_ubjson, onnx' },
    { parameter: 'label_name', detail: /string, array/ },
  ])
  const lightgbm = brought('lightgbm', 'txt')
  const others = { outputs: { label: 'y' }, feature_names: ['a'] }
  t.match(await importInto(client, 'flowers', formOf(lightgbm, others)), {
    status: 400,
    body: { errors: [{ in: 'options', parameter: 'outputs', detail: /for onnx; the file is lightgbm/ }] },
  })
  const faulty = { ...others, tolerance: 7, outputs: { label: 'y' } }
  const listed = async (form: FormData) =>
    (await importInto(client, 'flowers', form)).body.errors.map((each: { in: string; parameter?: string }) =>
      [each.in, each.parameter ?? ''].join(' ').trim(),
    )
  t.same(await listed(formOf(lightgbm, faulty)), ['options tolerance', 'options outputs'], 'beside a fault of the form')
  t.same(
    await listed(formOf({ file: lightgbm.file }, others)),
    ['golden', 'options outputs'],
    'and a part that is missing',
  )
  t.same(
    await listed(formOf({ ...lightgbm, golden: '{"cases": []}' }, { ...faulty, label_name: 'y' })),
    ['options tolerance', 'golden', 'options outputs', 'options label_name', 'options feature_names'],
    'and golden tensors',
  )
  t.same(
    await listed(formOf({ ...lightgbm, golden: '{"cases": []}' }, { ...others, label_name: 'y' })),
    ['golden', 'options outputs', 'options label_name', 'options feature_names'],
    'as in a form without another fault',
  )
  t.same(await listed(formOf({ file: Buffer.from('hello') }, others)), ['golden', 'options format'])
  const unfit = { feature_names: ['a'], classes: ['p'], categorical_features: ['q'] }
  t.match(await importInto(client, 'flowers', formOf(lightgbm, unfit)), {
    status: 400,
    body: { errors: [{ in: 'options', parameter: 'categorical_features', detail: /"q"/ }] },
  })
  t.match(await importInto(client, 'flowers', formOf(lightgbm, { feature_names: ['a'], classes: ['p'] })), {
    status: 400,
    body: {
      errors: [
        { in: 'options', parameter: 'feature_names' },
        { in: 'options', parameter: 'classes' },
      ],
    },
  })
  const odd = await importInto(client, 'flowers', formOf({ file: Buffer.from('hello'), golden: '[{"a":1}]' }))
  t.match(odd, { status: 400, body: { errors: [{ in: 'options', parameter: 'format' }] } })
  const zipmap = await importInto(client, 'flowers', formOf(onnxModel('forest_zipmap')))
  t.match(zipmap, { status: 400, body: { errors: [{ in: 'model', detail: /ZipMap/ }] } })
  const columns = await importInto(
    client,
    'flowers',
    formOf({ file: doubling(), golden: '[{"x":1}]' }, { label_name: 'twice' }),
  )
  t.match(
    columns.body.errors.map((each: { column: string }) => each.column),
    ['twice', 'X', 'x'],
  )
  t.match(await importInto(client, 'nothing', formOf({ file: doubling(), golden: '[{"X":1}]' })), { status: 404 })
  t.same(await left(), before)
})

t.test('a model that never ends, or asks for all memory, is refused while others are answered', { skip }, async (t) => {
  const { body: version } = await get('/api/projects/flowers/versions/1')
  const [row] = rowsOf(onnxModel('forest'))
  const before = await left()
  const golden = '[{"X":1,"twice":2}]'
  const options = { label_name: 'twice' }
  const hostile = importInto(client, 'flowers', formOf({ file: endless(), golden }, options))
  const { status } = await post(`/api/predict?model_run_id=${version.model_run_id}`, { features: [row] })
  t.equal(status, 200)
  t.match(await hostile, { status: 422, body: { code: 'IMPORTED_MODEL_FAILED', detail: /after 4 s/ } })
  for (const when of ['loaded', 'run'] as const) {
    const bomb = await importInto(client, 'flowers', formOf({ file: memoryBomb(when), golden }, options))
    t.match(bomb, { status: 422, body: { code: 'IMPORTED_MODEL_FAILED' } })
  }
  t.same(await left(), before)
  t.equal(
    (await importInto(client, 'flowers', formOf({ file: doubling(), golden }, options))).status,
    201,
    'and the next one is taken',
  )
})

t.test('the class of imported models is not trained', async (t) => {
  const run = await database.insertRun('imported_model')
  const { status, body } = await client.train('imported_model', run, { features: [{ a: 1 }], labels: [{ y: 1 }] })
  t.match({ status, text: JSON.stringify(body) }, { status: 400, text: /versions\/imports/ })
})
