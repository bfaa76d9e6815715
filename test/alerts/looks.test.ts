// What the worker looks at itself: trainings and deployments that fail, a queue that does not move, slow and failed answers.
import pino from 'pino'
import t from 'tap'
import { AlertLooks } from '../../src/alerts/looks.ts'
import { CountedDeployments } from '../../src/deployments/serving/deployment-counts.ts'
import { cellOf } from '../../src/deployments/serving/latency-cells.ts'
import { saveMinutes } from '../../src/deployments/serving/metrics-table.ts'
import { AnswerFigures } from '../../src/deployments/serving/window-figures.ts'
import { openAlertWorker, ruleWith, TESTER } from '../support/alert-worker.ts'
import { createOwnDatabase } from '../support/database.ts'
import { insertVersions } from '../support/versions.ts'

const MINUTE_MS = 60_000

const database = await createOwnDatabase(t)
const project = await insertVersions(database, 'looked-at', 2)
const worker = openAlertWorker(t, database)
const { ownSchema, signals, now } = worker
const log = pino({ level: 'silent' })
const counted = new CountedDeployments({
  save: (process, minutes) => saveMinutes(ownSchema.pool, process, minutes),
  log,
})
const failed: string[] = []
const onFailed = (part: string): void => void failed.push(part)
/** As a worker has it that has not looked yet. */
const openLooks = () =>
  new AlertLooks({ ownSchema, signals, figures: new AnswerFigures({ ownSchema, counted }), onFailed, log, now })
const looks = openLooks()
const look = () => looks.look(new AbortController().signal)
const alertsOf = (kind: Parameters<typeof ruleWith>[0]) => worker.alerts.list('looked-at', { kind }, 10)
const ago = (minutes: number): Date => new Date(now().getTime() - minutes * MINUTE_MS)

let run = 0
const insertTraining = async (state: string, reason: string | null, requestedAt: Date, endedAt: Date | null) => {
  run += 1
  await database.owner.query(
    `insert into ml_worker.version_trainings
       (run_id, project_id, request, dataset_id, state, reason, requested_at, requested_by, ended_at)
     select $1, $2, '{}', dataset_id, $3, $4, $5, 'anyone', $6 from ml_worker.datasets limit 1`,
    [run, project, state, reason, requestedAt, endedAt],
  )
  return run
}

const insertDeployment = async (version: number, status: string, activeFrom: Date | null, endedAt: Date | null) => {
  const { rows } = await database.owner.query(
    `insert into ml_worker.deployments
       (project_id, environment, version, run_id, model_name, target, settings, instances, origin, deactivate_others,
        status, reason, requested_at, requested_by, request_digest, active_from, ended_at, step, failures, try_after,
        attempt)
     values ($1, 'production', $2::int, $2::int, 'majority', 'local', '{}', 1, 'deploy', false, $3, 'refused', $4, 'anyone', 'x',
       $5, $6, 'done', 0, now(), 0) returning deployment_id::int as id`,
    [project, version, status, ago(30), activeFrom, endedAt],
  )
  return rows[0].id as number
}

t.test(
  'a training that failed fires once, and the next that succeeds resolves; a cancelled one is neither',
  async (t) => {
    await insertTraining('failed', 'cancelled: a caller cancelled it', ago(50), ago(49))
    await look()
    t.same(await alertsOf('training_failed'), [])
    const failed = await insertTraining('failed', 'data_unusable: the label "x" of row 7', ago(40), ago(39))
    await look()
    await look()
    const [alert, ...others] = await alertsOf('training_failed')
    t.same(others, [])
    t.match(alert, { state: 'firing', severity: 'medium', environment: null, version: null })
    t.same(alert?.details, { model_run_id: failed, error_code: 'data_unusable' }, 'no words of the failure')
    await insertTraining('succeeded', null, ago(30), ago(29))
    await look()
    t.match(await alertsOf('training_failed'), [{ state: 'resolved' }])
  },
)

t.test('a deployment that failed fires in its environment, and the next that becomes active resolves', async (t) => {
  const id = await insertDeployment(1, 'failed', null, ago(20))
  await look()
  await look()
  t.match(await alertsOf('deployment_failed'), [
    { state: 'firing', environment: 'production', details: { deployment: id, deployed_version: 1, reason: 'refused' } },
  ])
  await insertDeployment(2, 'active', ago(18), null)
  await look()
  t.match(await alertsOf('deployment_failed'), [{ state: 'resolved' }])
})

t.test('a queue that does not move fires after the windows of its rule, and resolves when it does', async (t) => {
  const rule = ruleWith('queue', { threshold: 600, resolveThreshold: 300, cooldownSeconds: 0 })
  await worker.rules.put({ project: 'looked-at', kind: 'queue', ifMatch: undefined }, rule, TESTER)
  const waiting = await insertTraining('training', null, ago(25), null)
  await look()
  await look()
  t.match(await alertsOf('queue'), [{ state: 'pending', severity: 'high' }], 'one window, however often it is told')
  worker.pass(300)
  await look()
  t.match(await alertsOf('queue'), [{ state: 'firing', severity: 'high', details: { trainings: 1 } }])
  await database.owner.query(
    `update ml_worker.version_trainings set state = 'succeeded', ended_at = now() where run_id = $1`,
    [waiting],
  )
  for (let window = 0; window < 3; window++) {
    worker.pass(300)
    await look()
  }
  t.match(await alertsOf('queue'), [{ state: 'resolved' }])
})

t.test(
  'slow and failed answers of a deployment fire by windows of five minutes; few requests say nothing',
  async (t) => {
    const { rows } = await database.owner.query(
      `update ml_worker.deployments set active_from = $1 where status = 'active' returning deployment_id::int as id`,
      [ago(58)],
    )
    const deploymentId = rows[0].id as number
    const step = (back: number): number => Math.floor((now().getTime() - 30_000) / 300_000) * 300_000 - back * 300_000
    const answered = (startsAt: number, requests: number, failures: number, seconds: number) =>
      saveMinutes(ownSchema.pool, counted.processId, [
        {
          ...{ deploymentId, startsAt, requests, rows: requests, failures, errors: {} },
          ...{ latencyCells: [cellOf(seconds)], latencyCounts: [requests] },
        },
      ])
    // Of the five last windows that say something three are bad; between them are two with too few requests.
    await answered(step(8), 100, 0, 0.01)
    await answered(step(7), 100, 7, 3)
    await answered(step(6), 19, 19, 60)
    await answered(step(5), 100, 7, 3)
    await answered(step(3), 100, 0, 0.01)
    await openLooks().look(new AbortController().signal)
    t.match(await alertsOf('errors'), [{ state: 'pending', environment: 'production', version: 2 }])
    await answered(step(2), 100, 12, 3)
    await openLooks().look(new AbortController().signal)
    t.match(await alertsOf('errors'), [
      {
        state: 'firing',
        severity: 'high',
        details: { deployment: deploymentId, requests: 100, failures: 12, share: 0.12 },
      },
    ])
    const [slow] = await alertsOf('latency')
    t.match(slow, { state: 'firing', severity: 'high' })
    t.ok(Math.abs((slow?.details['p95_ms'] as number) - 3_000) < 300, 'within a cell of three seconds')
  },
)

t.test('a part of a look that fails keeps none of the others', async (t) => {
  await database.owner.query('alter table ml_worker.version_trainings rename to elsewhere')
  await insertDeployment(1, 'failed', null, ago(1))
  await look()
  t.match(await alertsOf('deployment_failed'), [{ state: 'firing' }, { state: 'resolved' }])
  t.same(failed, ['trainings', 'queues'])
})
