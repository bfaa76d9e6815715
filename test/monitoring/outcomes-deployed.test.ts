// From a prediction by a deployed version to its figures: by tokens of a project, by the levels of a column, and after erasures.
import t from 'tap'
import { bearer, startGuardedService } from '../support/access.ts'
import { deploy } from '../support/deployed.ts'
import { until } from '../support/until.ts'

const { admin, tokenOf, database } = await startGuardedService(t, ['forest'], { REVIEW_SELF: 'allow' })
const COLOURS = ['blue', 'green', 'red']
const ROWS = Array.from({ length: 90 }, (_, i) => {
  return { a: i, colour: COLOURS[i % 3] as string, kind: i % 2 === 0 ? 'even' : 'odd' }
})
const csv = `a,colour,kind\n${ROWS.map(({ a, colour, kind }) => `${a},${colour},${kind}\n`).join('')}`
const must = async (answer: ReturnType<typeof admin.get>, expected: number) => {
  const { status, body } = await answer
  if (status !== expected) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body
}
await must(admin.post('/api/datasets?name=toys&labels=kind', csv, { 'content-type': 'text/csv' }), 201)
await must(
  admin.post('/api/projects', { name: 'toys', model_name: 'forest', dataset_name: 'toys', validation_split: 0.2 }),
  201,
)
await must(admin.post('/api/projects/toys/versions', {}), 202)
await until(async () => (await admin.get('/api/projects/toys/versions/1')).status === 200)
await must(admin.post('/api/projects/toys/versions/1/reviews', { decision: 'approved' }), 201)
await deploy(admin, 'toys', 1)
await must(admin.put('/api/projects/toys/monitoring', { log: 'all', outcome_days: 0 }), 200)

const path = '/api/projects/toys'
const figuresOf = async (query = '') => {
  await database.owner.query('update ml_worker.performance_marks set due_at = now()')
  return (await must(admin.get(`${path}/performance?days=1${query}`), 200)) as {
    figures: { rows: number; outcomes: number; metrics: { name: string; value: number }[] }
    versions: { trained: { name: string; metric: string }[] }[]
    segments: { level: string; figures: { rows: number } }[]
  }
}
const features = ROWS.slice(0, 30).map(({ a, colour }) => ({ a, colour }))

t.test('predictions and their outcomes, sent at once, are judged when they are logged', async (t) => {
  // How much is logged is known to predictions within some seconds.
  let ids: string[] = []
  await until(async () => {
    const { prediction_ids: one } = await must(admin.post(`${path}/predict`, { features: features.slice(0, 1) }), 200)
    ids = one
    return (await admin.get(`${path}/predictions?limit=1`)).body.predictions.length > 0
  })
  const { predictions, prediction_ids: made } = await must(admin.post(`${path}/predict`, { features }), 200)
  const truth = ROWS.slice(0, 30).map(({ kind }) => kind)
  const outcomes = made.map((prediction_id: string, i: number) => ({ prediction_id, outcome: truth[i] }))
  const taken = await must(admin.post(`${path}/outcomes`, outcomes), 200)
  t.equal(taken.added, 30)
  await until(async () => (await figuresOf()).figures.outcomes === 30)
  const { figures, versions } = await figuresOf()
  const right = predictions.filter(({ kind }: { kind: string }, i: number) => kind === truth[i]).length
  t.equal(figures.metrics.find(({ name }) => name === 'accuracy')?.value, right / 30)
  t.match(
    versions[0]?.trained.find(({ name }) => name === 'accuracy'),
    { metric: 'validation_accuracy' },
  )
  t.equal(ids.length, 1)
})

t.test('a token of a project says what was true of it, and of nothing else', async (t) => {
  const headers = bearer(await tokenOf(['client'], { projects: ['toys'] }))
  const { prediction_ids: ids } = await must(admin.post(`${path}/predict`, { features: features.slice(0, 1) }), 200)
  const body = [{ prediction_id: ids[0], outcome: 'odd' }]
  t.equal((await admin.post(`${path}/outcomes`, body, headers)).status, 200)
  t.match((await admin.get(`${path}/performance`, headers)).body, { code: 'FORBIDDEN' })
  await must(admin.post('/api/projects', { name: 'others', model_name: 'forest', dataset_name: 'toys' }), 201)
  t.match((await admin.post('/api/projects/others/outcomes', body, headers)).body, { code: 'FORBIDDEN' })
})

t.test('figures by the levels of a column', async (t) => {
  await until(async () => (await figuresOf()).figures.outcomes === 31)
  const { segments, figures } = await figuresOf('&segment=colour')
  t.same(segments.map(({ level }) => level).sort(), COLOURS)
  t.equal(
    segments.reduce((sum, { figures: { rows } }) => sum + rows, 0),
    figures.rows,
  )
  t.match((await admin.get(`${path}/performance?days=1&segment=a`)).body, { code: 'REQUEST_INVALID' })
  t.match((await admin.get(`${path}/performance?days=1&segment=nothing`)).body, { code: 'REQUEST_INVALID' })
})

t.test('an erasure takes outcomes along, and the figures are without them', async (t) => {
  const erase = async (column: string, value: string) => {
    const { erasure_id: id } = await must(admin.post('/api/erasures', { column, value }), 202)
    await until(async () => (await admin.get(`/api/erasures/${id}`)).body.state !== 'running')
    const { state, reason, erased } = (await admin.get(`/api/erasures/${id}`)).body
    if (state !== 'done') throw new Error(reason)
    return new Map(erased.map((each: { room: string; count: number }) => [each.room, each.count]))
  }
  const before = await figuresOf('&segment=colour')
  const red = before.segments.find(({ level }) => level === 'red')?.figures.rows as number
  const erased = await erase('colour', 'red')
  t.equal(erased.get('predictions'), red)
  t.equal(erased.get('outcomes'), 10)
  await until(async () => (await figuresOf()).figures.rows === before.figures.rows - red)
  t.equal((await figuresOf()).figures.outcomes, 21)
  await erase('kind', 'odd')
  await until(async () => (await figuresOf()).figures.metrics.length > 0)
  const { rows } = await database.owner.query('select distinct outcome from ml_worker.outcomes')
  t.same(rows, [{ outcome: '"even"' }])
})
