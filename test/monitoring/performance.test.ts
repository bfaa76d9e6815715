// The performance of a project over HTTP: figures of logged predictions and their outcomes against scikit-learn's.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { insertAnswers, logRows } from '../support/logged.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'
import { insertVersions } from '../support/versions.ts'

interface Rows {
  readonly name: string
  readonly truth: readonly number[]
  readonly answers: readonly number[]
  readonly confidences?: readonly number[]
  readonly weight: readonly number[]
  readonly expected: Readonly<Record<string, number>>
}
const golden: { classification: Rows[]; regression: Rows[] } = JSON.parse(
  readFileSync(new URL('../golden/performance.json', import.meta.url), 'utf8'),
)
const goldenOf = (name: string): Rows =>
  [...golden.classification, ...golden.regression].find((rows) => rows.name === name) as Rows

const database = await createOwnDatabase(t)
const service = await startTestService(t, { DATABASE_URL: database.url })
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** A Monday, far enough back that all outcomes have had their time. */
const start = Math.floor((Date.now() - 25 * DAY_MS - 4 * DAY_MS) / (7 * DAY_MS)) * 7 * DAY_MS + 4 * DAY_MS
const CLASSES = ['a', 'b', 'c', 'd']

async function makeProject(name: string, versions: number): Promise<number> {
  const projectId = await insertVersions(database, name, versions)
  const { status, body } = await service.put(`/api/projects/${name}/monitoring`, { log: 'all' })
  if (status >= 300) throw new Error(JSON.stringify(body))
  return projectId
}

/** Rows every 20 minutes from the start on, with their outcomes as CSV. */
async function bring(
  project: string,
  projectId: number,
  rows: Rows,
  outcomeOf: (truth: number) => string,
  version = 1,
) {
  const logged = rows.answers.map((answer, i) => {
    const confidence = rows.confidences?.[i] ?? null
    return { at: start + i * 20 * 60_000, answer, confidence, weight: rows.weight[i] as number }
  })
  const ids = await logRows(database, { projectId, version, deploymentId: version }, logged)
  const lines = ids.map((id, i) => `${id},${outcomeOf(rows.truth[i] as number)}\n`)
  const csv = `prediction_id,outcome\n${lines.join('')}`
  const { status, body } = await service.post(`/api/projects/${project}/outcomes`, csv, { 'content-type': 'text/csv' })
  if (status !== 200) throw new Error(JSON.stringify(body))
  return ids
}

async function performanceOf(project: string, query: Record<string, string> = {}) {
  const all = { from: new Date(start).toISOString(), to: new Date(start + 21 * DAY_MS).toISOString(), ...query }
  const url = `/api/projects/${project}/performance?${new URLSearchParams(all)}`
  // Rows of the log are summed after a minute; here at once.
  await database.owner.query('update ml_worker.performance_marks set due_at = now()')
  await until(async () => (await service.get(url)).body.waiting_hours === 0)
  return (await service.get(url)).body
}

type Metric = { name: string; value: number; from?: number; to?: number; error_max?: number }
const metricOf = ({ metrics }: { metrics: readonly Metric[] }, name: string) =>
  metrics.find((metric) => metric.name === name)

/** Hours are added up in another order than days. */
const rounded = (figures: object): unknown =>
  JSON.parse(JSON.stringify(figures), (_, value) => (typeof value === 'number' ? Number(value.toPrecision(12)) : value))

function sameFigures(
  test: Pick<typeof t, 'ok'>,
  figures: { metrics: readonly Metric[] },
  expected: Rows['expected'],
): void {
  for (const [name, value] of Object.entries(expected)) {
    if (name === 'mean_squared_error') continue
    const found = metricOf(figures, name)
    const tolerance = found?.error_max ?? 1e-9 * Math.max(1, Math.abs(value))
    test.ok(
      found !== undefined && Math.abs(found.value - value) <= tolerance,
      `${name}: ${value} expected, ${found?.value}`,
    )
    if (found?.from !== undefined) test.ok(found.from <= found.value && found.value <= (found.to as number), name)
  }
}

for (const name of ['two classes, weighted', 'four classes']) {
  const project = name.replaceAll(/\W/g, '')
  t.test(`${name}: the figures of all, of days, of hours and of weeks`, async (t) => {
    const rows = goldenOf(name)
    const classes = CLASSES.slice(0, Math.max(...rows.answers) + 1)
    const projectId = await makeProject(project, 1)
    await insertAnswers(database, projectId, { kind: 'classes', classes, isLargest: true })
    await bring(project, projectId, rows, (truth) => classes[truth] as string)
    const whole = await performanceOf(project)
    sameFigures(t, whole.figures, rows.expected)
    t.match(whole.figures, { rows: rows.answers.length, outcomes: rows.answers.length, coverage: 1, unknown: 0 })
    t.match(whole.versions, [{ version: 1, figures: { rows: rows.answers.length } }])
    t.match(whole.deployments, [{ deployment_id: 1, environment: 'production', version: 1 }])
    t.same(
      whole.figures.classes.map((each: { class: string }) => each.class),
      classes,
    )
    for (const by of ['hour', 'day', 'week']) {
      const { steps, figures } = await performanceOf(project, { by })
      t.same(rounded(figures), rounded(whole.figures), by)
      const counted = steps.reduce((sum: number, step: { figures: { rows: number } }) => sum + step.figures.rows, 0)
      t.equal(counted, rows.answers.length, by)
      t.ok(steps.every(({ mature }: { mature: boolean }) => mature))
    }
    const [day] = (await performanceOf(project, { by: 'day' })).steps
    t.same(
      [day.from, day.to, day.figures.rows],
      [new Date(start).toISOString(), new Date(start + DAY_MS).toISOString(), 72],
    )
    const part = await performanceOf(project, {
      from: new Date(start + 30 * 60_000).toISOString(),
      to: new Date(start + DAY_MS + 90 * 60_000).toISOString(),
    })
    t.same([part.from, part.to], [new Date(start).toISOString(), new Date(start + DAY_MS + 2 * HOUR_MS).toISOString()])
    t.equal(part.figures.rows, 72 + 6)
    t.match(await performanceOf(project, { version: '2' }), { figures: { rows: 0, metrics: [] }, versions: [] })
  })
}

for (const name of ['numbers, weighted', 'numbers far from 0']) {
  t.test(`${name}: the figures of a regression`, async (t) => {
    const rows = goldenOf(name)
    const project = name.replaceAll(/\W/g, '')
    const projectId = await makeProject(project, 1)
    await insertAnswers(database, projectId, { kind: 'numbers' })
    await bring(project, projectId, rows, String)
    sameFigures(t, (await performanceOf(project)).figures, rows.expected)
  })
}

t.test('versions with other classes have figures of their own and of both', async (t) => {
  const projectId = await makeProject('grown', 2)
  await insertAnswers(database, projectId, { kind: 'classes', classes: ['b', 'c'], isLargest: true }, 1)
  await insertAnswers(database, projectId, { kind: 'classes', classes: ['a', 'b', 'c'], isLargest: true }, 2)
  const of = (answers: number[], truth: number[]): Rows => {
    return { name: '', answers, truth, weight: answers.map(() => 1), confidences: answers.map(() => 0.8), expected: {} }
  }
  await bring('grown', projectId, of([0, 1, 0, 1], [0, 1, 1, 1]), (truth) => ['b', 'c'][truth] as string, 1)
  await bring('grown', projectId, of([0, 1, 2, 2], [0, 1, 2, 1]), (truth) => ['a', 'b', 'c'][truth] as string, 2)
  const { figures, versions } = await performanceOf('grown')
  t.equal(metricOf(figures, 'accuracy')?.value, 6 / 8)
  t.same(
    figures.classes.map((each: { class: string; support: number }) => [each.class, each.support]),
    [
      ['a', 1],
      ['b', 3],
      ['c', 4],
    ],
  )
  t.equal(metricOf(figures, 'roc_auc'), undefined, 'of three classes only the largest probability is logged')
  t.ok(metricOf(versions[0].figures, 'roc_auc'))
})

t.test('without outcomes the confidences give an estimate, and nothing is measured', async (t) => {
  const projectId = await makeProject('estimated', 1)
  await insertAnswers(database, projectId, { kind: 'classes', classes: ['a', 'b'], isLargest: true })
  const rows = goldenOf('two classes')
  const confidences = rows.confidences as readonly number[]
  const logged = rows.answers.map((answer, i) => ({ at: start + i, answer, confidence: confidences[i] as number }))
  await logRows(database, { projectId }, logged)
  const { figures } = await performanceOf('estimated')
  t.match(figures, { rows: rows.answers.length, outcomes: 0, coverage: 0, metrics: [] })
  const mean = confidences.reduce((sum, confidence) => sum + confidence, 0) / confidences.length
  const { value } = figures.estimated.find((each: { name: string }) => each.name === 'accuracy')
  t.ok(Math.abs(value - mean) < 1e-12)
})

t.test('a wrong time, too many steps and what is not there', async (t) => {
  for (const [query, parameter] of [
    ['days=3&from=2026-01-01T00:00:00Z', 'days'],
    ['from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'to'],
    ['days=300&by=hour', 'by'],
    ['by=month', 'by'],
    ['days=3&segment=nowhere', undefined],
  ] as const) {
    const { status, body } = await service.get(`/api/projects/estimated/performance?${query}`)
    if (parameter === undefined) t.equal(status, 200, 'no version has predictions then: nothing can be told apart')
    else t.match([status, body.errors?.[0]?.parameter], [400, parameter], query)
  }
  t.equal((await service.get('/api/projects/nowhere/performance')).status, 404)
})

t.test('rows that are kept long enough leave their sums; erased ones take them along', async (t) => {
  const projectId = await makeProject('left', 1)
  await insertAnswers(database, projectId, { kind: 'classes', classes: ['a', 'b'], isLargest: true })
  const at = start + 3 * HOUR_MS
  await logRows(database, { projectId }, [
    { at, answer: 0, confidence: 0.9 },
    { at: at + 1, answer: 1, confidence: 0.9 },
  ])
  t.equal((await performanceOf('left')).figures.rows, 2)
  await database.owner.query('delete from ml_worker.predictions where project_id = $1 and answer = 0', [projectId])
  t.equal((await performanceOf('left')).figures.rows, 1)
  const { headers } = await service.get('/api/projects/left/monitoring')
  const words = { log: 'all', retention_days: 5 }
  await service.put('/api/projects/left/monitoring', words, { 'if-match': headers.get('etag') as string })
  await database.owner.query('delete from ml_worker.predictions where project_id = $1', [projectId])
  t.equal((await performanceOf('left')).figures.rows, 1, 'its days are over: that is no erasure')
})
