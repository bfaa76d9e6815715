// What is kept for a time: told by a call and by a dry run, removed by the repeated job and by the command.
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runCommandLine } from '../support/command-line.ts'
import { createOwnDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const DAY_MS = 86_400_000

async function setUp(t: Test): Promise<TestDatabase> {
  const database = await createOwnDatabase(t)
  await database.owner.query(
    `insert into ml_worker.run_records (run_id, status, ended_at)
     select i, 'SUCCESS', now() - make_interval(days => i) from generate_series(1, 5) i`,
  )
  await database.owner.query(
    `insert into ml_worker.run_log_lines (run_id, line_id, said_at, source, line_text)
     select 5, i, now() - interval '5 days', 'worker', 'x' from generate_series(1, 6000) i`,
  )
  return database
}

const left = async ({ owner }: TestDatabase) => {
  const { rows } = await owner.query(
    `select (select count(*)::int from ml_worker.run_records) as records,
       (select count(*)::int from ml_worker.run_log_lines) as lines`,
  )
  return rows[0]
}

t.test('the command tells what is due, and removes it with an entry of the audit', async (t) => {
  const database = await setUp(t)
  const environment = { DATABASE_URL: database.url, RUN_RECORDS_DAYS: '3', DATA_DIR: await dataFolder(t) }
  const dry = await runCommandLine(['retention', '--dry-run'], { environment })
  t.match(dry, {
    code: 0,
    err: '',
    out: /^kind +kept days +due +in use +what\nrun-records +3 +6003 +0 +records and lines/,
  })
  t.same(await left(database), { records: 5, lines: 6000 })
  const done = await runCommandLine(['retention'], { environment })
  t.match(done, { code: 0, out: /removed +in use +what\nrun-records +3 +6003 / })
  t.same(await left(database), { records: 2, lines: 0 })
  t.match(await runCommandLine(['retention'], { environment }), { code: 0, out: /run-records +3 +0 / })
  const { rows } = await database.owner.query('select actor, action, resource, details from ml_worker.audit_events')
  t.match(rows, [{ actor: /^command\//, action: 'retention.remove', resource: 'retention/run-records' }])
  t.same(rows[0].details, { kept_days: 3, due: 6003 }, 'counts only, and one entry though it took several statements')
  t.match(await runCommandLine(['retention', 'now'], { environment }), { code: 2, err: /what is "now"/ })
})

t.test('the repeated job removes for all workers, and each worker its own files', async (t) => {
  const database = await setUp(t)
  const dataDir = await dataFolder(t)
  const runs = join(dataDir, 'runs')
  await mkdir(runs)
  for (const [runId, days] of [
    [91, 4],
    [92, 2],
  ] as const) {
    const record = {
      runId,
      modelName: 'm',
      status: 'SUCCESS',
      acceptedAt: null,
      startedAt: null,
      endedAt: Date.now() - days * DAY_MS,
      secondsTrained: 1,
      parameters: null,
      error: null,
    }
    await writeFile(join(runs, `${runId}.json`), JSON.stringify(record))
  }
  const worker = await startTestService(t, { DATABASE_URL: database.url, DATA_DIR: dataDir, RUN_RECORDS_DAYS: 3 })
  await until(async () => (await left(database)).lines === 0)
  await until(async () => (await readdir(runs)).join() === '92.json')
  const retention = async () => (await worker.get('/api/retention')).body.retention
  t.match(await retention(), [
    { name: 'run-records', kept_days: 3, due: 0, in_use: 0, reach: 'shared' },
    { name: 'run-files', kept_days: 3, due: 0, reach: 'worker' },
  ])
  const { body } = await worker.get('/api/audit-events?action=retention.remove')
  t.same(
    body.audit_events
      .map((event: { actor: string; resource: string; details: object }) => [
        event.actor,
        event.resource,
        event.details,
      ])
      .sort(),
    [
      ['worker/retention', 'retention/run-files', { kept_days: 3, due: 1 }],
      ['worker/retention', 'retention/run-records', { kept_days: 3, due: 6003 }],
    ],
  )
  await database.owner.query(
    `insert into ml_worker.run_records (run_id, status, ended_at) values (7, 'FAILED', now() - interval '9 days')`,
  )
  t.match(await retention(), [{ name: 'run-records', due: 1 }, {}], 'looking removes nothing')
  t.match(await retention(), [{ name: 'run-records', due: 1 }, {}])
})

t.test('without the schema a worker removes its own files all the same', async (t) => {
  const database = await createTestDatabase(t)
  const worker = await startTestService(t, { DATABASE_URL: database.url })
  t.match(await worker.get('/api/retention'), {
    status: 200,
    body: {
      retention: [
        { name: 'run-records', due: 0 },
        { name: 'run-files', due: 0 },
      ],
    },
  })
})
