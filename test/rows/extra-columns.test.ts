// Columns that a model does not take: a fault unless the caller has them left out, and then told, in every form.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tableFromArrays, tableToIPC } from 'apache-arrow'
import t from 'tap'
import { runCommandLine } from '../support/command-line.ts'
import { startTrainingService } from '../support/trained.ts'

const service = await startTrainingService(t, ['declared_columns', 'forest'])
const { database, post, predict, train, get } = service
const MODEL = 'declared_columns'
const features = Array.from({ length: 30 }, (_, i) => ({ width: i % 7, id: `row ${i}`, length: i, note: 1 }))
const labels = features.map(({ length }) => ({ species: length > 15 ? 'p' : 'q' }))
const dropped = ['id', 'note'].map((column) => ({ code: 'COLUMNS_DROPPED', column }))
const isExtra = { errors: [{ column: 'id', detail: 'unexpected column' }, { column: 'note' }] }
const csv = `length,id,width,species\n${Array.from({ length: 30 }, (_, i) => `${i},x,${i % 7},${i > 15 ? 'p' : 'q'}\n`).join('')}`
const asCsv = { 'content-type': 'text/csv' }

t.test('a training leaves them out and tells each', async (t) => {
  const run = await database.insertRun(MODEL)
  const body = { features, labels }
  t.match(await train(MODEL, run, body), { status: 400, body: isExtra })
  t.match(await train(MODEL, run, { ...body, extra_columns: 'refuse' }), { status: 400, body: isExtra })
  const answer = await train(MODEL, run, { ...body, extra_columns: 'drop' })
  t.match(answer, { status: 200, body: { warnings: dropped } })
  t.equal(await database.ended(run), 'SUCCESS')
  t.match((await get(`/api/runs/${run}`)).body.warnings, dropped)
  const { body: metadata } = await get(`/v2/models/${MODEL}`)
  t.same(
    metadata.inputs.map(({ name }: { name: string }) => name),
    ['length', 'width'],
  )
})

t.test('so does one of CSV, by its query; what is missing or misspelt is a fault all the same', async (t) => {
  const path = (run: number, query: string): string => `/api/train?model_name=${MODEL}&model_run_id=${run}${query}`
  const run = await database.insertRun(MODEL)
  t.match(await post(path(run, ''), csv, asCsv), { status: 400, body: { errors: [{ column: 'id' }] } })
  for (const [query, parameter] of [
    ['&extra_columns=keep', 'extra_columns'],
    ['&extra_columns=drop&extra_columns=drop', 'extra_columns'],
  ] as const) {
    t.match(await post(path(run, query), csv, asCsv), { status: 400, body: { errors: [{ in: 'query', parameter }] } })
  }
  const missing = await post(path(run, '&extra_columns=drop'), csv.replace('length', 'lenght'), asCsv)
  t.match(missing, { status: 400, body: { errors: [{ column: 'length', detail: /missing/ }] } })
  const answer = await post(path(run, '&extra_columns=drop'), csv, asCsv)
  t.match(answer, { status: 200, body: { warnings: [{ code: 'COLUMNS_DROPPED', column: 'id' }] } })
  const json = await post(path(run, '&extra_columns=drop'), { features, labels })
  t.match(json, { status: 400, body: { errors: [{ in: 'query', detail: /stands in the body/ }] } })
  t.match(await train(MODEL, run, { features, labels, extra_columns: 7 }), {
    status: 400,
    body: { errors: [{ in: 'body', detail: 'extra_columns: expected "refuse" or "drop", got a number' }] },
  })
})

t.test('a prediction leaves them out in every form, and tells each', async (t) => {
  const { run } = await service.trainToEnd(MODEL, { features, labels, extra_columns: 'drop' })
  const rows = features.slice(0, 2)
  const clean = await predict(run, { features: rows.map(({ length, width }) => ({ length, width })) })
  t.equal(clean.body.warnings, undefined)
  t.match(await predict(run, { features: rows }), { status: 400, body: isExtra })
  t.match(await predict(run, { features: rows }, '&extra_columns=no'), {
    status: 400,
    body: { errors: [{ in: 'query' }] },
  })
  // On the service's own thread, and on the other one.
  for (const count of [1, 2, 5_000]) {
    const many = Array.from({ length: count }, (_, i) => features[i % 30])
    const { status, body } = await predict(run, { features: many }, '&extra_columns=drop')
    t.equal(status, 200)
    t.match(
      body.warnings,
      dropped.map((warning) => ({ ...warning, rows: count, values: [] })),
    )
    t.equal(body.predictions.length, count)
  }
  const path = `/api/predict?model_run_id=${run}&extra_columns=drop`
  const arrow = tableToIPC(tableFromArrays({ length: [1, 2], note: [3, 4], width: [5, 6] }), 'stream')
  for (const [body, type] of [
    ['length,note,width\n1,2,3\n', 'text/csv'],
    ['{"length":1,"note":2,"width":3}\n', 'application/x-ndjson'],
    [arrow, 'application/vnd.apache.arrow.stream'],
  ] as const) {
    const answer = await post(path, body, { 'content-type': type, accept: 'text/csv' })
    t.equal(answer.status, 200, type)
    t.match(JSON.parse(answer.headers.get('x-warnings') ?? ''), [{ code: 'COLUMNS_DROPPED', column: 'note' }])
  }
  const wide = Array.from({ length: 200 }, (_, j) => `extra_${j}`)
  const many = await post(path, `length,width,${wide}\n1,2,${wide.map(() => 1)}\n`, { ...asCsv, accept: 'text/csv' })
  t.equal(many.headers.get('x-warnings'), '[{"code":"COLUMNS_DROPPED"}]', 'the code alone where all would be long')
})

t.test('tensors that the model does not take are left out, whatever their length', async (t) => {
  const inputs = ['note', 'length', 'width'].map((name) => {
    const data = name === 'note' ? [1, 2, 3] : [4, 5]
    return { name, shape: [data.length], datatype: 'FP64', data }
  })
  const path = `/v2/models/${MODEL}/infer`
  t.match(await post(path, { inputs }), { status: 400, body: { error: /unexpected: the model has no such feature/ } })
  const answer = await post(path, { inputs, parameters: { extra_columns: 'drop' } })
  t.equal(answer.status, 200)
  t.match(JSON.parse(answer.body.parameters.warnings), [{ code: 'COLUMNS_DROPPED', column: 'note', rows: 2 }])
  const wrong = await post(path, { inputs, parameters: { extra_columns: true } })
  t.match(wrong, { status: 400, body: { error: /extra_columns: expected "refuse" or "drop", got a boolean/ } })
})

t.test('the command line takes --extra-columns, of train and of predict', async (t) => {
  const folder = t.testdir()
  const [data, out] = [join(folder, 'rows.csv'), join(folder, 'out.artifact')]
  await writeFile(data, csv)
  const model = 'test/models/declared-columns.ts'
  const call = ['train', model, '--data', data, '--out', out]
  t.match(await runCommandLine(call), { code: 1, err: /--data: column "id", unexpected column/ })
  const trained = await runCommandLine([...call, '--extra-columns', 'drop'])
  t.match(trained, { code: 0, err: /warning: COLUMNS_DROPPED, column "id": the model does not take it/ })
  const rows = ['predict', out, '--data', data, '--model', model]
  t.match(await runCommandLine(rows), { code: 1, err: /--data: column "id", unexpected column/ })
  const predicted = await runCommandLine([...rows, '--extra-columns', 'drop'])
  t.match(predicted, { code: 0, out: /^species\r?\n/, err: /column "id": the model does not take it; it was left out/ })
  t.match(await runCommandLine([...rows, '--extra-columns', 'x']), {
    code: 2,
    err: /--extra-columns: expected "refuse"/,
  })
  t.ok((await readFile(out)).length > 0)
})
