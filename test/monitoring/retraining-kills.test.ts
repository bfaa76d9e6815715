// Two workers, killed at each step of a retraining from the log: it comes to one version and one deployment, and no rows are lost.
import { join } from 'node:path'
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { activeIn, approve, deployNoise, kindRows, logKinds, retrainingIn } from '../support/retraining.ts'
import { dataFolder } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { startTestProcess, type TestProcess } from '../support/worker-process.ts'

const ROWS = 1_000
/** Any constant. */
const LOCK = 4_242

t.test('a worker that is killed leaves each step to the next, and nothing is done twice', async (t) => {
  const database = await createOwnDatabase(t, ['gaussian_naive_bayes'])
  const { owner } = database
  const settings = {
    DATABASE_URL: database.url,
    LOCAL_STORAGE_DIR: await dataFolder(t),
    MODELS_DIR: join(import.meta.dirname, '../../statistical'),
    REVIEW_SELF: 'allow',
  }
  const folders = [await dataFolder(t), await dataFolder(t)] as const
  const start = (folder: string) => startTestProcess(t, { ...settings, DATA_DIR: folder })
  const holder = await owner.connect()
  t.teardown(() => holder.release())
  await owner.query(`create function public.wait_for_test() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock(${LOCK}); return new; end $$`)
  /** Kills the worker while it inserts such a row: it waits for a lock, and is gone before it gets it. */
  const killAt = async (worker: TestProcess, table: string, condition: string, act = async () => {}) => {
    await holder.query('select pg_advisory_lock($1)', [LOCK])
    await owner.query(`create trigger test before insert on ml_worker.${table} for each row when (${condition})
      execute function public.wait_for_test()`)
    await act()
    await until(async () => {
      const { rows } = await owner.query(
        "select 1 from pg_locks where locktype = 'advisory' and objid = $1 and not granted",
        [LOCK],
      )
      return rows.length > 0
    })
    await worker.end('SIGKILL')
    await holder.query('select pg_advisory_unlock($1)', [LOCK])
    await owner.query(`drop trigger test on ml_worker.${table}`)
    // As when the heartbeat of the job is missed.
    await owner.query("delete from ml_jobs.job where name = 'retrainings'")
  }

  const first = await start(folders[0])
  await until(async () => (await first.get('/api/health/ready')).status === 200)
  const projectId = await deployNoise(first, 'killed')
  await first.put('/api/projects/killed/monitoring', { log: 'all', outcome_days: 0 })
  await logKinds(first, database, { name: 'killed', projectId }, kindRows(ROWS, 3, 0.2))
  const policy = { data: 'log', promote: 'deploy', log_rows_min: 100 }
  await first.put('/api/projects/killed/retraining-policy', policy)
  let id = 0
  await killAt(first, 'datasets', "new.dataset_name = 'killed.logged.held-back'", async () => {
    id = (await first.post('/api/projects/killed/retrainings', {})).body.id
  })
  // The rows that are held back are a data set by now: another one takes its place.
  await killAt(await start(folders[1]), 'datasets', "new.dataset_name = 'killed.logged.rows'")
  const third = await start(folders[0])
  const waiting = await retrainingIn(third, 'killed', id, 'reviewing')
  t.match(waiting, { state: 'reviewing', challenger: 2, log: { rows: 800, held_back: 200 } })
  // The deployment and the end are written at once, or not at all.
  await killAt(third, 'deployments', 'new.version = 2', () => approve(third, 'killed', 2))
  const { rows: between } = await owner.query('select state from ml_worker.retrainings')
  t.same(between, [{ state: 'reviewing' }])
  const [fourth, fifth] = [await start(folders[0]), await start(folders[1])]
  t.match(await retrainingIn(fourth, 'killed', id), { outcome: 'promoted' })
  await until(async () => (await activeIn(fifth, 'killed')) === 2)

  const { rows: made } = await owner.query(
    `select (select count(*)::int from ml_worker.versions where project_id = $1) as versions,
       (select count(*)::int from ml_worker.deployments where project_id = $1 and version = 2) as deployments,
       (select count(*)::int from ml_worker.datasets where dataset_name like 'killed.logged.%' and deleted_at is null) as datasets`,
    [projectId],
  )
  t.same(made, [{ versions: 2, deployments: 1, datasets: 2 }])
  const { body } = await fourth.get(`/api/datasets/${waiting.dataset_id}/content`)
  t.equal(String(body).trim().split('\n').length, 800)
})
