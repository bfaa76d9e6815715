// What a kill leaves of a look: all of it, or nothing; and a decision is taken once, by whichever worker.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { ExperimentStory } from '../support/experiment-story.ts'
import { experimentProject, startExperiment, twoArms } from '../support/experiments.ts'
import { dataFolder } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

t.test('a worker that is killed in the middle of its look has decided nothing; another one decides', async (t) => {
  const database = await createOwnDatabase(t)
  for (const model of ['forest', 'majority']) await database.registerModel(model)
  const storage = await dataFolder(t)
  const start = async () => {
    const settings = { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: storage, REVIEW_SELF: 'allow' }
    const worker = await startTestProcess(t, { ...settings, DATA_DIR: await dataFolder(t) })
    await until(async () => (await worker.get('/api/projects')).status === 200)
    return worker
  }
  const first = await start()
  const { path } = await experimentProject(first, 'kinds', ['majority', 'forest'])
  const plan = { min_sample_size: 50, auto_promote: true }
  const id = await startExperiment(first, path, twoArms('killed', plan))
  const story = new ExperimentStory(database, first, 'kinds', id)
  await story.traffic.begun(first)
  const told = await story.ask(Array.from({ length: 200 }, (_, i) => `user ${i}`))

  await story.tell(told)
  // Whoever looks waits for this row, with all counted and judged, and nothing written.
  const held = await database.owner.connect()
  await held.query('begin')
  await held.query('select from ml_worker.experiments where experiment_id = $1 for no key update', [id])
  await until(async () => {
    await story.comeDue()
    const { rows } = await database.owner.query(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%for update of e'`,
    )
    return rows[0].n > 0
  })
  await first.end('SIGKILL')
  await held.query('rollback')
  held.release()
  const state = async () => {
    const { rows } = await database.owner.query(
      `select e.state, e.outcome, (select count(*)::int from ml_worker.experiment_looks l where l.experiment_id = $1 and is_deciding) as deciding,
         (select count(*)::int from ml_worker.audit_events where action = 'experiment.conclude') as concluded,
         (select count(*)::int from ml_worker.audit_events where action = 'experiment.promote') as promoted,
         (select count(*)::int from ml_worker.notices where notice_type = 'experiment.concluded') as told
       from ml_worker.experiments e where e.experiment_id = $1`,
      [id],
    )
    return rows[0]
  }
  const before = await state()
  t.ok(before.state === 'running' || before.deciding === 1, 'nothing, or all of it')

  // Two workers look at once from now on.
  const [second] = await Promise.all([start(), start()])
  await until(async () => {
    await story.comeDue()
    return (await state()).state === 'concluded'
  })
  t.match(await state(), { outcome: 'winner', deciding: 1, concluded: 1, promoted: 1, told: 1 })
  await until(async () => (await second.get('/api/projects/kinds/environments/production/current')).body.version === 2)
})
