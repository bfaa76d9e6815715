// What the worker asks of the tables and of its rights on them, and what it says where something is missing.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runCommandLine } from '../support/command-line.ts'
import { createTestDatabase } from '../support/database.ts'
import { createHibernateDatabase } from '../support/hibernate.ts'
import { createRole } from '../support/roles.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { good } from '../support/trained.ts'

const resources = join(import.meta.dirname, '../../examples/spring-boot/src/main/resources')
const MODELS_DIR = join(import.meta.dirname, '../models')

async function grantsFor(role: string): Promise<string> {
  return (await readFile(join(resources, 'grants.sql'), 'utf8')).replaceAll('irises_worker', role)
}

async function doctor(t: Test, url: string) {
  const environment = { DATABASE_URL: url, MODELS_DIR, DATA_DIR: await dataFolder(t) }
  const { code, out } = await runCommandLine(['doctor', '--json'], { environment })
  const { ok, checks } = JSON.parse(out) as {
    ok: boolean
    checks: { subject: string; level: string; detail: string; remedy?: string }[]
  }
  return {
    code,
    ok,
    of: (subject: string, level?: string) =>
      checks.filter((check) => check.subject === subject && (level ?? check.level) === check.level),
  }
}

t.test('a role with just the grants of the example can do all that the worker does', async (t) => {
  const database = await createTestDatabase(t)
  await database.registerModel('majority')
  const { role, url } = await createRole(t, database)
  await database.owner.query(await grantsFor(role))
  await database.owner.query('drop index model_runs_run_status, model_run_metrics_model_run_id')
  const { get, post, train, predict } = await startTestService(t, { DATABASE_URL: url })
  t.match((await get('/api/health')).body.checks, { tables: { ok: true }, grants: { ok: true } })
  const run = await database.insertRun('majority')
  t.equal((await train('majority', run, good)).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
  t.equal((await predict(run, { features: [{ a: 1 }] })).status, 200)
  t.match((await get(`/api/runs/${run}`)).body, { hints: [], metrics: { training_rows: 3 } })
  const created = await post('/api/runs', { model_name: 'majority', ...good })
  t.equal(created.status, 201)
  t.equal(await database.ended(created.body.model_run_id), 'SUCCESS')
  const { code, ok, of } = await doctor(t, url)
  t.match({ code, ok }, { code: 0, ok: true })
  t.match(of('grants'), [{ level: 'ok' }])
  t.match(of('tables'), [{ level: 'ok' }])
  t.match(
    of('indexes', 'warning').map(({ remedy }) => remedy),
    ['create index on model_run_metrics (model_run_id)', 'create index on model_runs (run_status)'],
  )
})

t.test('each grant that is missing is named, trainings are refused meanwhile, and none stays RUNNING', async (t) => {
  const database = await createTestDatabase(t)
  await database.registerModel('majority')
  for (const [revoked, said] of [
    ['select on models', /may not select on models/],
    ['update (pipeline_ok) on models', /may not update \(pipeline_ok\) on models/],
    ['select on model_runs', /may not select on model_runs/],
    ['update (run_status, run_result) on model_runs', /may not update \(run_status, run_result\) on model_runs/],
    ['insert on model_run_metrics', /may not insert on model_run_metrics/],
    ['usage on sequence model_run_metrics_id_seq', /may not use the sequence model_run_metrics_id_seq/],
    ['usage on schema public', /there is no table models on the search_path, or no right to use its schema/],
  ] as const) {
    const { role, url } = await createRole(t, database)
    await database.owner.query(await grantsFor(role))
    if (revoked === 'usage on schema public') await database.owner.query('revoke usage on schema public from public')
    await database.owner.query(`revoke ${revoked} from ${role}`)
    const { get, train, predict } = await startTestService(t, { DATABASE_URL: url })
    const { status, body } = await get('/api/health/ready')
    t.equal(status, 503, revoked)
    const details = JSON.stringify([body.checks.grants, body.checks.tables])
    t.match(details, said, revoked)
    const run = await database.insertRun('majority')
    t.match(
      await train('majority', run, good),
      { status: 503, body: { code: 'TABLES_UNUSABLE', detail: said } },
      revoked,
    )
    t.equal((await database.run(run)).run_status, 'PENDING')
    for (const path of ['/api/models', '/api/runs', `/api/runs/${run}`])
      t.not((await get(path)).status, 500, `${path} without ${revoked}`)
    t.not((await predict(run, { features: [{ a: 1 }] })).status, 500)
    t.match(await doctor(t, url), { code: 1, ok: false })

    await database.owner.query(`grant ${revoked} to ${role}`)
    t.equal((await train('majority', run, good)).status, 200, 'it goes on when the right is there')
    t.equal(await database.ended(run), 'SUCCESS')
    if (revoked === 'usage on schema public') await database.owner.query('grant usage on schema public to public')
  }
})

t.test('tables whose columns are otherwise are named, with what Java should say', async (t) => {
  const database = await createHibernateDatabase(t, 'lob')
  await database.registerModel('majority')
  const { get, train } = await startTestService(t, { DATABASE_URL: database.url })
  const said = /model_runs\.run_result is oid; expected bytea; do: in Java, byte\[\] without @Lob/
  t.match((await get('/api/health')).body.checks.tables, { ok: false, detail: said })
  const run = await database.insertRun('majority')
  t.match(await train('majority', run, good), { status: 503, body: { code: 'TABLES_UNUSABLE', detail: said } })

  const { owner } = database
  await owner.query('alter table model_runs drop run_result; alter table model_runs add run_result bytea')
  t.equal((await get('/api/health')).body.checks.tables.ok, true)
  for (const [change, back, level, expected] of [
    [
      "alter table model_runs drop constraint model_runs_run_status_check; alter table model_runs add constraint s check (run_status in ('NEW', 'RUNNING', 'DONE')) not valid",
      'alter table model_runs drop constraint s',
      'error',
      /does not take SUCCESS, FAILED: .* NEW, RUNNING, DONE/,
    ],
    [
      'alter table model_run_metrics alter metric_value type varchar(40)',
      'alter table model_run_metrics alter metric_value type varchar(255)',
      'error',
      /model_run_metrics\.metric_value holds 40 characters; expected 255/,
    ],
    [
      'alter table model_run_metrics add tenant int not null',
      'alter table model_run_metrics drop tenant',
      'error',
      /model_run_metrics\.tenant may not be null and has no default/,
    ],
    [
      'alter table model_runs add tenant int not null default 1; alter table model_runs alter tenant drop default',
      'alter table model_runs drop tenant',
      'note',
      /model_runs\.tenant .*POST \/api\/runs is refused/,
    ],
    [
      'alter table model_run_metrics rename metric_name to name',
      'alter table model_run_metrics rename name to metric_name',
      'error',
      /there is no column model_run_metrics\.metric_name/,
    ],
    [
      'alter table model_run_metrics alter id drop identity',
      'alter table model_run_metrics alter id add generated by default as identity',
      'error',
      /model_run_metrics\.id has no default, and there is no sequence/,
    ],
  ] as const) {
    await owner.query(change)
    const { code, of } = await doctor(t, database.url)
    t.match(
      of('tables', level).map(({ detail }) => detail),
      [expected],
      String(expected),
    )
    t.equal(code, level === 'error' ? 1 : 0)
    await owner.query(back)
  }
})

t.test('a name that models has twice is told with its ids, and harms no training and no version', async (t) => {
  const database = await createTestDatabase(t)
  await database.owner.query('alter table models drop constraint models_name_key')
  const insert = (names: string) =>
    database.owner.query(
      `insert into models (name, type, class_name, features_ok, pipeline_ok) select name, 'x', 'x', true, false from ${names}`,
    )
  await insert(`(values ('majority'), ('majority')) as t (name)`)
  const unconstrained = [
    {
      level: 'warning',
      detail: /^models\.name has no unique constraint/,
      remedy: 'alter table models add unique (name)',
    },
  ]
  const twice = await doctor(t, database.url)
  t.equal(twice.code, 0)
  t.match(twice.of('tables'), unconstrained)
  t.match(twice.of('registrations', 'warning'), [
    { detail: 'models has more than one row of one name: majority (ids 1, 2)', remedy: /^leave one row of each name/ },
  ])

  const { get, post } = await startTestService(t, { DATABASE_URL: database.url })
  const { status, body } = await post('/api/runs', { model_name: 'majority', ...good })
  t.equal(status, 201)
  t.equal(await database.ended(body.model_run_id), 'SUCCESS')
  const { rows } = await database.owner.query('select model_id, run_status from model_runs')
  t.same(rows, [{ model_id: 1, run_status: 'SUCCESS' }], 'there is one run')
  t.match((await get('/v2/models/majority')).body, { versions: [String(body.model_run_id)] })

  await insert(`generate_series(1, 7) as i, lateral (select 'gone ' || i as name from generate_series(1, 9)) as t`)
  const [{ detail = '' } = {}] = (await doctor(t, database.url)).of('registrations', 'warning')
  t.match(detail, /majority \(ids 1, 2\)|, … \(8\)$/)
  t.match(detail, /gone 1 \(ids (\d+, ){5}… \(9\)\)/)
  t.ok(detail.length < 400)

  await database.owner.query(`delete from models where id > 1; create unique index on models (lower(name))`)
  t.match(
    (await doctor(t, database.url)).of('tables'),
    unconstrained,
    'an index of an expression is none of the column',
  )
  await database.owner.query('create unique index on models (name)')
  t.match((await doctor(t, database.url)).of('tables'), [{ level: 'ok' }])
})

t.test('the migration of the example leaves nothing to be said, for its owner', async (t) => {
  const database = await createTestDatabase(t)
  await database.owner.query('drop table model_run_metrics, model_runs, models')
  await database.owner.query(await readFile(join(resources, 'db/migration/V1__worker_tables.sql'), 'utf8'))
  await database.registerModel('majority')
  const { code, of } = await doctor(t, database.url)
  t.equal(code, 0)
  for (const subject of ['database', 'tls', 'clock', 'tables', 'grants', 'indexes']) {
    t.match(of(subject), [{ level: 'ok' }], subject)
  }
})

t.test('the doctor names what is wrong on the machine, and ends with 1', async (t) => {
  const environment = {
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing',
    MODELS_DIR: '/nowhere',
    DATA_DIR: '/proc/nowhere',
  }
  const { code, out } = await runCommandLine(['doctor'], { environment })
  t.equal(code, 1)
  t.match(out, /^ok +node +24\./m)
  t.match(out, /^ERROR +models +the models folder cannot be read/m)
  t.match(out, /^ERROR +folder +\/proc cannot be written/m)
  t.match(out, /^ERROR +database +connect ECONNREFUSED/m)
  t.match(out, /→ give it to the user of the worker/)
  const wrong = await runCommandLine(['doctor'], { environment: { PORT: 'x' } })
  t.equal(wrong.code, 1)
  t.match(wrong.out, /^ERROR +configuration +The configuration has faults: PORT/m)
})

t.test('the doctor tells of variables that nobody reads, and of a file in the place of DATA_DIR', async (t) => {
  const DATA_DIR = join(t.testdir({ file: '' }), 'file')
  for (const folder of [DATA_DIR, join(DATA_DIR, 'below')]) {
    const environment = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing', DATA_DIR: folder, TRAIN_THREAD: '2' }
    const { code, out } = await runCommandLine(['doctor'], { environment })
    t.equal(code, 1)
    t.match(out, /^WARN +configuration +TRAIN_THREAD is not read; TRAIN_THREADS is$/m)
    t.match(out, /^ERROR +folder +.*file is a file, no folder$/m)
    t.match(out, /^ERROR +database /m, 'the rest is looked at as well')
  }
})

t.test('an id without a default is to be given the sequence that Hibernate has, or one beyond its ids', async (t) => {
  const database = await createTestDatabase(t)
  await database.owner.query(
    'alter table model_run_metrics alter id drop default; drop sequence model_run_metrics_id_seq',
  )
  const [found] = (await doctor(t, database.url)).of('tables', 'error')
  t.match(found?.remedy, /set default nextval\('…'\); without one: .* as identity \(start with …\), beyond the ids/)
})

t.test('the doctor tells of row level security where it hides rows from the role', async (t) => {
  const database = await createTestDatabase(t)
  await database.registerModel('majority')
  const { role, url } = await createRole(t, database)
  await database.owner.query(await grantsFor(role))
  await database.owner.query('alter table model_runs enable row level security')
  const found = (await doctor(t, url)).of('tables', 'warning')
  t.match(found, [{ detail: /^row level security of model_runs is on for the role/, remedy: /^create policy/ }])
  t.match((await doctor(t, database.url)).of('tables'), [{ level: 'ok' }], 'its owner sees all')
})
