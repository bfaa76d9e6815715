// Looks at performance and coverage: each window is judged once, by whichever worker, and the alerts hear of it.
import pino from 'pino'
import t from 'tap'
import { AlertSignals } from '../../src/alerts/alert-signals.ts'
import { Audit } from '../../src/audit/audit.ts'
import { OwnSchema } from '../../src/database/own-schema/own-schema.ts'
import { createPool } from '../../src/database/pool.ts'
import { MonitoringSettings } from '../../src/monitoring/log/monitoring-settings.ts'
import { AnswerKinds } from '../../src/monitoring/performance/answer-kinds.ts'
import { PerformanceLooks } from '../../src/monitoring/performance/looks.ts'
import { Summing } from '../../src/monitoring/performance/summing.ts'
import { listTrainedMetrics } from '../../src/monitoring/performance/versions-table.ts'
import { openNotices } from '../../src/notifications/notices.ts'
import { Projects } from '../../src/projects/projects.ts'
import { createOwnDatabase } from '../support/database.ts'
import { insertAnswers, logRows } from '../support/logged.ts'
import { insertVersions } from '../support/versions.ts'

const log = pino({ level: 'silent' })
const DAY_MS = 86_400_000
const database = await createOwnDatabase(t)
const projectId = await insertVersions(database, 'watched', 1)
await insertAnswers(database, projectId, { kind: 'classes', classes: ['a', 'b'], isLargest: true })
await database.owner.query(
  `update ml_worker.versions set metrics = '{"validation_accuracy": 0.9, "validation_rows": 1000}' where project_id = $1`,
  [projectId],
)
await database.owner.query(
  `insert into ml_worker.monitoring_settings (project_id, revision, settings, changed_at, changed_by)
   values ($1, 1, '{"log": "all", "outcome_days": 2}', now(), 'anyone')`,
  [projectId],
)
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
const first = today - 10 * DAY_MS

/** A part of monitoring, as each of several workers has it. */
function openWorker() {
  const pool = createPool(database.url, log)
  t.teardown(() => pool.close())
  const ownSchema = new OwnSchema({ pool })
  const audit = new Audit({ ownSchema, isRequired: true, onLost: () => {}, log })
  const projects = new Projects({ ownSchema, audit, check: async () => {} })
  const settings = new MonitoringSettings({ ownSchema, audit, projects, log })
  const columns = { of: () => Promise.reject(new Error('the answers of the version are known')) }
  const answers = new AnswerKinds({ ownSchema, columns })
  const notices = openNotices(() => {})
  const signals = new AlertSignals({ notices, onSignal: () => {}, log, now: () => new Date() })
  const trainedOf = (project: number, versions: readonly number[]) => listTrainedMetrics(pool, project, versions)
  const parts = { ownSchema, projects, settings, answers, trainedOf, signals, log }
  return {
    looks: (now: number) => new PerformanceLooks({ ...parts, now: () => now }),
    summing: new Summing({ ownSchema, answers, keptDaysOf: async () => 30, now: Date.now, log }),
  }
}
const workers = [openWorker(), openWorker()] as const
const { signal } = new AbortController()

/** So many predictions of a day, of which some are right, and some of which have an outcome. */
async function bring(day: number, rows: number, right: number, labelled: number): Promise<void> {
  const logged = Array.from({ length: rows }, (_, i) => ({
    at: first + day * DAY_MS + i,
    answer: i % 2,
    confidence: 0.9,
  }))
  const ids = await logRows(database, { projectId }, logged)
  const outcomes = ids.slice(0, labelled).map((i, k) => {
    const answer = k % 2
    return { i, t: logged[k]?.at, o: JSON.stringify('ab'[k < right ? answer : 1 - answer]) }
  })
  await database.owner.query(
    `insert into ml_worker.outcomes (project_id, predicted_at, prediction_id, outcome, received_at, is_matched)
     select $1, to_timestamp(t / 1000.0), i, o, now(), true from json_to_recordset($2::json) as g (i uuid, t bigint, o text)`,
    [projectId, JSON.stringify(outcomes)],
  )
}

const looksOf = async (kind: string) => {
  const { rows } = await database.owner.query(
    `select window_from as "from", window_to as "to", verdict, severity, details from ml_worker.performance_looks
     where kind = $1 order by window_to`,
    [kind],
  )
  return rows
}

t.test('nothing is judged before its outcomes have had their days, nor what is to be summed', async (t) => {
  for (const day of [0, 1, 2, 3]) await bring(day, 400, 360, 400)
  await Promise.all(workers.map(({ looks }) => looks(first + 10 * DAY_MS).look(signal)))
  t.same(await looksOf('performance'), [], 'the hours are marked')
  await database.owner.query('update ml_worker.performance_marks set due_at = now()')
  await Promise.all(workers.map(({ summing }) => summing.look()))
  await Promise.all(workers.map(({ looks }) => looks(first + 4 * DAY_MS).look(signal)))
  const looks = await looksOf('performance')
  t.same(
    looks.map(({ to, verdict }) => [to.getTime(), verdict]),
    [
      [first + DAY_MS, 'good'],
      [first + 2 * DAY_MS, 'good'],
    ],
  )
  t.match(looks[0].details, {
    metric: 'accuracy',
    value: 0.9,
    promised: 0.9,
    promised_by: 'validation_accuracy',
    outcomes: 400,
  })
})

t.test('a version that became worse is told, each window once, however many workers look', async (t) => {
  await bring(4, 400, 280, 400)
  await bring(5, 60, 42, 60)
  await bring(6, 60, 42, 60)
  await database.owner.query('update ml_worker.performance_marks set due_at = now()')
  await Promise.all(workers.map(({ summing }) => summing.look()))
  const all = [...workers, ...workers].map(({ looks }) => looks(first + 10 * DAY_MS).look(signal))
  await Promise.all(all)
  const looks = await looksOf('performance')
  t.same(
    looks.map(({ verdict, severity }) => [verdict, severity]),
    [
      ['good', null],
      ['good', null],
      ['good', null],
      ['good', null],
      ['bad', 'critical'],
      ['bad', 'critical'],
      ['bad', 'critical'],
    ],
  )
  t.equal(looks[5].from.getTime(), first + 4 * DAY_MS, 'a window with too few outcomes grows by hours before it')
  const { rows } = await database.owner.query(
    `select verdict, count(*)::int as count from ml_worker.alert_windows join ml_worker.alert_series using (series_id)
     where kind = 'performance' group by 1 order by 1`,
  )
  t.same(rows, [
    { verdict: 'bad', count: 3 },
    { verdict: 'good', count: 4 },
  ])
})

t.test('outcomes that stop to come are told', async (t) => {
  await bring(7, 400, 50, 50)
  await database.owner.query('update ml_worker.performance_marks set due_at = now()')
  await Promise.all(workers.map(({ summing }) => summing.look()))
  await Promise.all(workers.map(({ looks }) => looks(first + 10 * DAY_MS).look(signal)))
  const looks = await looksOf('coverage')
  t.same(looks.map(({ verdict, severity }) => [verdict, severity]).slice(-2), [
    ['good', null],
    ['bad', 'medium'],
  ])
  t.match(looks.at(-1).details, { rows: 400, outcomes: 50, coverage: 0.125 })
})
