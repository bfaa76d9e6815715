// Looks at windows that are over: each is made once, whatever workers do at once or are killed in, and tells the alerts once.
import pino from 'pino'
import t, { type Test } from 'tap'
import type { Signal } from '../../src/alerts/signals.ts'
import type { Baseline } from '../../src/cells/baseline.ts'
import { OwnSchema } from '../../src/database/own-schema/own-schema.ts'
import { createPool } from '../../src/database/pool.ts'
import { KeyRing } from '../../src/encryption/key-ring.ts'
import { StoredResults } from '../../src/model-runs/stored-results.ts'
import { Baselines } from '../../src/monitoring/cells/baselines.ts'
import { CellCounts } from '../../src/monitoring/cells/cell-counts.ts'
import { Looks } from '../../src/monitoring/drift/looks.ts'
import { DAY_MS } from '../../src/monitoring/drift/windows.ts'
import { DEFAULT_WORDS } from '../../src/monitoring/log/monitoring-schemas.ts'
import { createOwnDatabase } from '../support/database.ts'
import { deploy, deployableProject } from '../support/deployed.ts'
import { insertCounts, monitoredCsv } from '../support/monitored.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const ROWS = 2_000
const log = pino({ level: 'silent' })
const database = await createOwnDatabase(t, ['forest'])
const { owner } = database
const pool = createPool(database.url, log)
t.teardown(() => pool.close())
const ownSchema = new OwnSchema({ pool })
const baselines = new Baselines(new StoredResults(pool, new KeyRing([])))
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
/** The start of a day, so many days ago. */
const dayAgo = (days: number): Date => new Date(today - days * DAY_MS)

/** What one worker has, an hour after the beginning of today. */
function openLooks(told: Signal[], failures: string[] = []): Looks {
  return new Looks({
    ownSchema,
    counts: new CellCounts({ pool, baselines, save: async () => {} }),
    settings: { of: async () => ({ ...DEFAULT_WORDS, calibration_windows: 0 }) },
    signals: {
      async tell(_, signal) {
        told.push(signal)
      },
    },
    onLook: () => {},
    onFailure: () => failures.push('failed'),
    log,
    now: () => today + 3_600_000,
  })
}

const makeDue = (...looks: Looks[]) => Promise.all(looks.map((each) => each.makeDue(new AbortController().signal)))
const looksOf = async (project: string) => {
  const { rows } = await owner.query(
    `select window_to as "to", window_from as "from", state, severity, drifted, quality_state, row_count::int as rows
     from ml_worker.drift_looks join ml_worker.projects using (project_id) where project_name = $1 order by window_to`,
    [project],
  )
  return rows
}

/** A project whose first version has been active for eight days, with counts of all of them but the last two, which drift. */
async function watched(t: Test, name: string): Promise<{ deploymentId: number; baseline: Baseline }> {
  const service = await startTestService(t, { DATABASE_URL: database.url, REVIEW_SELF: 'allow' })
  const { versions } = await deployableProject(service, name, ['forest'], { csv: monitoredCsv(3_000, 1) })
  const deploymentId = await deploy(service, name, 1)
  await owner.query('update ml_worker.deployments set active_from = $2 where deployment_id = $1', [
    deploymentId,
    dayAgo(8),
  ])
  const baseline = (await baselines.of(versions[0]?.run as number)) as Baseline
  for (let day = 1; day <= 6; day++) {
    const hour = new Date(dayAgo(day).getTime() + 5 * 3_600_000)
    await insertCounts(owner, { deploymentId, hour, baseline, rows: ROWS, seed: day, isShifted: day <= 2 })
  }
  await service.service.close()
  return { deploymentId, baseline }
}

t.test('two workers make one look of each window, and tell the alerts of each once', async (t) => {
  const { deploymentId, baseline } = await watched(t, 'twice')
  const told: Signal[] = []
  const failures: string[] = []
  const [first, second] = [openLooks(told, failures), openLooks(told, failures)]
  await makeDue(first, second)
  const looks = await looksOf('twice')
  t.same(failures, [])
  t.same(
    looks.map(({ to }) => to),
    [7, 6, 5, 4, 3, 2, 1, 0].map(dayAgo),
  )
  t.same(
    looks.map(({ state }) => state),
    ['insufficient_data', 'insufficient_data', 'ok', 'ok', 'ok', 'ok', 'drift', 'drift'],
  )
  t.match(looks.at(-1), { severity: 'critical', drifted: 1, quality_state: 'ok', rows: ROWS })
  for (const kind of ['drift', 'data_quality']) {
    const verdicts = told
      .filter((signal) => signal.kind === kind)
      .sort((a, b) => a.window.to.getTime() - b.window.to.getTime())
      .map(({ verdict }) => verdict)
    const judged = kind === 'drift' ? ['good', 'good', 'good', 'good', 'bad', 'bad'] : Array(6).fill('good')
    t.same(verdicts, ['insufficient_data', 'insufficient_data', ...judged], kind)
  }
  t.match(
    told.find(({ verdict }) => verdict === 'bad'),
    {
      environment: 'production',
      version: 1,
      severity: 'critical',
      details: { drifted: 1, columns: [{ name: 'amount' }] },
    },
  )
  // What comes late is counted, and the window is not looked at again.
  const hour = dayAgo(1)
  await insertCounts(owner, { deploymentId, hour, baseline, rows: 10, seed: 9 })
  await makeDue(first, openLooks(told))
  t.same(await looksOf('twice'), looks)
  t.equal(told.length, 16)
})

t.test('a look whose worker is killed is made by the next one', async (t) => {
  await watched(t, 'killed')
  const settings = { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: await dataFolder(t) }
  const start = async () => startTestProcess(t, { ...settings, DATA_DIR: await dataFolder(t) })
  // The job is due at once, whatever came before.
  const jobIsDue = () => owner.query("delete from ml_jobs.job where name = 'drift-looks'")
  await jobIsDue()
  const holder = await owner.connect()
  await holder.query('begin')
  await holder.query('lock table ml_worker.drift_looks in share row exclusive mode')
  const first = await start()
  await until(async () => {
    const { rows } = await owner.query(
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into ml_worker.drift_looks%'`,
    )
    return rows.length > 0
  })
  await first.end('SIGKILL')
  await holder.query('commit')
  holder.release()
  // As when the heartbeat of the job is missed.
  await jobIsDue()
  await start()
  await until(async () => (await looksOf('killed')).length >= 8)
  const looks = await looksOf('killed')
  t.same(new Set(looks.map(({ to }) => to.getTime())).size, looks.length)
  t.equal(looks.at(-1)?.state, 'drift')
})
