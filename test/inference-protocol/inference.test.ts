// The Open Inference Protocol over HTTP: recorded requests of its clients, and everything that can be wrong with one.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { readInferenceAnswer } from '../support/inference-answer.ts'
import { inferenceSample } from '../support/inference-sample.ts'
import { fetchDocumented } from '../support/openapi.ts'
import { startTrainingService } from '../support/trained.ts'

const { service, database, get, predict, trainToEnd } = await startTrainingService(t, [
  'forest',
  'mean',
  'majority',
  'one_cluster',
  'refusing',
])
const sample = await inferenceSample()
const rows = sample.features.slice(0, 20)

// The recorded requests name version 1.
const first = await trainToEnd('forest', sample)
const expected = (await predict(first.run, { features: rows }, '&probabilities=true')).body

const column = (name: string): unknown[] => expected.predictions.map((row: Record<string, unknown>) => row[name])
const columns = { much: column('much'), level: column('level'), late: column('late') }

interface Tensor {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data?: unknown
  readonly parameters?: unknown
}

/** The tensors of rows as JSON; those given stand in for them. */
function tensorsOf(features: readonly Record<string, unknown>[], ...others: Tensor[]): Tensor[] {
  const datatypes = { count: 'INT8', size: 'FP64', colour: 'BYTES', kind: 'BYTES', 'is new': 'BOOL' }
  return Object.entries(datatypes).map(([name, datatype]) => {
    const other = others.find((tensor) => tensor.name === name)
    return other ?? { name, datatype, shape: [features.length], data: features.map((row) => row[name]) }
  })
}

const post = async (path: string, body: string | Uint8Array, given: Record<string, string> = {}) => {
  // fetch would call a string plain text.
  const headers = typeof body === 'string' ? { 'content-type': 'application/json', ...given } : given
  return readInferenceAnswer(
    await fetchDocumented(service.url, path, { method: 'POST', headers, body: body as string }),
  )
}

const infer = (body: unknown, path = '/v2/models/forest/infer') => post(path, JSON.stringify(body))

t.test('recorded requests of tritonclient and KServe get the predictions of /api/predict', async (t) => {
  const text = await readFile(join(import.meta.dirname, '../golden/inference/exchanges.json'), 'utf8')
  let predicted = 0
  for (const { client, name: call, method, path, headers, body } of JSON.parse(text)) {
    if (method === 'GET') {
      t.equal((await get(path)).status, call === 'other model ready' ? 404 : 200, `${client} ${path}`)
      continue
    }
    const { status, outputs } = await post(path, Buffer.from(body, 'base64'), headers)
    if (call === 'fault') {
      t.equal(status, 400)
      continue
    }
    t.equal(status, 200)
    predicted += 1
    for (const [name, values] of Object.entries(columns)) {
      if (outputs[name] !== undefined) t.same(outputs[name], values, `${client}: ${name}`)
    }
    if (outputs['much.probabilities'] !== undefined) {
      const probabilities = expected.probabilities.flatMap(({ much }: { much: object }) => Object.values(much))
      t.same(outputs['much.probabilities'], probabilities)
    }
    t.ok(Object.keys(outputs).length > 0)
  }
  t.equal(predicted, 10)
  t.same(first, { run: 1, status: 'SUCCESS' })
})

t.test('JSON in any order, flat or nested, with null for what is missing, gives the same', async (t) => {
  const inputs = tensorsOf(rows).map(({ data, ...rest }) => ({ data, ...rest }))
  const nested = tensorsOf(rows).map(({ data, shape: [n], ...rest }) => ({
    ...rest,
    shape: [n, 1],
    data: (data as unknown[]).map((value) => [value]),
  }))
  for (const body of [
    { inputs },
    { inputs: nested },
    { inputs: inputs.reverse(), parameters: { priority: 3 }, more: {} },
  ]) {
    const answer = await infer(body)
    t.equal(answer.status, 200, JSON.stringify(answer.body))
    t.same(answer.outputs, columns)
    t.match(answer.body, { model_name: 'forest', model_version: '1' })
    t.notOk('id' in answer.body)
    t.notOk('parameters' in answer.body)
  }
})

t.test('outputs come as they are asked for, with the id of the request', async (t) => {
  const probabilities = expected.probabilities.map(({ level }: { level: object }) => Object.values(level))
  const answer = await infer({
    id: 'ä-1',
    inputs: tensorsOf(rows),
    parameters: { binary_data_output: true },
    outputs: [{ name: 'level.probabilities' }, { name: 'late', parameters: { binary_data: false } }],
  })
  t.equal(answer.contentType, 'application/octet-stream')
  t.equal(answer.body.id, 'ä-1')
  t.match(answer.body.outputs, [
    { name: 'level.probabilities', datatype: 'FP64', shape: [20, 4], parameters: { classes: '[0,1,2,3]' } },
    { name: 'late', datatype: 'BOOL', shape: [20], data: columns.late },
  ])
  t.same(answer.outputs['level.probabilities'], probabilities.flat())
  const all = await infer({ inputs: tensorsOf(rows), parameters: { probabilities: true } })
  t.same(Object.keys(all.outputs), [
    'much',
    'level',
    'late',
    'much.probabilities',
    'level.probabilities',
    'late.probabilities',
  ])
})

t.test('many rows take the way through a file and a thread, and give the same', async (t) => {
  const many = Array.from({ length: 20_000 }, (_, i) => rows[i % rows.length] as Record<string, unknown>)
  const predictions = (await predict(1, { features: many })).body.predictions
  const body = JSON.stringify({ inputs: tensorsOf(many) })
  t.ok(body.length > 2 ** 19)
  const answer = await post('/v2/models/forest/infer', body)
  t.equal(answer.status, 200, JSON.stringify(answer.body).slice(0, 300))
  t.same(
    answer.outputs['much'],
    predictions.map(({ much }: Record<string, unknown>) => much),
  )
  const zipped = await post('/v2/models/forest/infer', gzipSync(body), { 'content-encoding': 'gzip' })
  t.same(zipped.outputs, answer.outputs)

  const size = Float64Array.from(many, (row) => (row['size'] ?? Number.NaN) as number)
  const binary = {
    name: 'size',
    datatype: 'FP64',
    shape: [many.length],
    parameters: { binary_data_size: size.byteLength },
  }
  const kinds = many.map((row) => Buffer.from(row['kind'] as string))
  const kindBytes = Buffer.concat(kinds.flatMap((text) => [Buffer.from(Uint32Array.of(text.length).buffer), text]))
  const kind = {
    name: 'kind',
    datatype: 'BYTES',
    shape: [many.length],
    parameters: { binary_data_size: kindBytes.length },
  }
  const head = JSON.stringify({ inputs: tensorsOf(many, binary, kind), parameters: { binary_data_output: true } })
  const sent = Buffer.concat([Buffer.from(head), Buffer.from(size.buffer), kindBytes])
  const answered = await post('/v2/models/forest/infer', sent, {
    'inference-header-content-length': String(Buffer.byteLength(head)),
  })
  t.same(answered.outputs, answer.outputs)
})

t.test('every way to write a number, and booleans as numbers, are the same values', async (t) => {
  const counts = rows.map((row) => row['count'] as number)
  for (const [datatype, array] of [
    ['UINT8', Uint8Array],
    ['UINT16', Uint16Array],
    ['UINT32', Uint32Array],
    ['INT8', Int8Array],
    ['INT16', Int16Array],
    ['INT32', Int32Array],
    ['FP16', Float16Array],
    ['FP32', Float32Array],
    ['FP64', Float64Array],
  ] as const) {
    const bytes = Buffer.from(array.from(counts).buffer)
    const flags = Buffer.from(array.from(rows.map((row) => Number(row['is new'] ?? Number.NaN))).buffer)
    const binary = (name: string) => ({ name, datatype, shape: [20], parameters: { binary_data_size: bytes.length } })
    const hasNaN = datatype.startsWith('FP')
    const others = hasNaN ? [binary('count'), binary('is new')] : [binary('count')]
    const head = Buffer.from(JSON.stringify({ inputs: tensorsOf(rows, ...others) }))
    const answer = await post('/v2/models/forest/infer', Buffer.concat([head, bytes, ...(hasNaN ? [flags] : [])]), {
      'inference-header-content-length': String(head.length),
    })
    t.same(answer.outputs, columns, datatype)
  }
})

t.test('what training never saw is told in the parameters', async (t) => {
  const changed = rows.map((row) => ({ ...row, colour: 'türkis' }))
  const warned = (await predict(1, { features: changed })).body
  const answer = await infer({ inputs: tensorsOf(changed) })
  t.same(JSON.parse(answer.body.parameters.warnings), warned.warnings)
  t.same(
    answer.outputs['much'],
    warned.predictions.map(({ much }: Record<string, unknown>) => much),
  )
})

t.test('the newest training is the version when none is named; a deleted one is none', async (t) => {
  const features = rows.map(({ count }) => ({ count }))
  const tensor = { name: 'count', datatype: 'FP64', shape: [20], data: rows.map((row) => row['count']) }
  const runs = [1, 2].map((value) => trainToEnd('majority', { features, labels: rows.map(() => ({ y: value })) }))
  const ids = (await Promise.all(runs)).map(({ run }) => run).sort((a, b) => a - b)
  const answer = await infer({ inputs: [tensor] }, '/v2/models/majority/infer')
  t.equal(answer.body.model_version, String(ids[1]))
  const older = await infer({ inputs: [tensor] }, `/v2/models/majority/versions/${ids[0]}/infer`)
  t.equal(older.body.model_version, String(ids[0]))
  await database.insertRun('majority', 'FAILED')
  t.equal((await infer({ inputs: [tensor] }, '/v2/models/majority/infer')).body.model_version, String(ids[1]))
  t.same((await get('/v2/models/majority')).body.versions, ids.map(String).reverse())
  await database.owner.query('delete from model_run_metrics where model_run_id = $1', [ids[1]])
  await database.owner.query('delete from model_runs where id = $1', [ids[1]])
  t.equal((await infer({ inputs: [tensor] }, '/v2/models/majority/infer')).body.model_version, String(ids[0]))
  const another = await trainToEnd('majority', { features, labels: rows.map(() => ({ y: 3 })) })
  t.same((await infer({ inputs: [tensor] }, '/v2/models/majority/infer')).outputs, { y: Array(20).fill(3) })
  t.same((await get('/v2/models/majority')).body.versions, [String(another.run), String(ids[0])])
})

t.test('metadata tell what a model takes and gives', async (t) => {
  const { status, body } = await get('/v2/models/forest')
  t.equal(status, 200)
  t.same(body, {
    name: 'forest',
    versions: ['1'],
    platform: 'ml-worker',
    inputs: [
      { name: 'count', datatype: 'FP64', shape: [-1] },
      { name: 'size', datatype: 'FP64', shape: [-1] },
      { name: 'colour', datatype: 'BYTES', shape: [-1] },
      { name: 'kind', datatype: 'BYTES', shape: [-1] },
      { name: 'is new', datatype: 'BOOL', shape: [-1] },
    ],
    outputs: [
      { name: 'much', datatype: 'BYTES', shape: [-1] },
      { name: 'level', datatype: 'INT64', shape: [-1] },
      { name: 'late', datatype: 'BOOL', shape: [-1] },
      { name: 'much.probabilities', datatype: 'FP64', shape: [-1, 2], parameters: { classes: '["little","much"]' } },
      { name: 'level.probabilities', datatype: 'FP64', shape: [-1, 4], parameters: { classes: '[0,1,2,3]' } },
      { name: 'late.probabilities', datatype: 'FP64', shape: [-1, 2], parameters: { classes: '[false,true]' } },
    ],
  })
  t.same((await get('/v2/models/forest/versions/1')).body, body)
  const server = (await get('/v2')).body
  t.match(server, { name: 'ml-worker', version: /^\d+\.\d+\.\d+/, extensions: ['binary_tensor_data'] })
  t.same((await get('/v2/')).body, server)
  t.same((await get('/v2/health/live')).body, { live: true })
  t.same((await get('/v2/health/ready')).body, { live: true, ready: true })
})

t.test('numbers, clusters and other kinds of outputs have their datatypes', async (t) => {
  const features = rows.map(({ count }) => ({ count }))
  const { run } = await trainToEnd('mean', { features, labels: rows.map((_, i) => ({ y: i / 3 })) })
  const inputs = [{ name: 'count', datatype: 'FP32', shape: [2], data: [1, null] }]
  const answer = await infer({ inputs }, `/v2/models/mean/versions/${run}/infer`)
  const { predictions } = (await predict(run, { features: [{ count: 1 }, { count: null }] })).body
  t.same(
    answer.outputs['y'],
    predictions.map(({ y }: Record<string, unknown>) => y),
  )
  t.equal(answer.body.outputs[0].datatype, 'FP64')
  await trainToEnd('one_cluster', { features })
  t.same((await infer({ inputs }, '/v2/models/one_cluster/infer')).outputs, { cluster: [0, 0] })
})

t.test('models and versions that are not there are 404, with the member error', async (t) => {
  const run = await database.insertRun('forest')
  const failed = await database.insertRun('forest', 'FAILED')
  for (const [path, status, code] of [
    ['/v2/models/nothing', 404, 'MODEL_VERSION_UNKNOWN'],
    [`/v2/models/${encodeURIComponent('a/b ü%')}/ready`, 404, 'MODEL_VERSION_UNKNOWN'],
    [`/v2/models/${'%E2%82%AC'.repeat(255)}`, 404, 'MODEL_VERSION_UNKNOWN'],
    ['/v2/models/a%00b/ready', 404, 'MODEL_VERSION_UNKNOWN'],
    ['/v2/models/a%00b/versions/1', 404, 'MODEL_VERSION_UNKNOWN'],
    ['/v2/models/refusing', 404, 'MODEL_VERSION_UNKNOWN'],
    ['/v2/models/forest/versions/0', 404, 'MODEL_VERSION_UNKNOWN'],
    ['/v2/models/forest/versions/1.0', 404, 'MODEL_VERSION_UNKNOWN'],
    ['/v2/models/forest/versions/99999999999999999', 404, 'MODEL_VERSION_UNKNOWN'],
    ['/v2/models/forest/versions/999999', 404, 'RUN_UNKNOWN'],
    ['/v2/models/majority/versions/1/ready', 404, 'MODEL_VERSION_UNKNOWN'],
    [`/v2/models/forest/versions/${run}/ready`, 503, 'RUN_NOT_READY'],
    [`/v2/models/forest/versions/${failed}/ready`, 409, 'RUN_FAILED'],
    ['/v2/models/forest/config', 404, 'ROUTE_UNKNOWN'],
    ['/v2/models/%ZZ', 404, 'ROUTE_UNKNOWN'],
    ['/v2/nothing', 404, 'ROUTE_UNKNOWN'],
  ] as const) {
    const answer = await get(path)
    t.match(answer, { status, body: { status, code, error: String } }, path)
    t.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8')
    t.equal(answer.body.error, answer.body.detail)
  }
  t.notOk('error' in (await get('/api/nothing')).body)
})

t.test('a model of any name can be reached', async (t) => {
  const name = 'a/b ü%'
  await database.owner.query("update models set name = $1 where name = 'refusing'", [name])
  await database.insertRun(name, 'SUCCESS')
  // Without a class it cannot be used; what is told is that it was found.
  const answer = await get(`/v2/models/${encodeURIComponent(name)}/ready`)
  t.match(answer.body, { code: 'MODEL_UNAVAILABLE', error: /a\/b ü%/ })
})

t.test('every fault of a request is named at once', async (t) => {
  const answer = await infer({
    id: 7,
    parameters: { binary_data_output: 'yes' },
    outputs: [
      { name: 'nothing' },
      { name: 'much' },
      { name: 'much' },
      3,
      { name: 'level', parameters: { classification: 2 } },
    ],
    inputs: [
      { name: 'count', datatype: 'INT8', shape: [3], data: [1, 200, 1.5] },
      { name: 'size', datatype: 'FP8', shape: [3], data: [1, 2, 3] },
      { name: 'colour', datatype: 'BYTES', shape: [2], data: ['red', 'green', 'red'] },
      { name: 'is new', datatype: 'BYTES', shape: [3], data: ['a', 'b', 'c'] },
      { name: 'extra', datatype: 'FP32', shape: [3], data: [1, 2, 3] },
      { name: 'extra', datatype: 'FP32', shape: [3, 2], data: [1, {}, []] },
      'nonsense',
    ],
  })
  t.equal(answer.status, 400)
  const found = answer.body.errors.map(({ in: place, row, column: name, detail }: Record<string, unknown>) =>
    [place, name, row, detail].filter((part) => part !== undefined).join(' '),
  )
  t.same(found, [
    'body id: expected a string, got 7',
    'body binary_data_output: expected true or false, got "yes"',
    'outputs nothing no such output; expected "much", "level", "late", "much.probabilities", "level.probabilities", "late.probabilities"',
    'outputs much asked for twice',
    'body outputs[3]: expected an object, got 3',
    'outputs level classification is not given; ask for "level.probabilities"',
    'inputs count 1 expected INT8, got 200',
    'inputs count 2 expected INT8, got 1.5',
    'inputs size datatype: expected one of BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64, BYTES, got "FP8"',
    'inputs colour shape [2] has 2 elements, its data 3',
    'inputs extra there is another of this name',
    'inputs extra shape: expected [n] or [n,1], one tensor for each column, got [3,2]',
    'inputs inputs[6]: expected an object, got string',
    'inputs kind missing; expected a tensor of BYTES',
    'inputs is new datatype: expected BOOL, got BYTES',
    'inputs extra unexpected: the model has no such feature column',
  ])
  t.equal(answer.body.error.split('; ').length > found.length, true, 'the text for other clients names all of them')
})

t.test('what is wrong with bytes is named', async (t) => {
  const one = (data: object, bytes: Uint8Array = new Uint8Array(), length?: string) => {
    const tensor = { name: 'colour', datatype: 'BYTES', shape: [1], ...data }
    const head = Buffer.from(JSON.stringify({ inputs: tensorsOf(rows.slice(0, 1), tensor) }))
    return post('/v2/models/forest/infer', Buffer.concat([head, bytes]), {
      'inference-header-content-length': length ?? String(head.length),
    })
  }
  const sized = (size: unknown) => ({ parameters: { binary_data_size: size } })
  for (const [answer, error] of [
    [one(sized(4), Uint8Array.of(9, 0, 0, 0)), /its bytes end within the element/],
    [one(sized(2), Uint8Array.of(9, 0)), /its bytes end within the element/],
    [one(sized(5), Uint8Array.of(1, 0, 0, 0, 0xff)), /row 0 column "colour": expected text as UTF-8/],
    [one(sized(9), Uint8Array.of(1, 0, 0, 0, 65)), /its bytes go beyond the end of the body.*make 9 bytes/],
    [one(sized(5), Uint8Array.of(1, 0, 0, 0, 65, 66)), /make 5 bytes, but behind the JSON there are 6/],
    [one(sized(-1)), /binary_data_size: got -1/],
    [one(sized('4')), /binary_data_size: got "4"/],
    [one({ ...sized(5), data: ['a'] }, Uint8Array.of(1, 0, 0, 0, 65)), /data and binary_data_size/],
    [one({}), /expected data as a list, or binary_data_size among its parameters; got neither/],
    [one({ ...sized(3), datatype: 'FP32' }, new Uint8Array(3)), /has 4 bytes, its binary_data_size is 3/],
    [one({ ...sized(1), datatype: 'BOOL' }, Uint8Array.of(2)), /expected a byte of 0 or 1, got 2/],
    [
      one({ ...sized(4), datatype: 'FP32' }, new Uint8Array(Float32Array.of(Infinity).buffer)),
      /finite number, got Inf/,
    ],
    [one({ data: ['a'] }, undefined, '99999'), /Inference-Header-Content-Length is 99999, but the body has/],
    [one({ data: ['a'] }, undefined, 'x'), /expected a number of bytes, got "x"/],
    [
      infer({ inputs: tensorsOf(rows.slice(0, 1), { name: 'colour', datatype: 'BYTES', shape: [1], ...sized(4) }) }),
      /without the header/,
    ],
    [
      infer({
        inputs: tensorsOf(rows.slice(0, 1), { name: 'colour', datatype: 'BYTES', shape: [1], data: [[['a']]] }),
      }),
      /its data are lists in lists, deeper than its shape \[1\]/,
    ],
    [infer({ inputs: tensorsOf([]) }), /expected at least one row, got none/],
    [infer({}), /inputs: expected a list of tensors, got nothing/],
    [infer({ inputs: [] }), /column "count": missing; expected a tensor of FP64/],
    [infer([]), /expected a JSON object/],
    [post('/v2/models/forest/infer', ''), /./],
    [post('/v2/models/forest/infer', '{"inputs":[{"data":[1,2'), /not JSON/],
  ] as const) {
    const { status, body } = await answer
    t.match({ status, error: body.error }, { status: 400, error }, JSON.stringify(body))
  }
})

t.test('inferences are counted as predictions are', async (t) => {
  const { body } = await get('/metrics')
  t.match(body, /ml_worker_predicted_rows_total\{model="one_cluster"\} 2\n/)
  t.match(body, /http_server_request_duration_seconds_count\{.*http_route="\/v2\/models\/:model_name\/infer".*\} \d+/)
})
