// GET /api/runs/{id}/report and /artifacts over real trainings: what is on the page, what is not, and for which runs.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { csvRows } from '../support/csv-rows.ts'
import { HOSTILE_NAMES, REPORTED } from '../support/reports.ts'
import { gate, openGate, runsOf } from '../support/runs.ts'
import { clientOf } from '../support/service.ts'
import { startTrainingService } from '../support/trained.ts'

const models = [...new Set(Object.values(REPORTED).map(({ model }) => model))]
const service = await startTrainingService(t, models, { MODELS_DIR: join(import.meta.dirname, '../../statistical') })
const { get, database, trainToEnd } = service

interface Charted {
  readonly name: string
  readonly description: string
  readonly label: string | null
  readonly fields: Record<string, string>
  readonly values: Record<string, unknown>[]
}

const named = (name: string) => (chart: Charted) => chart.name === name

const runs = new Map<string, number>()
async function reported(name: keyof typeof REPORTED) {
  if (!runs.has(name)) {
    const { model, body } = REPORTED[name] as (typeof REPORTED)[string]
    const { run, status } = await trainToEnd(model, body)
    if (status !== 'SUCCESS') throw new Error(`${name}: ${JSON.stringify(await database.metrics(run))}`)
    runs.set(name, run)
  }
  const run = runs.get(name) as number
  const [page, artifacts] = [await get(`/api/runs/${run}/report`), await get(`/api/runs/${run}/artifacts`)]
  const charts = new Map<string, Charted>(artifacts.body.charts.map((chart: Charted) => [chart.name, chart]))
  return { run, page, html: page.body as string, artifacts, charts }
}

/** Every chart of the data is on the page, with a title and a description; nothing is asked of anybody else. */
function holdsTogether(
  t: import('tap').Test,
  { page, html, artifacts, charts }: Awaited<ReturnType<typeof reported>>,
): void {
  t.equal(page.status, 200)
  t.equal(artifacts.status, 200)
  t.same(artifacts.body.problems, [])
  t.equal(charts.size, artifacts.body.charts.length, 'names are unique')
  const pictures = html.match(/<svg class="chart"[^>]*role="img"[^>]*>/g) ?? []
  t.ok(pictures.length > 0)
  t.equal((html.match(/<\/svg>/g) ?? []).length, (html.match(/<svg /g) ?? []).length)
  t.equal((html.match(/<title id="chart-/g) ?? []).length, pictures.length)
  t.equal((html.match(/<desc id="chart-[^>]*>[^<]/g) ?? []).length, pictures.length)
  for (const { fields, values } of charts.values()) {
    t.ok(values.every((row) => Object.keys(row).every((field) => Object.hasOwn(fields, field))))
  }
  const tags = (html.match(/<[^>]*>/g) ?? []).join('\n')
  // A namespace is a name, not a place.
  t.notMatch(
    tags.replaceAll('xmlns="http://www.w3.org/2000/svg"', ''),
    /https?:|<script|<link|<iframe|<img| src=| href=| on[a-z]+=|url\((?!#)|@import|NaN|undefined|Infinity/,
  )
  t.notMatch(html.replace(/<[^>]*>/g, ''), /NaN|undefined|\[object/)
}

t.test('a classifier of two classes, with rows held out', async (t) => {
  const found = await reported('binary')
  holdsTogether(t, found)
  const { artifacts, charts, html } = found
  t.match(artifacts.body, { evaluated_on: 'validation', training_rows: 398, validation_rows: 171 })
  const confusion = charts.get('confusion_matrix') as Charted
  t.equal(
    confusion.values.reduce((sum, { rows }) => sum + (rows as number), 0),
    171,
  )
  const accuracy = artifacts.body.metrics.find((metric: { name: string }) => metric.name === 'accuracy')
  const right = confusion.values
    .filter((cell) => cell['is_correct'])
    .reduce((sum, { rows }) => sum + (rows as number), 0)
  t.ok(Math.abs(right / 171 - accuracy.validation) < 1e-5, 'the picture is of the rows that the metric is of')
  t.ok(accuracy.training > accuracy.validation)
  for (const name of ['roc_curve', 'precision_recall_curve']) {
    const { values } = charts.get(name) as Charted
    t.ok(values.length >= 10 && values.length <= 60)
  }
  const roc = charts.get('roc_curve') as Charted
  t.match(roc.values[0], { curve: 'malignant', false_positive_rate: 0, true_positive_rate: 0 })
  t.match(roc.values.at(-1), { false_positive_rate: 1, true_positive_rate: 1 })
  const auc = (await database.metrics(found.run))['validation_roc_auc']
  t.match(roc.description, Number(auc).toPrecision(4).replace(/0+$/, ''))
  t.ok(charts.has('calibration') && charts.has('feature_importances') && charts.has('tree') && charts.has('metrics'))
  t.match(html, /171 of 569 rows were held out/)
  t.notMatch(html, /No rows were held out \(/)
})

t.test('beside the metrics stand a baseline, intervals and the origin of the training', async (t) => {
  const { run, artifacts, html, charts } = await reported('binary')
  const accuracy = artifacts.body.metrics.find(({ name }: { name: string }) => name === 'accuracy')
  // 107 of the 171 held-out rows are benign: classes keep their proportions.
  t.ok(Math.abs(accuracy.baseline - 107 / 171) < 1e-5)
  t.ok(accuracy.interval.from < accuracy.validation && accuracy.validation < accuracy.interval.to)
  const { origin } = artifacts.body
  t.match(origin, { split_seed: 0, seed: Number, worker_version: /^\d+\./, node_version: process.version })
  t.match(origin.data_digest, /^[0-9a-f]{64}$/)
  for (const said of [
    `<code>${run}</code>`,
    origin.data_digest,
    process.version,
    '95 % interval',
    'Baseline',
    'split_seed 0',
  ]) {
    t.ok(html.includes(said), said)
  }
  const heldOut = charts.get('held_out_importances') as Charted
  t.match(heldOut.description, /among \d+ rows of the held-out rows/)
  t.equal(heldOut.values.length, 30)
  const regressor = (await reported('regressor')).artifacts.body
  const r2 = regressor.metrics.find(({ name }: { name: string }) => name === 'r2')
  t.ok(r2.baseline <= 0 && r2.interval.from < r2.validation && r2.validation < r2.interval.to)
  t.notOk((await reported('multiclass')).charts.has('held_out_importances'), 'there are no such rows')
})

t.test('the same rows have the same digest and are judged on the same rows, as JSON and as CSV', async (t) => {
  const rows = csvRows('iris', ['species'])
  const { run } = await trainToEnd('gaussian_naive_bayes', { ...rows, validation_split: 0.3 })
  const csv = await readFile(new URL('../../examples/data/iris.csv', import.meta.url))
  const query = 'model_name=gaussian_naive_bayes&labels=species&validation_split=0.3&parameters={"var_smoothing":1e-8}'
  const { body } = await service.post(`/api/runs?${query}`, csv, { 'content-type': 'text/csv' })
  t.equal(await database.ended(body.model_run_id), 'SUCCESS')
  const [one, other] = await Promise.all(
    [run, body.model_run_id].map(async (id) => (await get(`/api/runs/${id}/artifacts`)).body),
  )
  t.same(other.origin, one.origin)
  t.same(other.charts.find(named('feature-1')), one.charts.find(named('feature-1')), 'the same rows were trained on')
})

t.test('a fit that has not converged says so', async (t) => {
  const body = { ...csvRows('iris', ['species']), parameters: { max_iter: 1 } }
  const { run } = await trainToEnd('logistic_regression', body)
  const { warnings } = (await get(`/api/runs/${run}`)).body
  t.match(warnings, [{ code: 'NOT_CONVERGED', message: /max_iter/ }])
  t.equal(warnings.length, 1)
  t.match((await get(`/api/runs/${run}/report`)).body, /1 warning:[\s\S]*NOT_CONVERGED/)
})

t.test('columns that cannot help are told by the run and on the page', async (t) => {
  const { features, labels } = csvRows('iris', ['species'])
  const more = (row: object, i: number) => ({
    ...row,
    country: 'US',
    flower_id: 1000 + 7 * i,
    note: `note ${i}`,
    none: null,
  })
  const { run } = await trainToEnd('gaussian_naive_bayes', { features: features.map(more), labels })
  const { warnings } = (await get(`/api/runs/${run}`)).body
  const told = warnings.map(({ code, column }: { code: string; column?: string }) => `${code} ${column}`)
  const page = (await get(`/api/runs/${run}/report`)).body
  for (const doubt of [
    'COLUMN_CONSTANT country',
    'COLUMN_ID_LIKE flower_id',
    'COLUMN_ID_LIKE note',
    'COLUMN_ALL_MISSING none',
  ]) {
    t.ok(told.includes(doubt), `${doubt}: ${told}`)
    const [code, column] = doubt.split(' ')
    t.ok(page.includes(`<code>${code}</code>, column <bdi>${column}</bdi>`), doubt)
  }
})

t.test('a parameter that changes nothing moves no rows, those of early stopping neither', async (t) => {
  const rows = csvRows('diabetes', ['progression'])
  const parameters = { max_iter: 30, early_stopping: true }
  const judged = async (more: object) => {
    const body = { ...rows, validation_split: 0.2, parameters: { ...parameters, ...more } }
    const { run } = await trainToEnd('gradient_boosting_regressor', body)
    const { training_seconds: _, ...metrics } = await database.metrics(run)
    return metrics
  }
  const first = await judged({ verbose: 0 })
  t.ok('validation_r2' in first)
  t.same(await judged({ verbose: 1 }), first)
})

t.test('three classes on training rows only, and the page says so', async (t) => {
  const found = await reported('multiclass')
  holdsTogether(t, found)
  t.match(found.artifacts.body, { evaluated_on: 'training', training_rows: 150, validation_rows: null })
  t.match(found.html, /No rows were held out \(/)
  const curves = new Set(found.charts.get('roc_curve')?.values.map(({ curve }) => curve))
  t.same([...curves].slice(0, 3), ['setosa', 'versicolor', 'virginica'])
  t.equal(curves.size, 5, 'and their averages')
  t.equal(found.charts.get('coefficients')?.values.length, 12)
  t.notOk(found.charts.has('metrics'), 'there is nothing to compare')
})

t.test('a regressor: predicted against actual, residuals, loss', async (t) => {
  const found = await reported('regressor')
  holdsTogether(t, found)
  const { charts } = found
  const pairs = charts.get('predicted_actual')?.values as { actual: number }[]
  t.equal(pairs.length, found.artifacts.body.validation_rows)
  for (const [i, { predicted, residual }] of (charts.get('residuals')?.values ?? []).entries()) {
    const { actual } = pairs[i] as { actual: number }
    t.ok(Math.abs(actual - (predicted as number) - (residual as number)) < 1e-3)
  }
  const loss = charts.get('loss')?.values as { iteration: number; loss: number }[]
  t.equal(loss.length, 41)
  t.ok((loss[0]?.loss as number) > (loss[40]?.loss as number))
  t.notOk(charts.has('confusion_matrix') || charts.has('roc_curve'))
})

t.test('boosting with early stopping has the loss of the rows that it holds out', async (t) => {
  const found = await reported('boosting')
  holdsTogether(t, found)
  const rows = new Set(found.charts.get('loss')?.values.map((value) => value['rows']))
  t.same([...rows], ['training', 'held out'])
})

t.test('clusters: sizes and centres', async (t) => {
  const found = await reported('clusters')
  holdsTogether(t, found)
  const sizes = found.charts.get('cluster_sizes')?.values as { rows: number }[]
  t.equal(sizes.length, 3)
  t.equal(
    sizes.reduce((sum, { rows }) => sum + rows, 0),
    178,
  )
  t.ok(found.charts.has('cluster_centres'))
})

t.test('anomalies: scores, and those below 0', async (t) => {
  const found = await reported('anomalies')
  holdsTogether(t, found)
  const bins = found.charts.get('anomaly_scores')?.values as { rows: number; to: number; is_anomaly: boolean }[]
  t.equal(
    bins.reduce((sum, { rows }) => sum + rows, 0),
    178,
  )
  const strange = bins.filter(({ is_anomaly }) => is_anomaly).reduce((sum, { rows }) => sum + rows, 0)
  const share = Number((await database.metrics(found.run))['anomaly_fraction'])
  t.equal(strange, Math.round(share * 178))
})

t.test('a model class around a package has what can be known of it', async (t) => {
  const found = await reported('wrapper')
  holdsTogether(t, found)
  t.ok(found.charts.has('confusion_matrix'))
  t.match(found.charts.get('feature_importances')?.description, /its values change places/)
  t.notOk(found.charts.has('tree'))
})

t.test('names and categories are data, whatever they look like', async (t) => {
  const found = await reported('hostile')
  holdsTogether(t, found)
  const { html, charts } = found
  t.notMatch(html, /<img|<b>label|<i>yes|<script|\u202e/i)
  t.ok(html.includes('&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;'))
  t.equal((html.match(/<\/style>/g) ?? []).length, 1)
  t.equal((html.match(/<\/svg>/g) ?? []).length, (html.match(/<svg /g) ?? []).length)
  const named = [...charts.values()].filter(({ name }) => name.startsWith('feature-'))
  t.equal(named.length, HOSTILE_NAMES.length)
  const counts = new Set([...(charts.get('class_balance')?.values ?? [])].map((row) => row['class']))
  t.ok(counts.has('__proto__'))
})

t.test('of 200 features 50 are shown, and the page says of how many', async (t) => {
  const found = await reported('wide')
  holdsTogether(t, found)
  t.equal([...found.charts.keys()].filter((name) => name.startsWith('feature-')).length, 50)
  t.match(found.html, /Shown are 50 of 200 features/)
  t.equal(found.charts.get('coefficients')?.values.length, 30)
})

t.test('one class, a column without values and one with a single one', async (t) => {
  const found = await reported('one_class')
  holdsTogether(t, found)
  t.notOk(found.charts.has('roc_curve') || found.charts.has('calibration'))
  t.match(found.charts.get('feature-2')?.description, /no finite value; 100 % missing/)
})

t.test('every label column has its own charts', async (t) => {
  const found = await reported('labels')
  holdsTogether(t, found)
  t.equal(found.charts.get('confusion_matrix')?.label, 'species')
  t.equal(found.charts.get('confusion_matrix-2')?.label, 'parity')
})

t.test('a page comes with its policy, and is not sent again while it is the same', async (t) => {
  const { run, page } = await reported('multiclass')
  t.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
  t.match(page.headers.get('content-security-policy'), /^default-src 'none'; style-src 'sha256-/)
  for (const path of ['report', 'artifacts']) {
    const url = `${service.service.url}/api/runs/${run}/${path}`
    const etag = (await fetch(url)).headers.get('etag') as string
    t.match(etag, /^"[0-9a-f]{32}-\d+"$/)
    for (const known of [etag, `"other", W/${etag}`, '*']) {
      const answer = await fetch(url, { headers: { 'if-none-match': known } })
      t.equal(answer.status, 304)
      t.equal(await answer.text(), '')
    }
    t.equal((await fetch(url, { headers: { 'if-none-match': '"other"' } })).status, 200)
  }
  const other = await reported('binary')
  t.not(other.page.headers.get('etag'), page.headers.get('etag'))
})

t.test('many who ask at once get the same page', async (t) => {
  const run = runs.get('anomalies') as number
  const pages = await Promise.all(Array.from({ length: 30 }, () => get(`/api/runs/${run}/report`)))
  t.same([...new Set(pages.map(({ status }) => status))], [200])
  t.equal(new Set(pages.map(({ body }) => body)).size, 1)
})

t.test('without a result there is a problem, as for a prediction', async (t) => {
  const testModels = await startTrainingService(t, ['majority', 'held_open', 'misbehaving'])
  const { accepted, inTraining, failureOf } = runsOf(testModels.database)
  const client = clientOf(testModels.service.url)
  const failed = await accepted(testModels, 'misbehaving', {
    features: [{ a: 1 }, { a: 2 }],
    labels: [{ y: 'p' }, { y: 'q' }],
    parameters: { deed: 'throws' },
  })
  await failureOf(failed)
  const held = gate(t)
  const running = await inTraining(testModels, held)
  const waiting = await accepted(testModels, 'majority')
  const empty = await testModels.database.insertRun('majority', 'SUCCESS')
  for (const path of ['report', 'artifacts']) {
    const answerOf = (run: number | string) => client.get(`/api/runs/${run}/${path}`)
    t.match(await answerOf(2 ** 31 - 1), { status: 404, body: { code: 'RUN_UNKNOWN' } })
    t.match(await answerOf(failed), { status: 409, body: { code: 'RUN_FAILED' } })
    t.match(await answerOf(empty), { status: 409, body: { code: 'ARTIFACT_UNUSABLE' } })
    for (const run of [running, waiting]) {
      const answer = await answerOf(run)
      t.match(answer, { status: 503, body: { code: 'RUN_NOT_READY' } })
      t.ok(Number(answer.headers.get('retry-after')) > 0)
    }
    t.match(await answerOf('seven'), { status: 400, body: { code: 'REQUEST_INVALID' } })
  }
  await openGate(held)
  t.equal(await testModels.database.ended(waiting), 'SUCCESS')
  const { database: runsDatabase } = testModels
  const { run_result: bytes } = await runsDatabase.run(waiting)
  const damaged = Buffer.from(bytes as Buffer)
  damaged[200] = (damaged[200] as number) ^ 1
  await runsDatabase.owner.query('update model_runs set run_result = $2 where id = $1', [waiting, damaged])
  t.match(await client.get(`/api/runs/${waiting}/report`), {
    status: 409,
    body: { code: 'ARTIFACT_UNUSABLE', detail: /damaged/ },
  })
})
