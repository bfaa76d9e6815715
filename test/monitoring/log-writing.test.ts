// The log of predictions over a real database: what is written, once, in days of its own, sealed where there are keys.
import { randomBytes } from 'node:crypto'
import pino from 'pino'
import t, { type Test } from 'tap'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { createPool } from '../../src/database/pool.ts'
import { KeyRing, NO_KEYS } from '../../src/encryption/key-ring.ts'
import { FeatureReader } from '../../src/monitoring/log/decode-rows.ts'
import { batchOf, writeBatch } from '../../src/monitoring/log/log-writer.ts'
import { addPredictionDays } from '../../src/monitoring/log/prediction-days-table.ts'
import { PredictionLog, type PredictionLogParts } from '../../src/monitoring/log/prediction-log.ts'
import { findPrediction, listPredictions } from '../../src/monitoring/log/predictions-table.ts'
import { keptPredictions } from '../../src/monitoring/log/retention.ts'
import { rotateBatches } from '../../src/monitoring/log/rotate-batches.ts'
import { idOfRow } from '../../src/prediction/prediction-ids.ts'
import { createOwnDatabase, type TestDatabase } from '../support/database.ts'
import { idsAt, predicted } from '../support/predicted.ts'
import { createRole } from '../support/roles.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

const log = pino({ level: 'silent' })
const DAY_MS = 86_400_000
const dayOf = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS

/** A database with one project of one version, and a log that writes to it. */
async function setUp(t: Test, given: Partial<PredictionLogParts> & { readonly keys?: KeyRing } = {}) {
  const database = await createOwnDatabase(t)
  const { role, url } = await createRole(t, database)
  await migrateOwnSchema(database.url, { grantTo: role, log })
  await plantVersion(database.owner)
  const proxy = await createTcpProxy(t, url)
  await proxy.open()
  const pool = createPool(proxy.url, log, 2)
  t.teardown(() => pool.close())
  const counts = { written: 0, dropped: {} as Record<string, number> }
  const { keys = NO_KEYS, ...parts } = given
  const make = (): PredictionLog =>
    new PredictionLog({
      rateOf: () => 1,
      keyColumnOf: () => undefined,
      batchOf: (rows) => batchOf(rows, keys),
      write: (batch) => writeBatch(pool, batch),
      onWritten: (count) => {
        counts.written += count
      },
      onDropped: (reason, count) => {
        counts.dropped[reason] = (counts.dropped[reason] ?? 0) + count
      },
      log,
      ...parts,
    })
  const stored = () => listPredictions(database.owner, 1, {}, { order: 'oldest', limit: 1_000_000 })
  const days = async (): Promise<string[]> => {
    const { rows } = await database.owner.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'ml_worker.predictions'::regclass
       order by 1`,
    )
    return rows.map(({ name }) => name.replace('ml_worker.predictions_', ''))
  }
  return { database, role, url, proxy, pool, make, counts, stored, days }
}

/** What a version refers to. */
async function plantVersion(owner: TestDatabase['owner']): Promise<void> {
  await owner.query('alter table ml_worker.versions drop constraint versions_dataset_id_fkey')
  await owner.query(`
    insert into ml_worker.projects (project_name, revision, tags, model_name, parameters, label_columns, feature_columns,
      training_options, next_version, review_policy, created_at, created_by, changed_at, changed_by)
    values ('kept', 1, '{}', 'majority', '{}', '{}', '{}', '{}', 2, '{}', now(), 'test', now(), 'test')`)
  await owner.query(`
    insert into ml_worker.versions (project_id, version, run_id, request, dataset_id, dataset_sha256, metrics,
      artifact_sha256, artifact_bytes, created_at, created_by)
    values (1, 1, 1, '{}', 1, '', '{}', '', 1, now(), 'test')`)
}

t.test('rows are written as they were told, and no value loses a digit', async (t) => {
  const { make, stored, counts, database } = await setUp(t)
  const rows = make()
  const told = predicted({
    rows: Uint32Array.of(3, 9),
    columns: [Float64Array.of(0.1, Number.NaN), undefined, Float64Array.of(1_790_000_000_123, -2)],
    answers: Float64Array.of(1, Number.NaN),
    confidence: undefined,
  })
  rows.hear(told)
  await rows.flush()
  const found = await stored()
  t.match(found, [
    {
      predictionId: idOfRow(told.idPrefix, 3),
      deploymentId: 1,
      version: 1,
      runId: 1,
      environment: 'production',
      milliseconds: 1.5,
      weight: 1,
      answer: 1,
      confidence: null,
      features: [0.1, null, 1_790_000_000_123],
      sealed: null,
    },
    { predictionId: idOfRow(told.idPrefix, 9), answer: null, features: [null, null, -2] },
  ])
  t.match(await findPrediction(database.owner, 1, idOfRow(told.idPrefix, 9)), { features: [null, null, -2] })
  t.equal(await findPrediction(database.owner, 2, idOfRow(told.idPrefix, 9)), undefined, 'of another project')
  t.same(counts, { written: 2, dropped: {} })
})

t.test('a write whose answer is lost is repeated, and counts once', async (t) => {
  let attempts = 0
  const { make, stored, counts, pool } = await setUp(t, {
    async write(batch) {
      await writeBatch(pool, batch)
      attempts += 1
      if (attempts < 3) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
    },
  })
  const rows = make()
  for (let i = 0; i < 50; i++) rows.hear(predicted())
  await rows.flush()
  t.equal(attempts, 3)
  t.equal((await stored()).length, 50)
  t.same(counts, { written: 50, dropped: {} })
})

t.test(
  'while the database is away the memory stays level, the newest are dropped and counted, and it goes on',
  async (t) => {
    const { make, stored, counts, proxy } = await setUp(t, {
      bounds: { rowsMax: 3_000, bytesMax: 2 ** 22 },
      triedMs: 300,
    })
    const rows = make()
    rows.hear(predicted())
    await rows.flush()
    await proxy.shut()
    for (let i = 0; i < 20_000; i++) rows.hear(predicted())
    t.ok(rows.rowCount <= 3_000 && rows.byteLength <= 2 ** 22, `${rows.rowCount} rows, ${rows.byteLength} bytes`)
    t.ok((counts.dropped['ring_full'] ?? 0) >= 20_000 - 3_000 - 2_000)
    await until(() => (counts.dropped['database'] ?? 0) > 0)
    await proxy.open()
    await rows.flush()
    for (let i = 0; i < 10; i++) rows.hear(predicted())
    await rows.flush()
    const { ring_full = 0, database = 0 } = counts.dropped
    t.equal((await stored()).length, counts.written)
    t.equal(counts.written + ring_full + database, 20_011, 'each row is written or counted as dropped')
    t.equal(rows.byteLength, 0)
  },
)

t.test('the end writes what waits, and counts what it cannot write', async (t) => {
  const { make, stored, counts, proxy } = await setUp(t)
  const first = make()
  for (let i = 0; i < 100; i++) first.hear(predicted())
  await first.close()
  t.equal((await stored()).length, 100)
  first.hear(predicted())
  t.same(counts.dropped, { stopped: 1 }, 'what comes after the end')
  const second = make()
  await proxy.shut()
  for (let i = 0; i < 100; i++) second.hear(predicted())
  await second.close()
  await until(() => counts.dropped['stopped'] === 101)
})

t.test('a row of a day that is not there makes the day; workers that make days at once make each once', async (t) => {
  const { make, days, url, stored } = await setUp(t)
  const midnight = dayOf(Date.now())
  const rows = make()
  for (const time of [midnight - 1, midnight, midnight + DAY_MS - 1])
    rows.hear(predicted({ idPrefix: idsAt(time).next() }))
  await rows.flush()
  t.equal((await days()).length, 2, 'the last millisecond of a day is in it')
  t.equal((await stored()).length, 3)

  const pools = Array.from({ length: 4 }, () => createPool(url, log, 2))
  t.teardown(() => Promise.all(pools.map((pool) => pool.close())))
  const made = await Promise.all(pools.flatMap((pool) => [0, 1].map(() => addPredictionDays(pool, midnight, 8))))
  t.equal(
    made.reduce((sum, count) => sum + count, 0),
    7,
  )
  t.equal((await days()).length, 9)
})

t.test('days are made while rows are read and written', async (t) => {
  const { database, pool, make, stored } = await setUp(t)
  const rows = make()
  rows.hear(predicted())
  await rows.flush()
  const reader = await database.owner.connect()
  await reader.query('begin')
  await reader.query('select count(*) from ml_worker.predictions')
  t.equal(await addPredictionDays(pool, Date.now() + 2 * DAY_MS, 1), 1)
  rows.hear(predicted())
  await rows.flush()
  await reader.query('commit')
  reader.release()
  t.equal((await stored()).length, 2)
})

t.test('who may not write or delete predictions makes and drops no days', async (t) => {
  const { database } = await setUp(t)
  const { role, url } = await createRole(t, database)
  await database.owner.query(`grant usage on schema ml_worker to ${role}`)
  await database.owner.query(`grant select on ml_worker.predictions to ${role}`)
  const pool = createPool(url, log, 1)
  t.teardown(() => pool.close())
  await t.rejects(addPredictionDays(pool, Date.now(), 1), { code: '42501' })
  await t.rejects(pool.query(`select ml_worker.drop_prediction_day('2999-01-01')`), { code: '42501' })
})

t.test('days that nobody needs are dropped whole, and projects that keep less lose their rows', async (t) => {
  const { pool, make, days, stored, database } = await setUp(t)
  const now = Date.now()
  const rows = make()
  for (const age of [0, 3, 8, 29, 31, 45]) rows.hear(predicted({ idPrefix: idsAt(now - age * DAY_MS).next() }))
  await rows.flush()
  t.equal((await days()).length, 6)
  const signal = AbortSignal.timeout(60_000)
  const remove = async () => {
    for (const kind of keptPredictions(
      pool,
      async () => true,
      () => now,
    )) {
      const due = await kind.countOld(signal)
      let removed = 0
      for (let some = -1; some !== 0; removed += some) some = await kind.deleteOld(signal)
      t.equal(removed, due, `${kind.name}: what was due is what is removed`)
    }
  }
  await remove()
  t.equal((await days()).length, 4, 'without settings 30 days')
  const settings = async (id: number, days: number) =>
    database.owner.query(
      `insert into ml_worker.monitoring_settings values ($1, 1, $2, now(), 'test')
       on conflict (project_id) do update set settings = excluded.settings`,
      [id, JSON.stringify({ retention_days: days })],
    )
  await settings(1, 7)
  await remove()
  t.equal((await days()).length, 4, 'the default stays the longest')
  t.equal((await stored()).length, 2)
})

t.test('with keys no value of a row is in the table, and only the keys open it', async (t) => {
  const keys = new KeyRing([randomBytes(32)])
  const { make, stored, database } = await setUp(t, { keys })
  const rows = make()
  for (let i = 0; i < 3; i++) rows.hear(predicted({ columns: [Float64Array.of(40_711 + i), undefined] }))
  await rows.flush()
  const found = await stored()
  const { rows: plain } = await database.owner.query('select from ml_worker.predictions where features is not null')
  t.equal(plain.length, 0)
  const reader = new FeatureReader(keys)
  t.same(
    found.map((row) => reader.featuresOf(row)),
    [0, 1, 2].map((i) => [40_711 + i, null]),
  )
  const [first, second] = found
  t.throws(() => new FeatureReader(new KeyRing([randomBytes(32)])).featuresOf(first as never), {
    code: 'ARTIFACT_UNUSABLE',
  })
  const moved = { ...first, sealed: { ...first?.sealed, row: second?.sealed?.row } }
  t.throws(() => reader.featuresOf(moved as never), { code: 'ARTIFACT_UNUSABLE' }, 'bytes of another place')
})

t.test('a rotation takes sealed rows to the first key, and needs the old one no more', async (t) => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)]
  const { make, stored, database } = await setUp(t, { keys: new KeyRing([old]) })
  const rows = make()
  rows.hear(predicted({ columns: [Float64Array.of(40_711)] }))
  await rows.flush()
  const both = new KeyRing([fresh, old])
  const rotate = async (isDryRun: boolean) =>
    (await rotateBatches({ client: database.owner, keys: both }, { isDryRun, encryptsPlain: false })).counts
  t.match(await rotate(true), { rewrapped: 1, current: 0 })
  t.match(await rotate(false), { rewrapped: 1, current: 0 }, 'a dry run changes nothing')
  t.match(await rotate(false), { rewrapped: 0, current: 1 })
  const [row] = await stored()
  t.same(new FeatureReader(new KeyRing([fresh])).featuresOf(row as never), [40_711])
  const left = await rotateBatches(
    { client: database.owner, keys: new KeyRing([old]) },
    { isDryRun: false, encryptsPlain: false },
  )
  t.match([...left.kept.values()], [{ reason: 'its key is missing', count: 1 }])
})
