// What a worker that is killed or stopped leaves behind, the next one takes up.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { childrenOf, isAlive } from '../support/children.ts'
import { createTestDatabase } from '../support/database.ts'
import { dataFolder } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const good = { features: [{ a: 1 }, { a: 2 }, { a: 3 }], labels: [{ y: 'p' }, { y: 'p' }, { y: 'q' }] }

const database = await createTestDatabase(t)
for (const model of ['majority', 'held_open', 'misbehaving']) await database.registerModel(model)

/** A folder for the worker's data, a run in training that ends when `open` is written, and a run that waits for it. */
async function startWithWork(t: Test, settings: Readonly<Record<string, string>> = {}) {
  const dataDir = await dataFolder(t)
  const environment = { DATABASE_URL: database.url, DATA_DIR: dataDir, ...settings }
  const worker = await startTestProcess(t, environment)
  const open = join(dataDir, 'open')
  const running = await database.insertRun('held_open')
  const waiting = await database.insertRun('majority')
  const runningBody = { ...good, parameters: { until_exists: open } }
  for (const [model, run, body] of [
    ['held_open', running, runningBody],
    ['majority', waiting, good],
  ] as const) {
    const answer = await worker.train(model, run, body)
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  }
  await until(async () => (await database.run(running)).run_status === 'RUNNING')
  const spooled = async () => (await readdir(join(dataDir, 'spool'))).filter((name) => name.endsWith('.run'))
  return { worker, environment, open, running, waiting, runningBody, spooled }
}

t.test('after a SIGKILL the run in training and the one that waits are trained by the next worker', async (t) => {
  const { worker, environment, open, running, waiting, runningBody, spooled } = await startWithWork(t)
  await worker.end('SIGKILL')
  t.equal((await database.run(running)).run_status, 'RUNNING', 'killed in the middle')
  t.equal((await spooled()).length, 2)

  const next = await startTestProcess(t, environment)
  await until(() => next.logged.some(({ msg, runId }) => msg === 'training begins' && runId === running))
  t.equal((await next.train('held_open', running, runningBody)).status, 200, 'the same body is still accepted')
  t.equal((await next.train('held_open', running, good)).body.code, 'RUN_ACCEPTED_DIFFERENTLY')
  await writeFile(open, '')
  t.equal(await database.ended(running), 'SUCCESS')
  t.equal(await database.ended(waiting), 'SUCCESS')
  t.equal((await next.predict(running, { features: [{ a: 1 }] })).status, 200)
  await until(async () => (await spooled()).length === 0)
})

t.test('a SIGTERM during a training ends the worker in order, and the next one trains both runs', async (t) => {
  const { worker, environment, open, running, waiting, spooled } = await startWithWork(t, {
    SHUTDOWN_GRACE_SECONDS: '1',
  })
  t.equal(await worker.end('SIGTERM'), 0)
  t.equal((await database.run(running)).run_status, 'RUNNING', 'it was given its grace, and was not over')
  t.equal((await spooled()).length, 2)
  t.match(worker.logged.at(-1), { msg: 'stopped' })

  await writeFile(open, '')
  await startTestProcess(t, environment)
  t.equal(await database.ended(running), 'SUCCESS')
  t.equal(await database.ended(waiting), 'SUCCESS')
})

t.test('a training that is over within the grace of a SIGTERM is written, and no other is begun', async (t) => {
  const { worker, open, running, waiting, spooled } = await startWithWork(t, { SHUTDOWN_GRACE_SECONDS: '60' })
  const ended = worker.end('SIGTERM')
  await until(() => worker.logged.some(({ msg }) => msg === 'stopping'))
  await writeFile(open, '')
  t.equal(await ended, 0)
  t.equal((await database.run(running)).run_status, 'SUCCESS')
  t.equal((await database.run(waiting)).run_status, 'PENDING')
  t.equal((await spooled()).length, 1)
})

t.test('no trainer process outlives a worker that was killed, however busy it is', async (t) => {
  const worker = await startTestProcess(t, { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t) })
  const run = await database.insertRun('misbehaving')
  await worker.train('misbehaving', run, { ...good, parameters: { deed: 'loops_for_ever' } })
  await until(async () => (await database.run(run)).run_status === 'RUNNING')
  const children = await childrenOf(worker.child.pid as number)
  t.ok(children.length > 0)
  await worker.end('SIGKILL')
  await until(async () => !(await Promise.all(children.map(isAlive))).includes(true))
})

t.test('a spool file that is torn ends its run in FAILED, and the next one is trained', async (t) => {
  const { worker, environment, open, running, waiting, spooled } = await startWithWork(t)
  await worker.end('SIGKILL')
  const [first] = await spooled()
  const path = join(environment.DATA_DIR, 'spool', first as string)
  await writeFile(path, (await readFile(path)).subarray(0, 40))
  await writeFile(open, '')
  const next = await startTestProcess(t, environment)
  t.equal(await database.ended(running), 'FAILED')
  t.match(await database.metrics(running), { error_code: 'spool_damaged' })
  await until(() =>
    next.logged.some(({ msg, level }) => String(msg).startsWith('a spool file cannot be read') && level === 50),
  )
  t.equal(await database.ended(waiting), 'SUCCESS')
  t.ok((await readdir(join(environment.DATA_DIR, 'spool'))).includes(`${first}.bad`), 'it is kept for an operator')
})

t.test('a worker that cannot be configured says every fault in one line and ends', async (t) => {
  await t.rejects(
    startTestProcess(t, { PORT: 'many', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://' }),
    /ended with 1: The configuration has faults: .+\n$/,
  )
})
