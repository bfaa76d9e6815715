// The worker with a schema of its own: set up by the command line, used by several workers, and gone without harm.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { readExpectedSchema } from '../../src/database/own-schema/expected-schema.ts'
import { runCommandLine } from '../support/command-line.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { blocksOf, root, tableOf } from '../support/pages.ts'
import { createRole } from '../support/roles.ts'
import { dataFolder, runsOf } from '../support/runs.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

/** A role with the four grants of README.md alone, and its URL. */
async function fourGrants(t: Test, database: TestDatabase) {
  const created = await createRole(t, database)
  const [grants] = await blocksOf('README.md', 'sql')
  await database.owner.query(String(grants?.text).replaceAll('ml_worker;', `${created.role};`))
  return created
}

async function startWorker(t: Test, environment: Readonly<Record<string, string>>) {
  return startTestProcess(t, { DATA_DIR: await dataFolder(t), LOG_LEVEL: 'debug', ...environment })
}

const schemaOf = async (worker: Awaited<ReturnType<typeof startWorker>>): Promise<string> =>
  (await worker.get('/api/health')).body.checks.own_schema.detail

t.test(
  'a role with the four grants trains and predicts without the schema, and finds it when it is made',
  async (t) => {
    const database = await createTestDatabase(t)
    await database.registerModel('majority')
    const { role, url } = await fourGrants(t, database)
    const { accepted } = runsOf(database)
    const [a, b] = [await startWorker(t, { DATABASE_URL: url }), await startWorker(t, { DATABASE_URL: url })]
    await until(async () => (await a.get('/api/health')).status === 200)
    const before = await accepted(a, 'majority')
    t.equal(await database.ended(before), 'SUCCESS')
    t.equal((await a.predict(before, { features: good.features })).status, 200)
    t.match(await schemaOf(a), /^not set up: there is no schema/)
    t.match(
      (await b.get(`/api/runs/${before}`)).body,
      { timings: { accepted: null } },
      'only the first worker knows it',
    )

    const environment = { DATABASE_URL: '', OWN_DATABASE_URL: database.url, DATA_DIR: await dataFolder(t) }
    const migrated = await runCommandLine(['migrate', '--grant', role], { environment })
    t.match(migrated, { code: 0, out: /ml_worker: 0001_run_records/ })
    await until(async () => (await schemaOf(a)) === 'current' && (await schemaOf(b)) === 'current')
    const path = `/api/train?model_name=majority&correlation_id=order%205&model_run_id=`
    const run = await database.insertRun('majority')
    t.equal((await a.post(path + run, good)).status, 200)
    t.equal(await database.ended(run), 'SUCCESS')
    const told = async (worker: typeof a, id: number) => (await worker.get(`/api/runs/${id}`)).body
    await until(async () => (await told(b, run)).timings.ended !== null)
    t.same(await told(b, run), await told(a, run), 'each worker shows the run')
    const logs = async (worker: typeof a) => (await worker.get(`/api/runs/${run}/logs`)).body
    t.match(await logs(b), /training succeeded/)
    t.equal(await logs(b), await logs(a))
    const { body: found } = await b.get('/api/runs?correlation_id=order%205')
    t.match(found, { runs: [{ id: run, correlation_id: 'order 5' }] })
    await until(async () => (await told(b, before)).timings.accepted !== null)
    t.same(await told(b, before), await told(a, before), 'those of before too')
    t.equal(await a.end('SIGTERM'), 0)
  },
)

t.test('neither package is loaded without the schema, and that of migrations not with it', async (t) => {
  const database = await createTestDatabase(t)
  await database.registerModel('majority')
  // Tells of the two packages on standard output, where the log is.
  const hook = `import { registerHooks } from 'node:module'
    registerHooks({ resolve(specifier, context, next) {
      if (/^(pg-boss|node-pg-migrate)$/.test(specifier)) console.log(JSON.stringify({ msg: 'loads', specifier }))
      return next(specifier, context)
    } })`
  const environment = {
    DATABASE_URL: database.url,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}`,
  }
  const loadedBy = async (expected: RegExp): Promise<unknown[]> => {
    const worker = await startWorker(t, environment)
    await until(() => worker.logged.some(({ msg }) => expected.test(String(msg))))
    t.equal(await database.ended(await runsOf(database).accepted(worker, 'majority')), 'SUCCESS')
    t.equal(await worker.end('SIGTERM'), 0)
    return worker.logged.filter(({ msg }) => msg === 'loads').map(({ specifier }) => specifier)
  }
  t.same(await loadedBy(/^the schema of the worker: there is no schema/), [])
  const { DATABASE_URL } = environment
  await runCommandLine(['migrate'], { environment: { DATABASE_URL, DATA_DIR: await dataFolder(t) } })
  t.same(await loadedBy(/^the jobs have begun/), ['pg-boss'])
})

t.test('the repeated job removes what is old', async (t) => {
  const database = await createTestDatabase(t)
  const environment = { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t) }
  t.equal((await runCommandLine(['migrate'], { environment })).code, 0)
  await database.owner.query(
    `insert into ml_worker.run_records (run_id, status, ended_at)
     values (1, 'SUCCESS', now() - interval '3 days'), (2, 'SUCCESS', now() - interval '1 day')`,
  )
  await startWorker(t, { DATABASE_URL: database.url, RUN_RECORDS_DAYS: '2' })
  await until(async () => {
    const { rows } = await database.owner.query('select run_id from ml_worker.run_records')
    return rows.length === 1 && Number(rows[0].run_id) === 2
  })
})

t.test('the command tells what it did, what it would do, and why it cannot', async (t) => {
  const database = await createTestDatabase(t)
  const migrate = async (args: readonly string[], more: Record<string, string> = {}) =>
    runCommandLine(['migrate', ...args], {
      environment: { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t), ...more },
    })
  const { role, url } = await createRole(t, database)
  t.match(await migrate([], { DATABASE_URL: url }), {
    code: 1,
    err: new RegExp(`may not make one; as one who may: create schema ml_worker authorization ${role}`),
  })
  const plan = await migrate(['--plan'])
  t.match(plan, { code: 0, out: /create schema ml_worker;/, err: '' })
  t.match(plan.out, 'create table ml_worker.run_records')
  await database.owner.query(plan.out)
  t.match(await migrate(['--plan']), { code: 0, out: /^-- .* nothing is to be done/ })
  t.match(await migrate([]), { code: 0, out: /nothing is to be done/ })
  t.match(await migrate(['--grant', 'nobody_there']), { code: 1, err: /there is no role "nobody_there"/ })
  t.match(await migrate([], { DATABASE_URL: '' }), { code: 1, err: /neither OWN_DATABASE_URL nor DATABASE_URL is set/ })
  t.match(await migrate([], { DATABASE_URL: 'mysql://h' }), { code: 1, err: /DATABASE_URL: expected postgresql/ })

  const doctor = async (environment: Record<string, string>) => {
    const { out } = await runCommandLine(['doctor'], { environment: { DATA_DIR: await dataFolder(t), ...environment } })
    return out
  }
  t.match(await doctor({ DATABASE_URL: database.url }), /ok +own schema +ml_worker and ml_jobs are current/)
  t.match(await doctor({ DATABASE_URL: url }), /WARN +own schema +not used: the role .* may not use the schema/)
})

t.test(
  'the embedded database has the schema by itself, for a role that may create nothing, and beside the tables',
  async (t) => {
    const dataDir = await dataFolder(t)
    const first = await startTestProcess(t, { DATA_DIR: dataDir })
    await until(async () => (await first.get('/api/health')).body.checks.own_schema?.detail === 'current')
    const { body: made } = await first.post('/api/runs', { model_name: 'majority', ...good })
    await until(async () => (await first.get(`/api/runs/${made.model_run_id}`)).body.status === 'SUCCESS')
    t.equal(await first.end('SIGTERM'), 0)

    const again = await startTestProcess(t, { DATA_DIR: dataDir })
    t.equal(
      (await again.get(`/api/runs/${made.model_run_id}`)).body.status,
      'SUCCESS',
      'the tables are those of before',
    )
    t.equal(await again.end('SIGTERM'), 0)
    t.notOk((await readdir(dataDir)).includes('storage'), 'nothing is stored yet')
  },
)

t.test('docs/own-schema.md has the columns and the rights as they are', async (t) => {
  const database = await createTestDatabase(t)
  await runCommandLine(['migrate'], { environment: { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t) } })
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `select table_name as table, array_agg(column_name::text order by ordinal_position) as columns
     from information_schema.columns where table_schema = 'ml_worker' group by 1`,
  )
  await client.end()
  const page = await readFile(join(root, 'docs/own-schema.md'), 'utf8')
  for (const { table, columns } of rows) {
    const section = page.slice(page.indexOf(`\n## ${table}\n`))
    t.same(
      tableOf(section, ['column', 'type', 'what']).map(([name]) => name?.replaceAll('`', '')),
      columns,
      table,
    )
  }
  const rights = tableOf(page, ['table', 'rights']).slice(0, -1)
  t.same(
    rights,
    Object.entries((await readExpectedSchema()).rights).map(([table, given]) => [
      `\`ml_worker.${table}\``,
      given.join(', '),
    ]),
  )
})
