// Versions compared over HTTP: on the rows that all held out, or on another data set; what cannot be compared is refused.
import { join } from 'node:path'
import t from 'tap'
import { Random } from '../../src/learning/random.ts'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const MODELS = [
  'random_forest_classifier',
  'gaussian_naive_bayes',
  'ridge_regression',
  'random_forest_regressor',
  'k_means',
]
const HOSTILE = '<script>alert(1)</script>'

/** Two columns tell the class and the amount, one is noise; `site` groups four rows each. */
function rowsOf(count: number, seed: number): string {
  const random = new Random(seed)
  const lines = Array.from({ length: count }, (_, i) => {
    const [a, b] = [random.normal(), random.normal()]
    const kind = a + b + 0.3 * random.normal() > 0 ? 'high' : 'low'
    return [a, b, random.normal(), `site ${Math.floor(i / 4)}`, kind, 2 * a - b + random.normal()].join()
  })
  return `a,b,"${HOSTILE}",site,kind,amount\n${lines.join('\n')}\n`
}

const database = await createOwnDatabase(t)
for (const model of MODELS) await database.registerModel(model)
const { get, post, request } = await startTestService(t, {
  DATABASE_URL: database.url,
  MODELS_DIR: join(import.meta.dirname, '../../statistical'),
})
const upload = async (name: string, body: string, labels = 'kind') =>
  (await post(`/api/datasets?name=${name}&labels=${labels}`, body, { 'content-type': 'text/csv' })).body
const rows = await upload('rows', rowsOf(800, 1))
const others = await upload('others', rowsOf(300, 2))

const features = ['a', 'b', HOSTILE]
const kinds = { name: 'kinds', model_name: 'random_forest_classifier', dataset_name: 'rows', features }
await post('/api/projects', { ...kinds, validation_split: 0.25, parameters: { random_state: 1, min_samples_leaf: 5 } })
const amounts = { name: 'amounts', model_name: 'ridge_regression', dataset_name: 'rows', labels: ['amount'], features }
await post('/api/projects', { ...amounts, validation_split: 0.25 })

/** Trains, and gives the number of the version. */
async function trained(project: string, members: object): Promise<number> {
  const { status, body } = await post(`/api/projects/${project}/versions`, members)
  if (status !== 202) throw new Error(JSON.stringify(body))
  let training = body
  await until(async () => {
    const { trainings } = (await get(`/api/projects/${project}/trainings`)).body
    training = trainings.find((each: { model_run_id: number }) => each.model_run_id === body.model_run_id)
    return training.state !== 'training'
  })
  if (training.version === undefined) throw new Error(JSON.stringify(training))
  return training.version
}
const compare = (project: string, query: string) => get(`/api/projects/${project}/comparison?${query}`)
type Metric = { metric: string; versions: { version: number; value: number }[]; pairs: Record<string, unknown>[] }

const good = await trained('kinds', { parameters: { n_estimators: 30 }, description: HOSTILE })
const twin = await trained('kinds', { parameters: { n_estimators: 30, random_state: 2 } })
const poor = await trained('kinds', { features: [HOSTILE], model_name: 'gaussian_naive_bayes' })
const line = await trained('amounts', {})
const forest = await trained('amounts', {
  model_name: 'random_forest_regressor',
  parameters: { n_estimators: 5, max_depth: 2 },
})

t.test('values are those of the trainings, on the rows that were held out', async (t) => {
  for (const [project, versions] of [
    ['kinds', [good, poor, twin]],
    ['amounts', [line, forest]],
  ] as const) {
    const { status, body } = await compare(project, `versions=${versions.join()}`)
    t.equal(status, 200, JSON.stringify(body))
    t.match(body, { project, rows: { count: 200, held_out: true, dataset: { id: rows.id, sha256: rows.sha256 } } })
    const { metrics } = body.labels[0] as { metrics: Metric[] }
    t.equal(metrics.length, project === 'kinds' ? 9 : 5)
    for (const version of versions) {
      const { body: known } = await get(`/api/projects/${project}/versions/${version}`)
      for (const { metric, versions: values } of metrics) {
        const found = values.find((each) => each.version === version)?.value as number
        t.ok(Math.abs(found - known.metrics[`validation_${metric}`]) < 1e-12, `${version} ${metric}`)
      }
    }
  }
})

t.test('a version that is better by far wins, and of its twin no difference is shown', async (t) => {
  const { body } = await compare('kinds', `versions=${good},${poor}`)
  t.match(body, { metric: 'accuracy', label: 'kind', lower_is_better: false, winner: good })
  t.match(body.resamples, { count: 1000 })
  t.match(body.labels[0].metrics[0], {
    metric: 'accuracy',
    versions: [{ method: 'wilson', from: Number, to: Number }, { version: poor }],
    pairs: [
      { version: good, other: poor, test: 'mcnemar', p_value: Number, adjusted_p_value: Number, verdict: 'better' },
    ],
  })
  const losses = body.labels[0].metrics.find(({ metric }: Metric) => metric === 'log_loss')
  t.match(losses, { lower_is_better: true, pairs: [{ test: 'bootstrap', verdict: 'better' }] })
  t.ok(losses.pairs[0].difference < 0 && losses.pairs[0].to < 0)
  t.match(body.differences, {
    options: [{ name: 'model_name', values: { [good]: 'random_forest_classifier', [poor]: 'gaussian_naive_bayes' } }],
    columns: [{ version: poor, added: [], gone: ['a', 'b'], changed: [], count: 2 }],
  })
  t.match(body.versions, [
    { version: good, description: HOSTILE, features: 3, training_seconds: Number, predict_ms: Number },
    { version: poor, features: 1 },
  ])

  const twins = (await compare('kinds', `versions=${good},${twin}`)).body
  t.notOk('winner' in twins)
  t.match(twins.labels[0].metrics[0].pairs, [{ verdict: 'no_difference_shown' }])
  t.match(twins.differences.parameters, [{ name: 'random_state', values: { [good]: 1, [twin]: 2 } }])
  t.match(twins.differences.columns, [{ count: 0 }])
})

t.test('the order of the versions decides who is compared with whom, and the metric what decides', async (t) => {
  const { body } = await compare('kinds', `versions=${poor},${good}&metric=validation_log_loss`)
  t.match(body, { metric: 'log_loss', lower_is_better: true, winner: good, versions: [{ version: poor }, {}] })
  t.match(body.labels[0].metrics[0].pairs, [{ version: poor, other: good, verdict: 'worse' }])
  const again = (await compare('kinds', `versions=${poor},${good}&metric=log_loss`)).body
  t.same(again.labels, body.labels, 'the same answer again')
})

t.test('regressors are tested on their errors', async (t) => {
  const { body } = await compare('amounts', `versions=${line},${forest}`)
  t.match(body, { metric: 'r2', label: 'amount', winner: line })
  const tests = Object.fromEntries(
    body.labels[0].metrics.map(({ metric, pairs }: Metric) => [metric, pairs[0]?.['test']]),
  )
  t.same(tests, {
    r2: 'paired_t_squared_errors',
    mean_absolute_error: 'paired_t_absolute_errors',
    root_mean_squared_error: 'paired_t_squared_errors',
    median_absolute_error: 'wilcoxon',
    explained_variance: 'bootstrap',
  })
})

t.test('another data set is judged in whole, and who was trained on it is told', async (t) => {
  const { body } = await compare('kinds', `versions=${good},${poor}&dataset=${others.id}`)
  t.match(body, { winner: good, rows: { count: 300, held_out: false, dataset: { id: others.id } }, warnings: [] })
  const own = (await compare('kinds', `versions=${good},${poor}&dataset=${rows.id}`)).body
  t.match(own.rows, { count: 800, held_out: false })
  t.match(
    own.warnings,
    [good, poor].map((version) => ({
      code: 'TRAINED_ON_THESE_ROWS',
      message: `version ${version} was trained on 600 of these 800 rows`,
    })),
  )
})

t.test('rows that a version learnt are found in another data set, by what they are', async (t) => {
  const [head, ...lines] = rowsOf(800, 1).trim().split('\n')
  const part = (name: string, of: string[]) => upload(name, [head, ...of.toReversed(), ''].join('\n'))
  const [old, late] = [await part('old', lines.slice(0, 500)), await part('late', lines.slice(500))]
  const whole = await trained('kinds', { dataset_id: old.id, validation_split: 0 })
  const { body } = await compare('kinds', `versions=${good},${whole}&dataset=${rows.id}`)
  t.match(body.versions, [{ rows_learnt: 600 }, { rows_learnt: 500 }])
  t.match(body.warnings, [
    { code: 'TRAINED_ON_THESE_ROWS', message: `version ${good} was trained on 600 of these 800 rows` },
    { code: 'TRAINED_ON_THESE_ROWS', message: `version ${whole} was trained on 500 of these 800 rows` },
  ])
  const ofOld = (await compare('kinds', `versions=${good},${poor}&dataset=${old.id}`)).body.versions
  const ofLate = (await compare('kinds', `versions=${good},${whole}&dataset=${late.id}`)).body.versions
  t.equal(ofOld[0].rows_learnt + ofLate[0].rows_learnt, 600)
  t.equal(ofOld[1].rows_learnt, ofOld[0].rows_learnt, 'by its own columns')
  t.equal(ofLate[1].rows_learnt, 0)
})

t.test('of rows that are equal by chance nobody can tell who learnt them', async (t) => {
  const coarse = (count: number, shift: number) =>
    `a,kind\n${Array.from({ length: count }, (_, i) => `${(i + shift) % 5},${i % 2 ? 'high' : 'low'}\n`).join('')}`
  const from = await upload('coarse', coarse(200, 0))
  const to = await upload('coarser', coarse(60, 1))
  const members = { dataset_id: from.id, features: ['a'], model_name: 'gaussian_naive_bayes' }
  const [one, two] = [await trained('kinds', members), await trained('kinds', members)]
  const { status, body } = await compare('kinds', `versions=${one},${two}&dataset=${to.id}`)
  t.equal(status, 200, JSON.stringify(body))
  t.match(body.warnings, [{ code: 'TRAINING_ROWS_UNKNOWN' }, { code: 'TRAINING_ROWS_UNKNOWN' }])
  t.notOk('rows_learnt' in body.versions[0])
})

t.test('rows that belong together are drawn together', async (t) => {
  const split = { split_by: { column: 'site', as: 'group' } }
  const [a, b] = [await trained('kinds', split), await trained('kinds', { ...split, features: [HOSTILE] })]
  const { status, body } = await compare('kinds', `versions=${a},${b}`)
  t.equal(status, 200, JSON.stringify(body))
  t.equal(body.rows.groups, body.rows.count / 4)
  t.equal(body.winner, a)
  t.match(body.labels[0].metrics[0], { versions: [{ method: 'bootstrap' }, {}], pairs: [{ test: 'bootstrap' }] })
  const elsewhere = (await compare('kinds', `versions=${a},${b}&dataset=${others.id}`)).body
  t.match(elsewhere.rows, { count: 300, groups: 75 })
  const refused = await compare('kinds', `versions=${good},${a}`)
  t.match(refused, { status: 409, body: { code: 'VERSIONS_NOT_COMPARABLE', detail: /split_by.*dataset=ID/ } })
})

t.test('what cannot be compared is refused, and why', async (t) => {
  const seeded = await trained('kinds', { split_seed: 7 })
  const unsplit = await trained('kinds', { validation_split: 0 })
  t.match(await compare('kinds', `versions=${good},${seeded}`), {
    status: 409,
    body: {
      code: 'VERSIONS_NOT_COMPARABLE',
      detail: new RegExp(`They differ in split_seed \\(version ${good}: .*7\\)`),
    },
  })
  t.match(await compare('kinds', `versions=${good},${unsplit}`), {
    status: 409,
    body: { code: 'VERSIONS_NOT_COMPARABLE', detail: `no rows were held out by version ${unsplit}` },
  })
  const elsewhere = await trained('kinds', { dataset_id: others.id })
  const { status, body } = await compare('kinds', `versions=${good},${elsewhere}`)
  t.match({ status, body }, { status: 409, body: { detail: /the data set \(.*dataset=ID/ } })
  t.match(await compare('kinds', `versions=${good},${elsewhere}&dataset=${others.id}`), {
    status: 200,
    body: { warnings: [{ code: 'TRAINED_ON_THESE_ROWS', message: new RegExp(`^version ${elsewhere} was`) }] },
  })
  const amount = await trained('amounts', { labels: ['b'], features: ['a'] })
  t.match(await compare('amounts', `versions=${line},${amount}&dataset=${others.id}`), {
    status: 409,
    body: { code: 'VERSIONS_NOT_COMPARABLE', detail: /other labels/ },
  })
  const faults: [query: string, status: number, body: object][] = [
    [`versions=${good}`, 400, { errors: [{ in: 'query', parameter: 'versions', detail: /2 to 10/ }] }],
    [`versions=${good},${good}`, 400, { errors: [{ detail: /twice/ }] }],
    ['versions=1,2,3,4,5,6,7,8,9,10,11', 400, { errors: [{ detail: /got 11/ }] }],
    ['versions=a', 400, { code: 'REQUEST_INVALID' }],
    ['', 400, { code: 'REQUEST_INVALID' }],
    [`versions=${good},99`, 404, { code: 'VERSION_UNKNOWN' }],
    [`versions=${good},${poor}&dataset=99`, 404, { code: 'DATASET_UNKNOWN' }],
    [`versions=${good},${poor}&metric=r2`, 400, { errors: [{ parameter: 'metric', detail: /there are accuracy/ }] }],
  ]
  for (const [query, expected, told] of faults) {
    t.match(await compare('kinds', query), { status: expected, body: told }, query)
  }
  t.match(await compare('nobody', 'versions=1,2'), { status: 404, body: { code: 'PROJECT_UNKNOWN' } })
})

t.test('without labels there is no truth to judge by', async (t) => {
  const members = { name: 'clusters', model_name: 'k_means', dataset_id: rows.id }
  await post('/api/projects', { name: members.name, model_name: 'k_means', dataset_name: 'rows', features: ['a', 'b'] })
  const unlabelled = await upload('points', rowsOf(60, 3).replace(/^.*\n/, 'a,b,c,site,kind,amount\n'), '')
  const train = () => trained('clusters', { dataset_id: unlabelled.id, validation_split: 0.5 })
  const [a, b] = [await train(), await train()]
  t.match(await compare('clusters', `versions=${a},${b}`), {
    status: 409,
    body: { code: 'VERSIONS_NOT_COMPARABLE', detail: /clusterer: there is no truth/ },
  })
})

t.test('the page says the same, without scripts, whatever names there are', async (t) => {
  const path = `/api/projects/kinds/comparison/report?versions=${good},${poor}`
  const { status, headers, body } = await get(path)
  t.equal(status, 200)
  t.match(headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/)
  t.match(body, new RegExp(`Version ${good} is better than the other by accuracy`))
  t.notMatch(body, /<script/i)
  t.match(body, /&lt;script&gt;alert\(1\)/)
  t.match(body, /McNemar&#39;s exact test/)
  t.match(body, /p \(Holm\)<\/th>/)
  t.match(body, 'the verdict goes by p (Holm)')
  t.equal(body.match(/<svg/g)?.length, 9)
  t.match(await get(`/api/projects/kinds/comparison/report?versions=${good},${good}`), { status: 400 })
})

t.test('a data set that lost rows is no longer the one that was held out of', async (t) => {
  t.equal((await request('DELETE', `/api/datasets/${rows.id}?purge=true`)).status, 200)
  t.match(await compare('kinds', `versions=${good},${poor}`), { status: 409, body: { code: 'DATASET_DELETED' } })
  t.equal((await compare('kinds', `versions=${good},${poor}&dataset=${others.id}`)).status, 200)
})
