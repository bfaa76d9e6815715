// One data set through every form: the same model, the same predictions, the same faults. The bytes are pandas' and pyarrow's.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { tableFromIPC } from 'apache-arrow'
import t from 'tap'
import { fetchDocumented } from '../support/openapi.ts'
import { startTrainingService } from '../support/trained.ts'

const { service, database, post, trainToEnd, predict } = await startTrainingService(t, [
  'forest',
  'declared_columns',
  'one_cluster',
  'majority',
])
const golden = (name: string): Promise<Buffer> => readFile(join(import.meta.dirname, '../golden/forms', name))
const body = JSON.parse(String(await golden('rows.json')))
const forms = [
  ['text/csv', 'rows.csv'],
  ['text/csv; charset=utf-8', 'rows.csv'],
  ['application/x-ndjson', 'rows.ndjson'],
  ['application/vnd.apache.arrow.stream', 'pandas.arrow'],
  ['application/vnd.apache.arrow.stream', 'types.arrow'],
  ['application/vnd.apache.arrow.file', 'pandas.feather'],
  ['application/vnd.apache.parquet', 'pandas.parquet'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'pandas.xlsx'],
] as const
const parameters = { n_estimators: 5, random_state: 3 }
const query = `labels=much,level&parameters=${encodeURIComponent(JSON.stringify(parameters))}`

const reference = await trainToEnd('forest', { ...body, parameters })
const { run_result: artifact } = await database.run(reference.run)
const predictions = (await predict(reference.run, { features: body.features })).body.predictions

const trainRows = (model: string, run: number, type: string, bytes: string | Uint8Array, rest = '') =>
  post(`/api/train?model_name=${model}&model_run_id=${run}${rest}`, bytes, { 'content-type': type })

/** The answer to rows in some form, in another. */
async function answered(run: number, type: string, bytes: string | Uint8Array, accept: string, rest = '') {
  const response = await fetchDocumented(service.url, `/api/predict?model_run_id=${run}${rest}`, {
    method: 'POST',
    headers: { 'content-type': type, accept },
    body: bytes as string,
  })
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) }
}

t.equal(reference.status, 'SUCCESS')
t.equal(predictions.length, 60)

for (const [type, file] of forms) {
  t.test(`${file} as ${type} trains the same model as JSON`, async (t) => {
    const bytes = await golden(file)
    for (const [packed, headers] of [
      [bytes, {}],
      [gzipSync(bytes), { 'content-encoding': 'gzip' }],
    ] as const) {
      const run = await database.insertRun('forest')
      const path = `/api/train?model_name=forest&model_run_id=${run}&${query}`
      const answer = await post(path, packed, { 'content-type': type, ...headers })
      t.equal(answer.status, 200, JSON.stringify(answer.body))
      t.equal(await database.ended(run), 'SUCCESS')
      t.ok((await database.run(run)).run_result?.equals(artifact as Buffer), 'the artifact is the same, byte for byte')
    }
    const created = await post(`/api/runs?model_name=forest&${query}`, bytes, { 'content-type': type })
    t.equal(created.status, 201)
    t.equal(await database.ended(created.body.model_run_id), 'SUCCESS')
  })
}

t.test('rows of every form are predicted alike, in every form', async (t) => {
  const features = body.features as Record<string, unknown>[]
  const names = Object.keys(features[0] as object)
  const text = (value: unknown) =>
    value === null ? '' : typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : String(value)
  const csv = [names.join(), ...features.map((row) => names.map((name) => text(row[name])).join())].join('\n')
  const sent = [
    ['application/json', JSON.stringify({ features })],
    ['text/csv', csv],
    ['application/x-ndjson', features.map((row) => JSON.stringify(row)).join('\n')],
  ] as const
  for (const [type, rows] of sent) {
    const json = await answered(reference.run, type, rows, 'application/json')
    t.same(JSON.parse(String(json.bytes)).predictions, predictions, String(json.bytes).slice(0, 200))
    const lines = await answered(reference.run, type, rows, 'text/csv')
    t.equal(lines.headers.get('content-type'), 'text/csv; charset=utf-8; header=present')
    const written = predictions.map(({ much, level }: Record<string, unknown>) => `${much},${level}\r\n`)
    t.equal(String(lines.bytes), `much,level\r\n${written.join('')}`)
    const arrow = await answered(reference.run, type, rows, 'application/vnd.apache.arrow.stream')
    t.equal(arrow.headers.get('content-type'), 'application/vnd.apache.arrow.stream')
    t.same(
      tableFromIPC(arrow.bytes)
        .toArray()
        .map((row) => row.toJSON()),
      predictions,
    )
  }
})

t.test('files of pandas are predicted alike, without the columns of labels that they have', async (t) => {
  for (const [type, file] of forms.filter(([, file]) => file.startsWith('pandas.'))) {
    const { bytes } = await answered(reference.run, type, await golden(file), 'application/json', '&extra_columns=drop')
    t.same(JSON.parse(String(bytes)).predictions, predictions, file)
  }
})

t.test('a sheet is taken by its name, and of workbooks only', async (t) => {
  const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
  const run = await database.insertRun('one_cluster')
  const sales = await readFile(join(import.meta.dirname, '../golden/files/sales.xlsx'))
  const none = await trainRows('one_cluster', run, xlsx, sales, '&sheet=None')
  t.match(none.body, { status: 400, code: 'BODY_MALFORMED', detail: /no sheet "None"; it has "Sales", "Other"/ })
  const csv = await trainRows('one_cluster', run, 'text/csv', 'a\n1\n', '&sheet=None')
  t.match(csv.body.errors, [{ in: 'query', parameter: 'sheet', detail: 'it is of Excel workbooks only' }])
  const other = await trainRows('one_cluster', run, xlsx, sales, '&sheet=Other')
  t.equal(other.status, 200, JSON.stringify(other.body))
})

t.test('probabilities stand in columns behind the labels', async (t) => {
  const rows = body.features.slice(0, 3)
  const json = JSON.parse(
    String(
      (
        await answered(
          reference.run,
          'application/json',
          JSON.stringify({ features: rows }),
          '*/*',
          '&probabilities=true',
        )
      ).bytes,
    ),
  )
  const lines = await answered(
    reference.run,
    'application/json',
    JSON.stringify({ features: rows }),
    'text/csv',
    '&probabilities=true',
  )
  const [header, first] = String(lines.bytes).split('\r\n')
  t.equal(
    header,
    'much,level,much.probability.little,much.probability.much,level.probability.0,level.probability.1,level.probability.2,level.probability.3',
  )
  const { much, level } = json.probabilities[0]
  t.same(first?.split(',').slice(2).map(Number), [much.little, much.much, level[0], level[1], level[2], level[3]])
})

t.test('what training never saw is told in a header of an answer that is a table', async (t) => {
  const rows = body.features.slice(0, 2).map((row: object) => ({ ...row, colour: 'türkis' }))
  const { headers } = await answered(reference.run, 'application/json', JSON.stringify({ features: rows }), 'text/csv')
  t.same(JSON.parse(headers.get('x-warnings') as string), [
    { code: 'UNSEEN_CATEGORY', column: 'colour', rows: 2, values: ['türkis'] },
  ])
})

t.test('the faults of rows are the same in every form', async (t) => {
  const run = await database.insertRun('declared_columns')
  const refused = async (type: string, bytes: string, rest = '') => {
    const { status, body } = await trainRows('declared_columns', run, type, bytes, rest)
    t.equal(status, 400, JSON.stringify(body))
    return body.errors
      .map(({ in: place, row, column }: Record<string, unknown>) => JSON.stringify([place, row, column]))
      .sort()
  }
  const faulty = {
    features: [
      { length: 1, height: 2 },
      { length: 2, height: 1 },
    ],
    labels: [{ species: null }, { species: 'setosa' }],
    validation_split: 3,
  }
  const expected = await refused('application/json', JSON.stringify(faulty))
  t.equal(expected.length, 4)
  const lines = faulty.features.map((row, i) => JSON.stringify({ ...row, ...faulty.labels[i] })).join('\r\n')
  t.same(await refused('application/x-ndjson', `\n${lines}\n\n`, '&validation_split=3'), expected)
  t.same(await refused('text/csv', 'length,height,species\n1,2,\n2,1,setosa', '&validation_split=3'), expected)
})

t.test('the query says what a JSON body says itself, and every fault of it is named', async (t) => {
  const run = await database.insertRun('majority')
  const errorsOf = async (type: string, bytes: string, rest: string) =>
    (await trainRows('majority', run, type, bytes, rest)).body.errors
  t.match(
    await errorsOf(
      'application/json',
      JSON.stringify({ features: [{ a: 1 }], labels: [{ y: 1 }] }),
      '&labels=y&parameters={}',
    ),
    [
      { in: 'query', parameter: 'labels', detail: /stands in the body/ },
      { in: 'query', parameter: 'parameters' },
    ],
  )
  t.match(await errorsOf('text/csv', 'a,y\n1,2', '&labels=z&parameters={&validation_split=x&split_seed=1.5'), [
    { in: 'query', parameter: 'parameters', detail: /expected a JSON object/ },
    { in: 'labels', column: 'z', detail: 'missing column: no row has it; there are "a", "y"' },
    { in: 'validation_split', detail: /got "x"/ },
    { in: 'split_seed', detail: /got 1.5/ },
  ])
  t.match(await errorsOf('text/csv', 'a,y\n1,2', ''), [{ in: 'labels', detail: /name them in the query/ }])
  t.match(await errorsOf('text/csv', 'a,y\n1,2', '&labels=a&labels=y'), [
    { in: 'query', parameter: 'labels', detail: 'must be string' },
    { in: 'labels' },
  ])
  t.match(await errorsOf('text/csv', 'a,y\n', '&labels=y'), [{ in: 'features' }, { in: 'labels' }])
  t.match((await post('/api/runs', 'a,y\n1,2', { 'content-type': 'text/csv' })).body.errors, [
    { in: 'query', parameter: 'model_name' },
  ])
  t.equal(
    (await trainRows('majority', run, 'text/csv', 'a,"y,z"\n1,p\n2,q', `&labels=${encodeURIComponent('["y,z"]')}`))
      .status,
    200,
  )
  t.equal(await database.ended(run), 'SUCCESS')
})

t.test('a model without labels needs none', async (t) => {
  const run = await database.insertRun('one_cluster')
  t.equal((await trainRows('one_cluster', run, 'text/csv', 'a\n1\n2')).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
})

t.test('Arrow types that hold no values of ours are refused by name', async (t) => {
  const run = await database.insertRun('one_cluster')
  const answer = await trainRows(
    'one_cluster',
    run,
    'application/vnd.apache.arrow.stream',
    await golden('refused.arrow'),
  )
  t.match(answer.body.errors, [
    { in: 'features', column: 'list', detail: /List<.*> is not taken; expected numbers/ },
    { in: 'features', column: 'when', detail: /Duration/ },
    { in: 'features', row: 1, column: 'good', detail: 'expected a finite number, got Infinity' },
  ])
})

t.test('bytes that are not of their form are 400, other forms 415, and answers in others 406', async (t) => {
  const run = await database.insertRun('majority')
  const arrow = await golden('pandas.arrow')
  for (const [type, bytes] of [
    ['text/csv', ''],
    ['text/csv', 'a,b\n1,"2'],
    ['application/x-ndjson', '{"a":1} {"a":2}'],
    ['application/x-ndjson', ''],
    ['application/vnd.apache.arrow.stream', 'no arrow at all, but text'],
    ['application/vnd.apache.arrow.stream', ''],
    ['application/vnd.apache.arrow.stream', arrow.subarray(0, arrow.length / 2)],
  ] as const) {
    const answer = await trainRows('majority', run, type, bytes, '&labels=b')
    t.equal(answer.status, 400, `${type}: ${JSON.stringify(answer.body)}`)
    const predicted = await answered(reference.run, type, bytes, '*/*')
    t.equal(predicted.status, 400, `${type} on predict`)
  }
  const wrongType = await trainRows('majority', run, 'application/vnd.ms-excel', 'a')
  t.match(wrongType, { status: 415, body: { detail: /application\/json, text\/csv, application\/x-ndjson/ } })
  const wrongAnswer = await answered(reference.run, 'text/csv', 'a\n1', 'application/xml')
  t.equal(wrongAnswer.status, 406)
  t.match(String(wrongAnswer.bytes), /application\/json, text\/csv, application\/vnd.apache.arrow.stream/)
})

t.test('what the query says of columns holds at prediction in every form, and what was decided is told', async (t) => {
  const run = await database.insertRun('forest')
  const csv = `zip; size;y\n${'01234;1,5;p\n51234;-999;q\n77777;NA;q\n'.repeat(6)}`
  const said = 'labels=y&decimal=comma&na_values=-999'
  const accepted = await trainRows('forest', run, 'text/csv', csv, `&${said}`)
  t.equal(accepted.status, 200, JSON.stringify(accepted.body))
  t.same(
    accepted.body.warnings.map(({ code, column }: Record<string, unknown>) => [code, column]),
    [
      ['SEPARATOR_FOUND', undefined],
      ['SPACES_TRIMMED', undefined],
      ['COLUMN_MIXED', 'zip'],
      ['MISSING_MARKS', 'size'],
    ],
  )
  t.equal(await database.ended(run), 'SUCCESS')
  const told = [{ code: 'MISSING_MARKS', column: 'size', rows: 1, values: [] }]
  const answers = [
    await predict(run, { features: [{ zip: '51234', size: -999 }] }),
    await predict(run, { features: [{ zip: 51234, size: 'NA' }] }),
  ].map(({ body }) => [body.predictions, body.warnings])
  for (const [type, rows, rest] of [
    ['text/csv', 'zip,size\n51234,-999', ''],
    ['text/csv', 'zip|size\n51234|NA', '&separator=pipe'],
    ['application/x-ndjson', '{"zip":"51234","size":"-999"}', ''],
  ] as const) {
    const { bytes } = await answered(run, type, rows, 'application/json', rest)
    const { predictions, warnings } = JSON.parse(String(bytes))
    answers.push([predictions, warnings])
  }
  const { headers, bytes } = await answered(run, 'text/csv', 'zip;size\n51234;NA', 'text/csv')
  t.same(JSON.parse(headers.get('x-warnings') as string), told)
  t.equal(String(bytes), 'y\r\nq\r\n')
  for (const answer of answers) t.same(answer, [[{ y: 'q' }], told])
  const ordinary = await predict(run, { features: [{ zip: '51234', size: null }] })
  t.same([ordinary.body.predictions, ordinary.body.warnings], [[{ y: 'q' }], undefined])
})

t.test('a dialect that is none, and a header of several, are refused by name', async (t) => {
  const wrong = await answered(reference.run, 'text/csv', 'a\n1', '*/*', '&separator=x&decimal=y')
  t.match(JSON.parse(String(wrong.bytes)).errors, [
    { in: 'query', parameter: 'separator' },
    { in: 'query', parameter: 'decimal' },
  ])
  const run = await database.insertRun('majority')
  const refused = await trainRows('majority', run, 'text/csv', 'a,b;c;y\n1,5;2;3\n', '&labels=y')
  t.match(refused.body, { status: 400, detail: /has comma and semicolon.*separator=semicolon/ })
})
