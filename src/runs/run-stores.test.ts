// What both stores of runs promise (run-store.ts): files and tables.
import pino from 'pino'
import t, { type Test } from 'tap'
import { createOwnDatabase } from '../../test/support/database.ts'
import { createPool } from '../database/pool.ts'
import type { LogLine } from './log-line.ts'
import { RunFiles } from './run-files.ts'
import type { RunRecord } from './run-record.ts'
import { deleteOlderThan } from './run-records-table.ts'
import type { RunStore } from './run-store.ts'
import { RunTables } from './run-tables.ts'

const log = pino({ level: 'silent' })
const database = await createOwnDatabase(t)
const pool = createPool(database.url, log)
t.teardown(() => pool.close())

const recordOf = (runId: number, more: Partial<RunRecord> = {}): RunRecord => ({
  runId,
  modelName: 'majority',
  status: 'SUCCESS',
  acceptedAt: 1_000,
  startedAt: null,
  endedAt: 3_000,
  secondsTrained: 0.5,
  parameters: { a: 1, 'ä\0\ud800': [null, 'x\0'] },
  warnings: null,
  splitSeed: 2 ** 52,
  error: null,
  ...more,
})
const lineOf = (id: number, text = `line ${id}`): LogLine => ({
  id,
  time: new Date(id).toISOString(),
  source: 'worker',
  text,
})

const STORES: readonly (readonly [name: string, open: (t: Test) => Promise<RunStore>])[] = [
  [
    'files',
    async (t) => {
      const files = new RunFiles(t.testdir())
      await files.open()
      return files
    },
  ],
  [
    'tables',
    async () => {
      await pool.query('truncate ml_worker.run_records, ml_worker.run_log_lines')
      return new RunTables(pool)
    },
  ],
]

for (const [name, open] of STORES) {
  t.test(`${name} give back what was written`, async (t) => {
    const store = await open(t)
    await store.begin(7, 1_000)
    await store.append(7, [lineOf(1), lineOf(2)])
    await store.append(7, [])
    await store.append(7, [lineOf(3, 'ä 😀')])
    t.equal(await store.readRecord(7), undefined, 'it has not ended')
    await store.writeRecord(recordOf(7))
    t.same(await store.readRecord(7), recordOf(7))
    t.same(await store.readLog(7), [lineOf(1), lineOf(2), lineOf(3, 'ä 😀')])
    t.same(await store.readLog(7, 2), [lineOf(3, 'ä 😀')])
    t.equal(await store.readRecord(8), undefined)
    t.same(await store.readLog(8), [])
  })

  t.test(`${name} keep all that a record can say`, async (t) => {
    const store = await open(t)
    const failed = recordOf(1, {
      modelName: null,
      status: 'FAILED',
      startedAt: 2_000,
      secondsTrained: null,
      parameters: null,
      splitSeed: null,
      warnings: [{ code: 'NOT_CONVERGED', message: 'few \0', column: 'ä' }],
      correlationId: 'order 5',
      made: { idempotencyKey: 'k', digest: 'd' },
      error: { code: 'out_of_memory', message: 'too much' },
    })
    await store.writeRecord(failed)
    t.same(await store.readRecord(1), failed)
    await store.writeRecord(recordOf(1))
    t.same(await store.readRecord(1), recordOf(1), 'in place of the one before')
  })

  t.test(`${name} give several records at once, without their parameters`, async (t) => {
    const store = await open(t)
    for (const runId of [1, 2, 3]) await store.writeRecord(recordOf(runId))
    const records = await store.readRecords([3, 1, 9])
    t.same(
      [...records].sort(([a], [b]) => a - b),
      [
        [1, recordOf(1, { parameters: null })],
        [3, recordOf(3, { parameters: null })],
      ],
    )
    t.equal((await store.readRecords([])).size, 0)
  })

  t.test(`${name} find the runs of a caller's id`, async (t) => {
    const store = await open(t)
    for (const runId of [1, 2, 3]) await store.writeRecord(recordOf(runId, runId === 2 ? {} : { correlationId: 'c' }))
    t.same(await store.runIdsOf('c'), [3, 1])
    t.same(await store.runIdsOf('other'), [])
  })

  t.test(`${name} begin anew with a run whose id is that of one that had ended before`, async (t) => {
    const store = await open(t)
    await store.append(1, [lineOf(1)])
    await store.begin(1, 5_000)
    t.same(await store.readLog(1), [lineOf(1)], 'it has not ended')
    await store.writeRecord(recordOf(1, { endedAt: 6_000 }))
    await store.begin(1, 5_000)
    t.not(await store.readRecord(1), undefined, 'it has ended after that')
    await store.begin(1, 7_000)
    t.equal(await store.readRecord(1), undefined)
    t.same(await store.readLog(1), [])
    await store.append(1, [lineOf(8_000)])
    t.same(await store.readLog(1), [lineOf(8_000)])
  })

  t.test(`${name} erase every line and every part of a record that mentions a value`, async (t) => {
    const store = await open(t)
    const isMentioned = (text: string): boolean => text.includes('Anna')
    await store.append(1, [lineOf(1), lineOf(2, 'is Anna'), lineOf(3, '"Anna"')])
    const { signal } = new AbortController()
    t.same(await store.erase(isMentioned, signal), { records: 0, lines: 2, quotingErrors: [] })
    t.same(await store.readLog(1), [lineOf(1)], 'of a run that has not ended')
    await store.append(1, [lineOf(4)])
    t.same(await store.readLog(1), [lineOf(1), lineOf(4)])
    await store.writeRecord(recordOf(1))
    await store.writeRecord(
      recordOf(2, {
        status: 'FAILED',
        parameters: { of: [{ Anna: 1 }] },
        warnings: [
          { code: 'COLUMN_ID_LIKE', message: 'about Anna' },
          { code: 'COLUMN_MIXED', message: 'about nobody' },
        ],
        correlationId: 'Anna 5',
        made: { idempotencyKey: 'Anna-1', digest: 'd' },
        error: { code: 'model_failed', message: 'cannot learn Anna' },
      }),
    )
    t.same(await store.erase(isMentioned, signal), { records: 1, lines: 0, quotingErrors: [2] })
    t.same(await store.readRecord(1), recordOf(1))
    const rest = recordOf(2, {
      status: 'FAILED',
      parameters: null,
      warnings: [{ code: 'COLUMN_MIXED', message: 'about nobody' }],
      error: { code: 'model_failed', message: 'erased' },
    })
    t.same(await store.readRecord(2), rest)
    t.same(await store.runIdsOf('Anna 5'), [])
    t.same(
      await store.erase(isMentioned, signal),
      { records: 0, lines: 0, quotingErrors: [] },
      'twice is as good as once',
    )
    await t.rejects(store.erase(isMentioned, AbortSignal.abort(new Error('enough'))), { message: 'enough' })
  })

  t.test(`${name} leave parameters out that are too many`, async (t) => {
    const store = await open(t)
    await store.writeRecord(recordOf(1, { parameters: { weights: 'x'.repeat(100_000) } }))
    t.equal((await store.readRecord(1))?.parameters, null)
  })
}

t.test('tables take a line again that they have, and text that PostgreSQL does not', async (t) => {
  await pool.query('truncate ml_worker.run_records, ml_worker.run_log_lines')
  const store = new RunTables(pool)
  await store.append(1, [lineOf(1), lineOf(2)])
  await store.append(1, [lineOf(2), lineOf(3, 'a\0b\ud800')])
  t.same(await store.readLog(1), [lineOf(1), lineOf(2), lineOf(3, 'a\u{FFFD}b\u{FFFD}')])
})

t.test('retention removes what is older, and nothing else', async (t) => {
  await pool.query('truncate ml_worker.run_records, ml_worker.run_log_lines')
  const store = new RunTables(pool)
  const now = Date.now()
  for (const [runId, days] of [
    [1, 31],
    [2, 29],
  ] as const) {
    const at = now - days * 86_400_000
    await store.append(runId, [{ ...lineOf(1), time: new Date(at).toISOString() }])
    await store.writeRecord(recordOf(runId, { endedAt: at }))
  }
  t.equal(await deleteOlderThan(pool, 30), 2)
  t.equal(await deleteOlderThan(pool, 30), 0)
  t.equal(await store.readRecord(1), undefined)
  t.same(await store.readLog(1), [])
  t.not(await store.readRecord(2), undefined)
  t.equal((await store.readLog(2)).length, 1)
})

t.test('tables are gone through page by page', async (t) => {
  await pool.query('truncate ml_worker.run_records, ml_worker.run_log_lines')
  const store = new RunTables(pool)
  await pool.query(
    `insert into ml_worker.run_records (run_id, status, ended_at, correlation_id)
     select i, 'SUCCESS', now(), case when i % 100 = 0 then 'Anna' end from generate_series(1, 1000) i`,
  )
  await pool.query(
    `insert into ml_worker.run_log_lines (run_id, line_id, said_at, source, line_text)
     select i / 1000 + 1, i, now(), 'stdout', case when i % 1000 = 999 then 'Anna' else 'x' end
     from generate_series(1, 7000) i`,
  )
  const erased = await store.erase((text) => text.includes('Anna'), new AbortController().signal)
  t.same(erased, { records: 10, lines: 7, quotingErrors: [] })
})

t.test('files remove runs that ended before a time, whatever was written to last', async (t) => {
  const files = new RunFiles(t.testdir())
  await files.open()
  for (const [runId, endedAt] of [
    [1, 5_000],
    [2, 9_000],
    [3, 4_000],
  ] as const) {
    await files.append(runId, [lineOf(1)])
    await files.writeRecord(recordOf(runId, { endedAt }))
  }
  await files.append(4, [lineOf(1)])
  t.same(await files.endedBefore(6_000), [1, 3])
  t.equal(await files.removeEndedBefore(6_000), 2)
  t.equal(await files.removeEndedBefore(6_000), 0)
  t.same(files.runIds, [2, 4])
  t.same(await files.readLog(1), [])
})
