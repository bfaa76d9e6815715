// Several workers, on one database or one folder: each run is trained by one, and ended by no other.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { begun, dataFolder, gate, heldBy, openGate, runsOf } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const database = await createTestDatabase(t)
for (const model of ['majority', 'held_open']) await database.registerModel(model)
const { isRunning, accepted, inTraining, failureOf, terminate } = runsOf(database)

t.test(
  'a second worker on the same folder ends at once with one line, and starts once the first is killed',
  async (t) => {
    const dataDir = await dataFolder(t)
    const environment = { DATABASE_URL: database.url, DATA_DIR: dataDir }
    const first = await startTestProcess(t, environment)
    const message = `the service ended with 1: DATA_DIR ${dataDir} is in use by another worker\n`
    await t.rejects(startTestProcess(t, environment), { message })
    t.equal((await first.get('/api/health/live')).status, 200, 'the first goes on')
    await first.end('SIGKILL')
    const next = await startTestProcess(t, environment)
    t.equal(await database.ended(await accepted(next, 'majority')), 'SUCCESS')
  },
)

t.test('two workers on one database', async (t) => {
  const settings = async () => ({ DATA_DIR: await dataFolder(t), RECOVERY_GRACE_SECONDS: '1' })
  // By their names the tests can tell whose connections they see. The one that holds the locks keeps a name of its own.
  const named = (name: string): string => `${database.url}?application_name=${name}`
  const environmentA = { ...(await settings()), DATABASE_URL: named('worker-a') }
  let a = await startTestProcess(t, environmentA)
  const b = await startTestProcess(t, { ...(await settings()), DATABASE_URL: named('worker-b') })

  t.test('accept a run once when it is posted to both at the same time', async (t) => {
    const path = gate(t)
    const runs = await Promise.all(Array.from({ length: 6 }, () => database.insertRun('held_open')))
    for (const run of runs) {
      const answers = await Promise.all([a, b].map((worker) => worker.train('held_open', run, heldBy(path))))
      t.same(answers.map(({ status }) => status).sort(), [200, 409])
      t.equal(answers.find(({ status }) => status === 409)?.body.code, 'RUN_HELD_ELSEWHERE')
    }
    await openGate(path)
    for (const run of runs) t.equal(await database.ended(run), 'SUCCESS')
    for (const run of runs) t.equal(begun(a, run) + begun(b, run), 1)
  })

  t.test('leave alone what the other holds, also when that loses its connections in a long training', async (t) => {
    const path = gate(t)
    const run = await inTraining(a, path)
    await terminate('worker-a')
    await terminate(`ml-worker-locks-${await readFile(join(environmentA.DATA_DIR, 'worker-id'), 'utf8')}`)
    await looksOf('worker-b', 2)
    t.ok(await isRunning(run), 'its locks are taken again while it trains')
    await openGate(path)
    t.equal(await database.ended(run), 'SUCCESS')
    t.equal(begun(a, run), 1)
  })

  t.test('end as interrupted what the other left RUNNING and does not come back to', async (t) => {
    const run = await inTraining(a, gate(t))
    await a.end('SIGKILL')
    t.equal(await failureOf(run), 'interrupted')
    t.match((await database.metrics(run))['error_message'], /no worker held the run for 1 s/)

    a = await startTestProcess(t, environmentA)
    await until(() => a.logged.some(({ msg, runId }) => /its training is dropped/.test(String(msg)) && runId === run))
    t.equal(begun(a, run), 0, 'the other comes back too late')
    t.equal((await database.run(run)).run_status, 'FAILED')
  })
})

t.test('a worker that comes back within the grace trains what it had, and the other one waits for it', async (t) => {
  const dataDir = await dataFolder(t)
  const environment = { DATABASE_URL: database.url, DATA_DIR: dataDir }
  const other = await startTestProcess(t, {
    DATABASE_URL: `${database.url}?application_name=patient`,
    DATA_DIR: await dataFolder(t),
    RECOVERY_GRACE_SECONDS: '600',
  })
  const path = gate(t)
  const first = await startTestProcess(t, environment)
  const run = await inTraining(first, path)
  await first.end('SIGKILL')
  await looksOf('patient', 1)
  t.ok(await isRunning(run), 'the other has seen it without an owner')
  await openGate(path)
  const next = await startTestProcess(t, environment)
  t.equal(await database.ended(run), 'SUCCESS')
  t.equal(begun(next, run), 1)
  t.equal(begun(other, run), 0)
})

/** Resolves when the worker has begun so many looks for runs without an owner from now on, and ended all but the last. */
async function looksOf(name: string, count: number): Promise<void> {
  const { rows } = await database.owner.query(`select clock_timestamp()::text as now`)
  const looks = new Set<string>()
  await until(async () => {
    const { rows: sessions } = await database.owner.query<{ began: string }>(
      `select query_start::text as began from pg_stat_activity
       where application_name = $1 and datname = current_database() and query_start > $2
         and query like '%r.run_status = ''RUNNING''%'`,
      [name, rows[0].now],
    )
    for (const { began } of sessions) looks.add(began)
    return looks.size > count
  })
}
