// The promises of docs/reliability.md that need HTTP, PostgreSQL and processes, each broken on purpose.
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { childrenOf, isAlive } from '../support/children.ts'
import { createTestDatabase } from '../support/database.ts'
import { begun, dataFolder, gate, heldBy, openGate, runsOf, spoolNames } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'
import { startTestProcess, type TestProcess } from '../support/worker-process.ts'

const database = await createTestDatabase(t)
for (const model of ['majority', 'held_open', 'noisy']) await database.registerModel(model)
const { isRunning, accepted, inTraining, failureOf, terminate } = runsOf(database)
const row = { features: [{ a: 1 }] }

t.test('cancelling', async (t) => {
  const worker = await startTestService(t, { DATABASE_URL: database.url })
  const cancel = (run: number | string) => worker.post(`/api/runs/${run}/cancel`, '')

  t.test('a running training is FAILED and its process gone when the call is answered', async (t) => {
    const run = await inTraining(worker, gate(t))
    const [trainer] = await childrenOf(process.pid)
    t.ok(trainer)
    const answer = await cancel(run)
    t.notOk(await isAlive(trainer as number))
    t.equal(answer.status, 200)
    t.same(answer.body, { status: 'cancelled', model_run_id: run })
    t.equal(await failureOf(run), 'cancelled')
    t.same(await spoolNames(worker.dataDir), [])
  })

  t.test('a waiting one is FAILED at once and never begins, and the one before it goes on', async (t) => {
    const path = gate(t)
    const running = await inTraining(worker, path)
    const waiting = await accepted(worker, 'majority')
    t.equal((await cancel(waiting)).status, 200)
    t.equal(await failureOf(waiting), 'cancelled')
    t.ok(await isRunning(running))
    await openGate(path)
    t.equal(await database.ended(running), 'SUCCESS')
    t.equal(begun(worker, waiting), 0)
  })

  t.test('right after the acceptance it ends the training, whatever it was about to do', async (t) => {
    for (let i = 0; i < 8; i++) {
      const run = await accepted(worker, 'held_open', heldBy(gate(t)))
      await until(() => i % 2 === 0 || isRunning(run))
      t.equal((await cancel(run)).status, 200)
      t.equal(await failureOf(run), 'cancelled')
    }
  })

  t.test('a finished one answers 409, and one that nobody knows 404', async (t) => {
    const run = await accepted(worker, 'majority')
    t.equal(await database.ended(run), 'SUCCESS', 'the training after those that were cancelled works')
    await until(async () => (await spoolNames(worker.dataDir)).length === 0)
    const finished = await cancel(run)
    t.equal(finished.status, 409)
    t.equal(finished.body.code, 'RUN_FINISHED')
    const unknown = await cancel(2_000_000_000)
    t.equal(unknown.status, 404)
    t.equal(unknown.body.code, 'RUN_UNKNOWN')
    t.equal((await cancel('none')).status, 400)
    t.equal((await database.run(run)).run_status, 'SUCCESS')
  })
})

t.test('a model class that writes nonsense wherever it can ends its own run at the most', async (t) => {
  const worker = await startTestService(t, { DATABASE_URL: database.url })
  t.equal(await database.ended(await accepted(worker, 'noisy')), 'SUCCESS', 'nonsense is passed over')
  const liar = await accepted(worker, 'noisy', { ...good, parameters: { noise: 'false_end' } })
  t.equal(await failureOf(liar), 'trainer_died')
  t.match((await database.metrics(liar))['error_message'], /left no outcome/)
  t.equal(await database.ended(await accepted(worker, 'majority')), 'SUCCESS')
  t.ok(
    worker.logged.every((line) => JSON.stringify(line).length < 100_000),
    'no line of the log is without bound',
  )
})

t.test('a disk that takes nothing is 503 before the acceptance, and nothing is kept', async (t) => {
  const worker = await startTestService(t, { DATABASE_URL: database.url })
  await worker.service.whenReconciled
  await until(async () => (await worker.get('/api/health/ready')).status === 200)
  const folder = join(worker.dataDir, 'spool')
  const run = await database.insertRun('majority')
  const before = await database.snapshot()
  await rename(folder, `${folder}.away`)
  await writeFile(folder, '')
  const answer = await worker.train('majority', run, good)
  t.equal(answer.status, 503)
  t.equal(answer.body.code, 'DISK_UNAVAILABLE')
  const ready = await worker.get('/api/health/ready')
  t.equal(ready.status, 503)
  t.match(ready.body.checks, { disk: { ok: false, detail: /ENOTDIR|EEXIST/ }, database: { ok: true } })
  t.equal(await database.snapshot(), before, 'the run is untouched')

  await rm(folder)
  await rename(`${folder}.away`, folder)
  t.same(await spoolNames(worker.dataDir), [])
  t.equal((await worker.get('/api/health/ready')).status, 200)
  t.equal((await worker.train('majority', run, good)).status, 200, 'the same run can be sent again')
  t.equal(await database.ended(run), 'SUCCESS')
})

t.test('a trainer that cannot be started makes the worker not ready and says why, until it can', async (t) => {
  const before = process.env['NODE_OPTIONS']
  const restore = (): void => {
    if (before === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = before
  }
  t.teardown(restore)
  // Only what this process starts from now on reads it: the trainer.
  process.env['NODE_OPTIONS'] = '--require=/not/there.cjs'
  const worker = await startTestService(t, { DATABASE_URL: database.url })
  await worker.service.whenReconciled
  await until(() => worker.logged.some(({ msg }) => msg === 'the waiting trainer process ended'))
  await until(async () => (await worker.get('/api/health/ready')).body.checks.trainer.detail.includes('code 1'))
  const { status, body } = await worker.get('/api/health/ready')
  t.equal(status, 503)
  t.match(body.checks, {
    trainer: { ok: false, detail: 'its process cannot wait for work: ended with code 1' },
    database: { ok: true },
    models: { ok: true },
    disk: { ok: true },
  })
  await until(() => worker.logged.some(({ line }) => /Cannot find module '\/not\/there\.cjs'/.test(String(line))))
  t.equal((await worker.get('/api/health/live')).status, 200)
  restore()
  await until(async () => (await worker.get('/api/health/ready')).status === 200)
  t.equal(await database.ended(await accepted(worker, 'majority')), 'SUCCESS')
})

t.test('a training whose every connection is terminated ends in SUCCESS, written once', async (t) => {
  const worker = await startTestService(t, { DATABASE_URL: database.url })
  const path = gate(t)
  const run = await inTraining(worker, path)
  await terminate('ml-worker%')
  await openGate(path)
  t.equal(await database.ended(run), 'SUCCESS')
  t.equal(begun(worker, run), 1)
  const { rows } = await database.owner.query(
    `select count(*)::int as n from model_run_metrics where model_run_id = $1 group by metric_name`,
    [run],
  )
  t.ok(rows.length > 0)
  t.ok(rows.every(({ n }) => n === 1))
  await until(async () => (await worker.get('/api/health')).status === 200)
  t.equal(await database.ended(await accepted(worker, 'majority')), 'SUCCESS')
})

t.test('while the database is away', async (t) => {
  t.test('cached pipelines predict, others answer 503, and what ends meanwhile is written afterwards', async (t) => {
    const proxy = await createTcpProxy(t, database.url)
    await proxy.open()
    const worker = await startTestService(t, { DATABASE_URL: proxy.url })
    const cached = await accepted(worker, 'majority')
    const other = await accepted(worker, 'majority')
    for (const run of [cached, other]) t.equal(await database.ended(run), 'SUCCESS')
    const prediction = await worker.predict(cached, row)
    t.equal(prediction.status, 200)
    const path = gate(t)
    const run = await inTraining(worker, path)
    await proxy.shut()
    await openGate(path)
    await until(async () => (await spoolNames(worker.dataDir)).some((name) => name.endsWith('.outcome')))
    await until(() => worker.logged.some(({ msg, level }) => msg === 'the database is away' && level === 40))
    t.ok(await isRunning(run))
    const meanwhile = await worker.predict(cached, row)
    t.equal(meanwhile.status, 200)
    t.same(meanwhile.body.predictions, prediction.body.predictions)
    const refused = await worker.predict(other, row)
    t.equal(refused.status, 503)
    t.equal(refused.body.code, 'DATABASE_UNAVAILABLE')
    t.match(refused.headers.get('retry-after'), /^[1-9]\d*$/)
    await proxy.open()
    t.equal(await database.ended(run), 'SUCCESS')
    t.equal(begun(worker, run), 1, 'the training was not repeated')
    await until(async () => (await spoolNames(worker.dataDir)).length === 0)
  })

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    t.test(`a training that has ended outlives a ${signal} of the worker, and is not repeated`, async (t) => {
      const proxy = await createTcpProxy(t, database.url)
      await proxy.open()
      const dataDir = await dataFolder(t)
      const environment = { DATABASE_URL: proxy.url, DATA_DIR: dataDir, SHUTDOWN_GRACE_SECONDS: '1' }
      const first = await startTestProcess(t, environment)
      const path = gate(t)
      const run = await inTraining(first, path)
      await proxy.shut()
      await openGate(path)
      await until(async () => (await spoolNames(dataDir)).some((name) => name.endsWith('.outcome')))
      await first.end(signal)
      t.ok(await isRunning(run))
      const second = await startTestProcess(t, environment)
      await proxy.open()
      t.equal(await database.ended(run), 'SUCCESS')
      t.equal(begun(second, run), 0)
      t.equal((await second.predict(run, row)).status, 200)
    })
  }
})

t.test(
  'a training that was cut off three times is FAILED at the fourth start; a stop in order is no such time',
  async (t) => {
    const dataDir = await dataFolder(t)
    const environment = { DATABASE_URL: database.url, DATA_DIR: dataDir, SHUTDOWN_GRACE_SECONDS: '1' }
    let worker: TestProcess | undefined
    let run = 0
    const attempts: unknown[] = []
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGKILL'] as const) {
      const begins = worker === undefined
      worker = await startTestProcess(t, environment)
      const current = worker
      if (begins) run = await accepted(worker, 'held_open', heldBy(gate(t)))
      await until(() => begun(current, run) === 1)
      attempts.push(current.logged.find(({ msg }) => msg === 'training begins')?.['attempt'])
      await current.end(signal)
      t.ok(await isRunning(run))
    }
    t.same(attempts, [1, 2, 2, 3])
    const last = await startTestProcess(t, environment)
    t.equal(await failureOf(run), 'interrupted_repeatedly')
    t.equal((await database.metrics(run))['error_message'], 'the worker was cut off in this training 3 times')
    t.equal(begun(last, run), 0)
    t.equal(await database.ended(await accepted(last, 'majority')), 'SUCCESS')
    await until(async () => (await spoolNames(dataDir)).length === 0)
  },
)

t.test(
  'a spool file of an unknown format and one that is damaged inside are set aside, and the others train',
  async (t) => {
    const dataDir = await dataFolder(t)
    const environment = { DATABASE_URL: database.url, DATA_DIR: dataDir }
    const first = await startTestProcess(t, environment)
    const path = gate(t)
    const blocking = await inTraining(first, path)
    const newer = await accepted(first, 'majority')
    const damaged = await accepted(first, 'majority')
    const whole = await accepted(first, 'majority')
    await first.end('SIGKILL')
    const fileOf = async (run: number): Promise<string> => {
      const name = (await spoolNames(dataDir)).find((candidate) => candidate.endsWith(`-${run}.run`))
      return join(dataDir, 'spool', name as string)
    }
    const newerFile = await fileOf(newer)
    const newerBytes = await readFile(newerFile)
    newerBytes.writeUInt32LE(7, 4)
    await writeFile(newerFile, newerBytes)
    const damagedFile = await fileOf(damaged)
    const damagedBytes = await readFile(damagedFile)
    damagedBytes[damagedBytes.length - 1] = (damagedBytes.at(-1) as number) ^ 1
    await writeFile(damagedFile, damagedBytes)
    await openGate(path)

    await startTestProcess(t, environment)
    for (const [run, reason] of [
      [newer, 'it has format 7; this worker reads 1'],
      [damaged, 'its checksum is wrong'],
    ] as const) {
      t.equal(await database.ended(run), 'FAILED')
      t.same(await database.metrics(run), { error_code: 'spool_damaged', error_message: reason })
    }
    for (const run of [blocking, whole]) t.equal(await database.ended(run), 'SUCCESS')
    await until(async () => !(await spoolNames(dataDir)).some((name) => !name.endsWith('.bad')))
    t.same(await readFile(`${newerFile}.bad`), newerBytes)
    t.same(await readFile(`${damagedFile}.bad`), damagedBytes)
  },
)
