// Who else on the machine can read what the worker keeps, lay code for it, or come into its database.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import pino from 'pino'
import t, { type Test } from 'tap'
import { trainerEnvironment } from '../../src/config.ts'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { createTestDatabase } from '../support/database.ts'
import { good } from '../support/trained.ts'
import { startTestProcess } from '../support/worker-process.ts'

const NODE_SETUP = join(import.meta.dirname, '../../bin/node-setup.cjs')

async function freshFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o711)
  return folder
}

/** Paths below a folder that its group or others have rights on. */
async function openToOthers(folder: string): Promise<string[]> {
  const open: string[] = []
  for (const path of ['.', ...(await readdir(folder, { recursive: true }))]) {
    const found = await lstat(join(folder, path))
    if ((found.mode & 0o077) !== 0) open.push(`${path} ${(found.mode & 0o777).toString(8)}`)
  }
  return open
}

t.test('a folder of before is tightened, which is told, and what comes is private', async (t) => {
  const database = await createTestDatabase(t)
  await database.registerModel('majority')
  const dataDir = join(await freshFolder(t), 'data')
  await mkdir(join(dataDir, 'spool'), { recursive: true, mode: 0o755 })
  await mkdir(join(dataDir, 'runs'), { mode: 0o775 })
  await writeFile(join(dataDir, 'runs/1.json'), '{}', { mode: 0o644 })
  const environment = { DATABASE_URL: database.url, DATA_DIR: dataDir }
  const worker = await startTestProcess(t, environment)
  const told = worker.logged.filter(({ msg }) => /others could read/.test(String(msg)))
  t.match(told, [{ level: 40, entries: 4 }])
  const run = await database.insertRun('majority')
  t.equal((await worker.train('majority', run, good)).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
  t.equal(await worker.end('SIGTERM'), 0)
  t.ok((await readdir(join(dataDir, 'runs'))).includes(`${run}.json`))
  t.same(await openToOthers(dataDir), [])

  const again = await startTestProcess(t, environment)
  t.notOk(
    again.logged.some(({ msg }) => /others could read/.test(String(msg))),
    'once',
  )
  t.equal(await again.end('SIGTERM'), 0)
})

/** Where compiled code is kept, as a process that loads node-setup.cjs says it. */
async function cacheOf(t: Test, cwd: string, environment: Record<string, string> = {}): Promise<string> {
  const program = `
    const { Worker } = require('node:worker_threads')
    const tell = "process.stdout.write(String(require('node:module').getCompileCacheDir()) + '\\\\n')"
    eval(tell)
    new Worker(tell, { eval: true })`
  const child = spawn(process.execPath, ['--require', NODE_SETUP, '-e', program], {
    cwd,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (part) => {
    text += part
  })
  await once(child, 'close')
  const [main, thread] = text.trim().split('\n')
  t.equal(thread, main, 'threads keep it at the same place')
  return String(main)
}

t.test('compiled code is kept in a folder that nobody else can write, or nowhere', async (t) => {
  const folder = await freshFolder(t)
  t.equal(await cacheOf(t, folder), 'undefined', 'there is no DATA_DIR yet')
  const dataDir = join(folder, '.data')
  await mkdir(dataDir, { mode: 0o700 })
  const cache = join(dataDir, 'compile-cache')
  t.ok((await cacheOf(t, folder)).startsWith(cache))
  t.equal((await lstat(cache)).mode & 0o777, 0o700)
  await chmod(cache, 0o777)
  t.equal(await cacheOf(t, folder), 'undefined', 'others could have laid code there')
  await chmod(cache, 0o700)
  await chmod(dataDir, 0o777)
  t.equal(await cacheOf(t, folder), 'undefined', 'others could put another folder in its place')
  await mkdir(join(folder, 'other'), { mode: 0o700 })
  t.ok((await cacheOf(t, folder, { DATA_DIR: 'other' })).startsWith(join(folder, 'other/compile-cache')))
  await writeFile(join(folder, '.env'), 'DATA_DIR=./other\n')
  t.ok((await cacheOf(t, folder)).startsWith(join(folder, 'other/compile-cache')), 'of .env too')
})

t.test('a training is not told the way into the database', async (t) => {
  const environment = {
    DATABASE_URL: 'postgresql://u:secret@h/d',
    DATABASE_URL_FILE: '/secret',
    OWN_DATABASE_URL: 'postgresql://u:secret@h/d',
    OWN_DATABASE_URL_FILE: '/secret',
    PGPASSWORD: 'secret',
    PGSSLKEY: 'secret',
    OTEL_EXPORTER_OTLP_HEADERS: 'secret',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'secret',
    MODEL_FILES: '/models',
    NODE_OPTIONS: '--trace-warnings',
  }
  const kept = { MODEL_FILES: '/models', NODE_OPTIONS: '--trace-warnings', DATA_DIR: 'd' }
  t.same(trainerEnvironment({ DATA_DIR: 'd' }, environment), kept)
  const database = await createTestDatabase(t)
  const worker = await startTestProcess(t, {
    DATABASE_URL: database.url,
    DATA_DIR: join(await freshFolder(t), 'data'),
    PGAPPNAME: 'secret',
    MODEL_FILES: '/models',
  })
  const children = await readFile(`/proc/${worker.child.pid}/task/${worker.child.pid}/children`, 'utf8')
  const trainer = await readFile(`/proc/${children.trim().split(' ')[0]}/environ`, 'utf8')
  t.match(trainer, 'MODEL_FILES=/models')
  t.notMatch(trainer, /DATABASE_URL|PGAPPNAME/)
})

/** What PostgreSQL says to a log-in: the role's rights, or the SQLSTATE of its refusal. */
async function logIn(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query(`select rolsuper from pg_roles where rolname = current_user`)
    return rows[0].rolsuper ? 'superuser' : 'plain'
  } catch (error) {
    return String((error as { code?: string }).code)
  } finally {
    await client.end().catch(() => {})
  }
}

t.test('nobody comes into the embedded PostgreSQL without its password, and the service is no superuser', async (t) => {
  const folder = join(await freshFolder(t), 'data/postgres')
  const server = await startEmbeddedPostgres(folder, pino({ level: 'silent' }))
  t.teardown(() => server.stop().catch(() => {}))
  const without = (url: string): string => Object.assign(new URL(url), { password: '' }).href
  t.equal(await logIn(server.url()), 'superuser')
  t.equal(await logIn(server.serviceUrl()), 'plain')
  // pg itself stops when it is asked for a password that it has not.
  for (const url of [server.url(), server.serviceUrl()]) {
    t.not(await logIn(without(url)), 'superuser')
    t.not(await logIn(without(url)), 'plain')
    t.equal(await logIn(Object.assign(new URL(url), { password: 'ml_worker' }).href), '28P01')
  }
  t.equal((await lstat(`${folder}.passwords`)).mode & 0o777, 0o600)
  t.equal((await lstat(folder)).mode & 0o777, 0o700)
  t.equal((await lstat(join(folder, '..'))).mode & 0o067, 0, 'nobody reads DATA_DIR')
})

t.test(
  'an embedded PostgreSQL of before, which let everyone in, still starts, also where it was left running',
  async (t) => {
    const folder = join(await freshFolder(t), 'data/postgres')
    const silent = pino({ level: 'silent' })
    const server = await startEmbeddedPostgres(folder, silent)
    const pool = new pg.Pool({ connectionString: server.url() })
    await pool.query('create table kept (a int); insert into kept values (17); drop role ml_worker_service')
    await pool.end()
    // As earlier versions left it.
    const open = Object.assign(new URL(server.url()), { password: '' }).href
    await writeFile(join(folder, 'pg_hba.conf'), 'host all all 127.0.0.1/32 trust\n')
    await rm(`${folder}.passwords`)
    const reload = new pg.Client({ connectionString: server.url() })
    await reload.connect()
    await reload.query('select pg_reload_conf()')
    await reload.end()
    t.equal(await logIn(open), 'superuser', 'as it was')

    const next = await startEmbeddedPostgres(folder, silent)
    t.teardown(() => next.stop().catch(() => {}))
    t.not(await logIn(Object.assign(new URL(next.url()), { password: '' }).href), 'superuser')
    t.equal(await logIn(next.serviceUrl()), 'plain')
    const found = new pg.Client({ connectionString: next.url() })
    await found.connect()
    t.same((await found.query('select a from kept')).rows, [{ a: 17 }])
    await found.end()
  },
)
