// Disk, database, lines and system in trouble at the worst moment: every accepted run has its end all the same.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdir, symlink, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pino from 'pino'
import t, { type Test } from 'tap'
import { RUN_LOCKS } from '../../src/database/lock-kinds.ts'
import { LockSession } from '../../src/database/lock-session.ts'
import { startSilentProxy } from '../chaos/silent-proxy.ts'
import { killChildrenOf } from '../support/children.ts'
import { createTestDatabase } from '../support/database.ts'
import { begun, dataFolder, gate, heldBy, openGate, runsOf, spoolNames } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const run = promisify(execFile)
const database = await createTestDatabase(t)
for (const model of ['majority', 'held_open', 'many_metrics']) await database.registerModel(model)
const { isRunning, accepted, inTraining, failureOf } = runsOf(database)

/** Resolves when the outcome of a training lies in the spool. */
const outcomeIsSpooled = (dataDir: string): Promise<void> =>
  until(async () => (await spoolNames(dataDir)).some((name) => name.endsWith('.outcome')))

/** A worker whose way to the database can be shut, with one run in training until the gate opens. */
async function withProxy(t: Test) {
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const worker = await startTestService(t, { DATABASE_URL: proxy.url })
  const path = gate(t)
  return { proxy, worker, path, held: await inTraining(worker, path) }
}

// A device that takes nothing, in the place of the file that is written.
for (const [what, ending] of [
  ['the artifact', '1.artifact'],
  ['the outcome', 'outcome.part'],
  ['the number of attempts', 'attempts.part'],
] as const) {
  t.test(`a disk that is full when ${what} is written ends the run as FAILED, and only that`, async (t) => {
    const worker = await startTestService(t, { DATABASE_URL: database.url })
    const path = gate(t)
    const before = await inTraining(worker, path)
    const full = await accepted(worker, 'majority')
    const after = await accepted(worker, 'majority')
    const file = (await spoolNames(worker.dataDir)).find((name) => name.endsWith(`-${full}.run`))
    await symlink('/dev/full', join(worker.dataDir, 'spool', `${file}.${ending}`))
    await openGate(path)
    t.equal(await database.ended(before), 'SUCCESS')
    t.equal(await failureOf(full), 'disk_full')
    t.equal(await database.ended(after), 'SUCCESS')
    await until(async () => (await spoolNames(worker.dataDir)).length === 0)
  })
}

t.test('a run whose lock another took for a while has the end of its training when it is free again', async (t) => {
  const { proxy, worker, path, held } = await withProxy(t)
  await proxy.shut()
  await openGate(path)
  await outcomeIsSpooled(worker.dataDir)
  const session = new LockSession(database.url, randomUUID(), pino({ level: 'silent' }))
  t.teardown(() => session.close())
  const other = session.of(RUN_LOCKS)
  await until(() => other.tryLock(held))
  await proxy.open()
  t.equal(await database.ended(await accepted(worker, 'majority')), 'SUCCESS', 'others are not held up')
  t.ok(await isRunning(held))
  const cancelled = await worker.post(`/api/runs/${held}/cancel`, '')
  t.equal(cancelled.status, 409)
  t.equal(cancelled.body.code, 'RUN_HELD_ELSEWHERE')
  await other.unlock(held)
  t.ok(['SUCCESS', 'FAILED'].includes(await database.ended(held)))
  t.equal(begun(worker, held), 1)
  await until(async () => (await spoolNames(worker.dataDir)).length === 0)
})

t.test('cancelling while the database is away answers 503, and the run is cancelled when it is back', async (t) => {
  const { proxy, worker, held } = await withProxy(t)
  await proxy.shut()
  const answer = await worker.post(`/api/runs/${held}/cancel`, '')
  t.equal(answer.status, 503)
  t.equal(answer.body.code, 'DATABASE_UNAVAILABLE')
  await proxy.open()
  t.equal(await failureOf(held), 'cancelled')
})

t.test('an end that the database refuses is tried again until it is taken, and holds up no other run', async (t) => {
  const worker = await startTestService(t, { DATABASE_URL: database.url })
  const path = gate(t)
  const refused = await inTraining(worker, path)
  await database.owner.query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise 'not today'; end $$;
    create trigger refusing before update on model_runs for each row
    when (new.id = ${refused} and new.run_status in ('SUCCESS', 'FAILED')) execute function refuse()`)
  await openGate(path)
  const other = await accepted(worker, 'majority')
  t.equal(await database.ended(other), 'SUCCESS')
  await until(() => worker.logged.filter(({ msg }) => /its end cannot be written/.test(String(msg))).length > 1)
  t.ok(await isRunning(refused))
  await database.owner.query('drop trigger refusing on model_runs')
  t.equal(await database.ended(refused), 'SUCCESS')
  t.equal(begun(worker, refused), 1, 'the training was not repeated')
})

t.test('an artifact that is more than the database takes ends its run as FAILED', async (t) => {
  const { proxy, worker, path, held } = await withProxy(t)
  await proxy.shut()
  await openGate(path)
  await outcomeIsSpooled(worker.dataDir)
  const name = (await spoolNames(worker.dataDir)).find((candidate) => candidate.endsWith('.artifact'))
  await truncate(join(worker.dataDir, 'spool', name as string), 2 ** 30)
  await proxy.open()
  t.equal(await failureOf(held), 'artifact_too_large')
  t.match((await database.metrics(held))['error_message'], /has 1073741824 bytes/)
})

t.test('a worker on a line that went silent stops in order', async (t) => {
  const proxy = await startSilentProxy(() => Number(new URL(database.url).port || 5432))
  t.teardown(() => proxy.close())
  const url = Object.assign(new URL(database.url), { hostname: '127.0.0.1', port: String(proxy.port) }).href
  const dataDir = await dataFolder(t)
  const worker = await startTestProcess(t, { DATABASE_URL: url, DATA_DIR: dataDir, SHUTDOWN_GRACE_SECONDS: '1' })
  const path = gate(t)
  const held = await inTraining(worker, path)
  const waiting = await database.insertRun('majority')
  proxy.silence()
  await openGate(path)
  await outcomeIsSpooled(dataDir)
  const body = { features: [{ a: 1 }], labels: [{ y: 1 }] }
  const asked = worker.train('majority', waiting, body).then(
    ({ status }) => status,
    () => 'no answer',
  )
  t.equal(await worker.end('SIGTERM'), 0)
  t.match(worker.logged.at(-1), { msg: 'stopped' })
  t.ok([503, 'no answer'].includes(await asked))
  await startTestProcess(t, { DATABASE_URL: database.url, DATA_DIR: dataDir })
  t.equal(await database.ended(held), 'SUCCESS')
})

t.test('a second signal ends the worker at once, and nothing is lost', async (t) => {
  const environment = { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t), SHUTDOWN_GRACE_SECONDS: '3600' }
  const worker = await startTestProcess(t, environment)
  const path = gate(t)
  const held = await inTraining(worker, path)
  const ended = worker.end('SIGTERM')
  await until(() => worker.logged.some(({ msg }) => msg === 'stopping'))
  worker.child.kill('SIGTERM')
  t.equal(await ended, 1)
  t.ok(await isRunning(held))
  await openGate(path)
  await startTestProcess(t, environment)
  t.equal(await database.ended(held), 'SUCCESS')
})

t.test(
  'a system without a file descriptor for the trainer makes the worker not ready, until there are some',
  async (t) => {
    const worker = await startTestProcess(t, { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t) })
    await until(async () => (await worker.get('/api/health')).status === 200)
    const pid = worker.child.pid as number
    const limitFiles = (max: number) => run('prlimit', ['--pid', String(pid), `--nofile=${max}:`])
    await until(async () => {
      await killChildrenOf(pid)
      // Four more are enough for a request, and too few for a process and its pipes.
      await limitFiles(nthFree((await readdir(`/proc/${pid}/fd`)).map(Number), 4) + 1)
      const { body } = await worker.get('/api/health')
      return /cannot wait for work: the system has no more/.test(body.checks.trainer.detail)
    })
    t.equal((await worker.get('/api/health/ready')).status, 503)
    t.equal((await worker.get('/api/health/live')).status, 200)
    await limitFiles(4096)
    await until(async () => (await worker.get('/api/health')).status === 200)
    const path = gate(t)
    await openGate(path)
    t.equal(await database.ended(await accepted(worker, 'held_open', heldBy(path))), 'SUCCESS')
  },
)

/** The n-th number that is not among those used; a limit on open files is one on their numbers. */
function nthFree(used: readonly number[], n: number): number {
  let free = 0
  for (let number = 0; ; number++) if (!used.includes(number) && ++free === n) return number
}

t.test('hundreds of thousands of metrics are bounded, and told; the run has one end', async (t) => {
  const worker = await startTestService(t, { DATABASE_URL: database.url })
  const many = await accepted(worker, 'many_metrics')
  t.equal(await database.ended(many), 'SUCCESS')
  t.equal(begun(worker, many), 1)
  const metrics = await database.metrics(many)
  t.equal(Object.keys(metrics).length, 10_000)
  t.match(metrics, { accuracy: '1', training_rows: /^\d+$/, 'part.0': '0' })
  t.equal(await database.ended(await accepted(worker, 'majority')), 'SUCCESS')
})
