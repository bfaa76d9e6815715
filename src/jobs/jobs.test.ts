import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { Type } from '@sinclair/typebox'
import pino from 'pino'
import t, { type Test } from 'tap'
import { createTestDatabase } from '../../test/support/database.ts'
import { DELIVERY, QUICK } from '../../test/support/job-kinds.ts'
import { createRole } from '../../test/support/roles.ts'
import { until } from '../../test/support/until.ts'
import { migrateOwnSchema } from '../database/own-schema/migrate.ts'
import { OwnSchema } from '../database/own-schema/own-schema.ts'
import { createPool } from '../database/pool.ts'
import { logOptions } from '../log.ts'
import { Jobs } from './jobs.ts'

const silent = pino({ level: 'silent' })
const database = await createTestDatabase(t)
const { role, url } = await createRole(t, database)
await migrateOwnSchema(database.url, { log: silent, grantTo: role })

/** A worker's jobs, over a pool of its own, as a role without DDL. */
function openJobs(t: Test, options: { url?: string } = {}) {
  const logged: Record<string, unknown>[] = []
  const write = (line: Buffer, _: unknown, done: () => void): void => {
    logged.push(JSON.parse(String(line)))
    done()
  }
  const log = pino(logOptions('debug'), new Writable({ write }))
  const pool = createPool(options.url ?? url, silent)
  const jobs = new Jobs({ schema: new OwnSchema({ pool }), log, settings: QUICK })
  t.teardown(async () => {
    await jobs.close(1_000)
    await pool.close()
  })
  return { jobs, logged }
}

async function jobsIn(queue: string): Promise<Record<string, unknown>[]> {
  const { rows } = await database.owner.query('select state, data, retry_count from ml_jobs.job where name = $1', [
    queue,
  ])
  return rows
}

t.test('a repeated job runs once in each interval over all workers, and never twice at once', async (t) => {
  const slots: number[] = []
  let running = 0
  const work = async (): Promise<void> => {
    running += 1
    t.equal(running, 1)
    const { rows } = await database.owner.query<{ slot: number }>(
      'select floor(extract(epoch from now()) / 2)::int as slot',
    )
    slots.push(rows[0]?.slot as number)
    running -= 1
  }
  for (const { jobs } of [openJobs(t), openJobs(t)]) {
    jobs.repeat('test-repeated', { everySeconds: 2 }, work)
    await jobs.start()
  }
  await until(() => slots.length >= 4)
  const jobs = await jobsIn('test-repeated')
  const { rows } = await database.owner.query(
    `select extract(epoch from min(created_on)) as first, extract(epoch from max(created_on)) as last
     from ml_jobs.job where name = 'test-repeated'`,
  )
  t.ok(jobs.length <= Math.floor((rows[0].last - rows[0].first) / 2) + 2, 'no more jobs than intervals')
})

t.test('a repeated job that fails is logged with its name, and has its next turn', async (t) => {
  const { jobs, logged } = openJobs(t)
  let turns = 0
  jobs.repeat('test-failing', { everySeconds: 1 }, async () => {
    turns += 1
    throw new TypeError('a value of a row')
  })
  await jobs.start()
  await until(() => turns >= 2)
  const told = logged.filter(({ msg }) => msg === 'a job failed')
  t.match(told[0], { level: 40, job: 'test-failing', err: { type: 'TypeError' } })
  t.notMatch(JSON.stringify(logged), /a value of a row/)
})

t.test('a job is done by one worker, and tried again until it holds', async (t) => {
  const done: string[] = []
  const attempts: number[] = []
  const workers = [openJobs(t), openJobs(t)]
  for (const { jobs } of workers) {
    jobs.work(DELIVERY, async ({ to }, { attempt }) => {
      if (to === 'late') attempts.push(attempt)
      if (to === 'late' && attempt < 3) throw new Error('not yet')
      done.push(to)
    })
    await jobs.start()
  }
  const [first] = workers as [(typeof workers)[number], ...unknown[]]
  for (const to of ['a', 'b', 'late']) t.type(await first.jobs.send(DELIVERY, { to }), 'string')
  await until(() => done.length === 3)
  t.same(done.sort(), ['a', 'b', 'late'])
  t.same(attempts, [1, 2, 3])
})

t.test('a job that fails for good lies with the dead letters', async (t) => {
  const kind = { ...DELIVERY, name: 'test-hopeless', retries: 1 }
  const { jobs } = openJobs(t)
  let attempts = 0
  jobs.work(kind, async () => {
    attempts += 1
    throw new Error('never')
  })
  await jobs.start()
  await jobs.send(kind, { to: 'nobody' })
  await until(async () => (await jobsIn('test-hopeless-dead')).length === 1)
  t.equal(attempts, 2)
  t.match(await jobsIn('test-hopeless-dead'), [{ data: { to: 'nobody' }, state: 'created' }])
})

t.test('a job whose data is of another version fails, and is not worked on', async (t) => {
  const older = { ...DELIVERY, name: 'test-older', retries: 0, data: Type.Object({ address: Type.String() }) }
  const newer = { ...DELIVERY, name: 'test-older', retries: 0 }
  await openJobs(t).jobs.send(older, { address: 'x' })
  const { jobs, logged } = openJobs(t)
  jobs.work(newer, async () => {
    t.fail('it was worked on')
  })
  await jobs.start()
  await until(() => logged.some(({ msg, job }) => msg === 'a job failed' && job === 'test-older'))
})

t.test('one job with a key waits at a time, and a job may come later', async (t) => {
  const kind = { ...DELIVERY, name: 'test-keyed' }
  const { jobs } = openJobs(t)
  t.type(await jobs.send(kind, { to: 'a' }, { key: 'k', afterSeconds: 3_600 }), 'string')
  t.equal(await jobs.send(kind, { to: 'a' }, { key: 'k' }), undefined)
  t.type(await jobs.send(kind, { to: 'b' }, { key: 'other', afterSeconds: 3_600 }), 'string')
  t.equal((await jobsIn('test-keyed')).length, 2)
})

t.test('the job of a worker that was killed is taken by another', async (t) => {
  const script = join(import.meta.dirname, '../../test/support/job-worker.ts')
  const child = spawn(process.execPath, [script, url], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  t.teardown(() => child.kill('SIGKILL'))
  const { jobs } = openJobs(t)
  await jobs.send(DELIVERY, { to: 'orphan' })
  const [taken] = await once(child.stdout, 'data')
  t.equal(String(taken), 'orphan 1\n')
  child.kill('SIGKILL')
  await exit
  const attempts: number[] = []
  const { jobs: other } = openJobs(t)
  other.work(DELIVERY, async (_, { attempt }) => {
    attempts.push(attempt)
  })
  await other.start()
  await until(() => attempts.length === 1)
  t.same(attempts, [2])
})

t.test('a stop gives a job its grace', async (t) => {
  const kind = { ...DELIVERY, name: 'test-slow' }
  const { jobs } = openJobs(t)
  let state = 'waits'
  jobs.work(kind, async () => {
    state = 'begun'
    await new Promise((resolve) => setTimeout(resolve, 500))
    state = 'done'
  })
  await jobs.start()
  await jobs.send(kind, { to: 'x' })
  await until(() => state === 'begun')
  await jobs.close(10_000)
  t.equal(state, 'done')
  t.match(await jobsIn('test-slow'), [{ state: 'completed' }])
})

t.test('a job may be repeated by cron, which is stored once for all workers', async (t) => {
  for (const { jobs } of [openJobs(t), openJobs(t)]) {
    jobs.repeat('test-cron', { cron: '15 3 * * *' }, async () => {})
    await jobs.start()
  }
  const { rows } = await database.owner.query(`select cron, timezone from ml_jobs.schedule where name = 'test-cron'`)
  t.same(rows, [{ cron: '15 3 * * *', timezone: 'UTC' }])
})

t.test('without the schema nothing is loaded, and what is set up later is found', async (t) => {
  const bare = await createTestDatabase(t)
  const { jobs } = openJobs(t, { url: bare.url })
  let turns = 0
  jobs.repeat('test-later', { everySeconds: 1 }, async () => {
    turns += 1
  })
  await jobs.start()
  await t.rejects(jobs.send(DELIVERY, { to: 'x' }), { code: 'NOT_SET_UP' })
  await migrateOwnSchema(bare.url, { log: silent })
  await until(() => turns > 0)
})

t.test('refuses names that are taken or none, and an interval that is none', async (t) => {
  const { jobs } = openJobs(t)
  jobs.repeat('test-name', { everySeconds: 1 }, async () => {})
  t.throws(() => jobs.work({ ...DELIVERY, name: 'test-name' }, async () => {}), /two jobs with the name test-name/)
  t.throws(() => jobs.repeat('A b', { everySeconds: 1 }, async () => {}), /the name of a job/)
  t.throws(() => jobs.repeat('test-none', { everySeconds: 0 }, async () => {}), /everySeconds of 1 or more, got 0/)
})
