import pino from 'pino'
import t, { type Test } from 'tap'
import { createOwnDatabase, createTestDatabase, type TestDatabase } from '../../../test/support/database.ts'
import { createRole } from '../../../test/support/roles.ts'
import { Retry } from '../../retry.ts'
import { createPool, type ServicePool } from '../pool.ts'
import { readExpectedSchema } from './expected-schema.ts'
import { MigrationError, migrateOwnSchema, planOwnSchema } from './migrate.ts'
import { OwnSchema, openOwnSchema } from './own-schema.ts'
import { grantsTo } from './own-tables.ts'

const log = pino({ level: 'silent' })

function poolOf(t: Test, url: string): ServicePool {
  const pool = createPool(url, log)
  t.teardown(() => pool.close())
  return pool
}

async function stateOf(t: Test, url: string): Promise<{ name: string; detail: string; remedy: string | undefined }> {
  return new OwnSchema({ pool: poolOf(t, url) }).state()
}

/** A role that owns nothing, and one that owns both schemas, in a database where the schemas are as given. */
async function databaseWithRoles(t: Test) {
  const database = await createTestDatabase(t)
  const [owner, worker] = [await createRole(t, database), await createRole(t, database)]
  const makeSchemas = () =>
    database.owner.query(
      `create schema ml_worker authorization ${owner.role}; create schema ml_jobs authorization ${owner.role}`,
    )
  return { database, owner, worker, makeSchemas }
}

async function tablesOf({ owner }: TestDatabase): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select schemaname || '.' || tablename as name from pg_tables where schemaname in ('ml_worker', 'ml_jobs') order by 1`,
  )
  return rows.map(({ name }) => name)
}

t.test('from nothing to a schema that a role without DDL can use', async (t) => {
  const { database, owner, worker, makeSchemas } = await databaseWithRoles(t)
  t.match(await stateOf(t, worker.url), {
    name: 'absent',
    remedy: `create schema ml_worker authorization ${worker.role}; create schema ml_jobs authorization ${worker.role}; then run: npx ml-worker migrate`,
  })
  const refused = migrateOwnSchema(owner.url, { log })
  await t.rejects(refused, MigrationError)
  await t.rejects(refused, {
    message: new RegExp(`may not make one; .*create schema ml_worker authorization ${owner.role}`),
  })
  t.same(await tablesOf(database), [], 'nothing is half done')

  await makeSchemas()
  t.match(await stateOf(t, owner.url), { name: 'behind', detail: /0001_run_records.*, ml_jobs 0 to \d+/ })
  t.match(await stateOf(t, worker.url), { name: 'ungranted', detail: /may not use the schema ml_worker and ml_jobs/ })
  const { migrations } = await readExpectedSchema()
  const done = [...migrations.map((name) => `ml_worker: ${name}`), /ml_jobs: version/]
  t.match(await migrateOwnSchema(owner.url, { log }), done)
  t.match(await stateOf(t, owner.url), { name: 'current' })
  t.match(await stateOf(t, worker.url), { name: 'ungranted', remedy: /grant usage on schema ml_worker, ml_jobs to/ })
  t.same(await migrateOwnSchema(owner.url, { log, grantTo: worker.role }), [`granted to ${worker.role}`])
  t.match(await stateOf(t, worker.url), { name: 'current' })
  await t.rejects(migrateOwnSchema(owner.url, { log, grantTo: 'nobody_there' }), {
    message: /there is no role "nobody_there"/,
  })

  await database.owner.query(`revoke usage on schema ml_jobs from ${worker.role}`)
  const byWorker = {
    name: 'MigrationError',
    message: /may not use the schema ml_jobs; let the owner of the schemas run it/,
  }
  await t.rejects(migrateOwnSchema(worker.url, { log }), byWorker)
  await t.rejects(planOwnSchema(worker.url), byWorker)
  await database.owner.query(`grant usage on schema ml_jobs to ${worker.role}`)

  const client = poolOf(t, worker.url)
  for (const statement of [
    'create table ml_worker.t ()',
    'drop table ml_worker.run_records',
    'create table ml_jobs.t ()',
  ]) {
    await t.rejects(client.query(statement), { code: '42501' }, statement)
  }
  await t.rejects(client.query('delete from ml_worker.migrations'), { code: '42501' })
  await database.owner.query(`revoke delete on ml_worker.run_log_lines from ${worker.role}`)
  t.match(await stateOf(t, worker.url), { name: 'ungranted', detail: /no right to delete on ml_worker.run_log_lines/ })
})

t.test('the rights that the code grants are of the tables that there are', async (t) => {
  const database = await createOwnDatabase(t)
  const own = (await tablesOf(database)).filter((name) => name.startsWith('ml_worker.'))
  t.same(
    own,
    Object.keys((await readExpectedSchema()).rights)
      .map((table) => `ml_worker.${table}`)
      .sort(),
  )
  const { role } = await createRole(t, database)
  await database.owner.query(grantsTo(role, (await readExpectedSchema()).rights).join(';'))
  t.same(await migrateOwnSchema(database.url, { log }), [], 'a second time nothing is to be done')
})

t.test('several that start at once migrate once', async (t) => {
  const database = await createTestDatabase(t)
  const done = await Promise.all(Array.from({ length: 4 }, () => migrateOwnSchema(database.url, { log })))
  t.equal(done.filter((lines) => lines.length > 0).length, 1)
  const { rows } = await database.owner.query('select name from ml_worker.migrations')
  t.same(
    rows.map(({ name }) => name),
    (await readExpectedSchema()).migrations,
  )
})

t.test('the plan is the SQL that would run, changes nothing, and does the same by hand', async (t) => {
  const [planned, migrated] = [await createTestDatabase(t), await createTestDatabase(t)]
  const { role } = await createRole(t, planned)
  const plan = await planOwnSchema(planned.url, role)
  t.same(await tablesOf(planned), [])
  await planned.owner.query(plan)
  t.match(await stateOf(t, planned.url), { name: 'current' })
  await migrateOwnSchema(migrated.url, { log })
  t.same(await tablesOf(planned), await tablesOf(migrated))
  const columns = `select table_schema, table_name, column_name, data_type, is_nullable, column_default
    from information_schema.columns where table_schema = 'ml_worker' order by 1, 2, ordinal_position`
  t.same((await planned.owner.query(columns)).rows, (await migrated.owner.query(columns)).rows)
  t.equal(await planOwnSchema(planned.url), '', 'then nothing is left')
})

t.test('a later version of the schema is refused in words, and told', async (t) => {
  const database = await createOwnDatabase(t)
  await database.owner.query(`insert into ml_worker.migrations (name, run_on) values ('9999_later', now())`)
  const schema = new OwnSchema({ pool: poolOf(t, database.url) })
  t.match(await schema.state(), { name: 'newer', detail: /9999_later/ })
  await t.rejects(schema.require(), { code: 'NOT_SET_UP', message: /a later version of the worker has migrated/ })
  await t.rejects(migrateOwnSchema(database.url, { log }), { name: 'MigrationError', message: /9999_later/ })
  await t.rejects(planOwnSchema(database.url), { name: 'MigrationError' })
  await database.owner.query(`delete from ml_worker.migrations where name = '9999_later'`)
  await database.owner.query('update ml_jobs.version set version = version + 1')
  t.match(await stateOf(t, database.url), { name: 'newer', detail: /ml_jobs \d+/ })
})

t.test('a schema that is made later is found without a restart', async (t) => {
  const database = await createTestDatabase(t)
  const clock = { now: 0 }
  const schema = new OwnSchema({ pool: poolOf(t, database.url), now: () => clock.now })
  await t.rejects(schema.require(), {
    code: 'NOT_SET_UP',
    message: /create schema ml_worker authorization .*npx ml-worker migrate/,
  })
  t.equal(await schema.describe(), 'not set up: there is no schema ml_worker and no schema ml_jobs')
  await migrateOwnSchema(database.url, { log })
  t.equal(await schema.isUsable(), false, 'it does not look at each call')
  clock.now += 6_000
  await schema.require()
  t.equal(await schema.describe(), 'current')
})

t.test('while the database is away nothing is known, and health waits for nothing', async (t) => {
  const schema = new OwnSchema({ pool: poolOf(t, 'postgresql://nobody@127.0.0.1:1/nothing') })
  await t.rejects(schema.state(), { code: 'ECONNREFUSED' })
  t.equal(await schema.isUsable(), false)
  t.equal(await schema.describe(), 'not known: the database is away')
})

t.test('MIGRATE=auto makes the schema where the role may, and goes on where it may not', async (t) => {
  const { database, owner } = await databaseWithRoles(t)
  const open = (url: string, migrates: boolean) =>
    openOwnSchema({ pool: poolOf(t, url), url, isElsewhere: false, migrates, retry: new Retry(log), log })
  const off = open(database.url, false)
  await off.recover()
  t.equal(await off.ownSchema.isUsable(), false)
  const refused = open(owner.url, true)
  await refused.recover()
  t.equal(await refused.ownSchema.isUsable(), false)
  const auto = open(database.url, true)
  await auto.recover()
  t.equal(await auto.ownSchema.isUsable(), true)
})

t.test('a schema in another database has a pool of its own', async (t) => {
  const [application, own] = [await createTestDatabase(t), await createTestDatabase(t)]
  await migrateOwnSchema(own.url, { log })
  const pool = poolOf(t, application.url)
  const opened = openOwnSchema({ pool, url: own.url, isElsewhere: true, migrates: false, retry: new Retry(log), log })
  t.equal(await opened.ownSchema.isUsable(), true)
  t.same(await tablesOf(application), [])
  await opened.close()
  await pool.query('select 1')
  await t.rejects(opened.ownSchema.pool.query('select 1'))
})
