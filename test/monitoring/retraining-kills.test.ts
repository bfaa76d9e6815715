// Two workers, killed at each step of a retraining from the log: it comes to one version and one deployment, and no rows are lost.
import { join } from 'node:path'
import pino from 'pino'
import t from 'tap'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { createTestDatabase } from '../support/database.ts'
import { activeIn, approve, deployNoise, kindRows, logKinds, retrainingIn } from '../support/retraining.ts'
import { dataFolder } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const ROWS = 1_000

t.test('a worker that is killed leaves each step to the next, and nothing is done twice', async (t) => {
  const database = await createTestDatabase(t)
  const { owner } = database
  await migrateOwnSchema(database.url, { log: pino({ level: 'silent' }) })
  await database.registerModel('gaussian_naive_bayes')
  const settings = {
    DATABASE_URL: database.url,
    LOCAL_STORAGE_DIR: await dataFolder(t),
    MODELS_DIR: join(import.meta.dirname, '../../statistical'),
    REVIEW_SELF: 'allow',
  }
  const folders = [await dataFolder(t), await dataFolder(t)] as const
  const start = (folder: string) => startTestProcess(t, { ...settings, DATA_DIR: folder })
  // As when the heartbeat of the job is missed.
  const jobIsDue = () => owner.query("delete from ml_jobs.job where name = 'retrainings'")
  /** Holds whatever writes to the table, kills the worker when something waits for that, and lets it go. */
  const killAt = async (worker: Awaited<ReturnType<typeof start>>, statement: string, act: () => Promise<unknown>) => {
    const holder = await owner.connect()
    await holder.query('begin')
    await holder.query('lock table ml_worker.retrainings in share row exclusive mode')
    await act()
    await until(async () => {
      const { rows } = await owner.query(
        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query ~ $1",
        [statement],
      )
      return rows.length > 0
    })
    await worker.end('SIGKILL')
    await holder.query('commit')
    holder.release()
    await jobIsDue()
  }

  const first = await start(folders[0])
  const projectId = await deployNoise(first, 'killed')
  await first.put('/api/projects/killed/monitoring', { log: 'all', outcome_days: 0 })
  await logKinds(first, database, { name: 'killed', projectId }, kindRows(ROWS, 3, 0.2))
  const policy = { data: 'log', promote: 'deploy', log_rows_min: 100 }
  await first.put('/api/projects/killed/retraining-policy', policy)
  const insert = `insert into ml_worker.retrainings (project_id, environment, cause, policy, state, requested_at,
    requested_by, changed_at) select $1, 'production', 'demand', policy, 'collecting', now(), 'anyone', now()
    from ml_worker.retraining_policies returning retraining_id::int as id`
  const { rows: begun } = await owner.query(insert, [projectId])
  const id = begun[0].id

  // While it writes down the first data set: of that nothing is seen.
  await killAt(first, 'set held_back_dataset_id', async () => {})
  const second = await start(folders[1])
  // Between the two: the first one is made anew.
  await killAt(second, 'set dataset_id', async () => {
    await owner.query('commit')
  }).catch((error) => t.fail(error))
  const third = await start(folders[0])
  const waiting = await retrainingIn(third, 'killed', id, 'reviewing')
  t.match(waiting, { state: 'reviewing', challenger: 2, log: { rows: 800, held_back: 200 } })

  // While it is deployed: the deployment and the end are one.
  await killAt(third, "set state = 'ended'|for update", () => approve(third, 'killed', 2))
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
