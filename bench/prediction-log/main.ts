// npm run bench:prediction-log — writing, listing and fetching kept predictions, over 30 days in an embedded PostgreSQL.
//
//   --rows 10000000    kept predictions, of two projects, with 20 columns
//   --repeats 5        of each page
//   --json FILE        all figures as JSON
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import pino from 'pino'
import type { ServicePool } from '../../src/database/pool.ts'
import { NO_KEYS } from '../../src/encryption/key-ring.ts'
import { FeatureReader } from '../../src/monitoring/log/decode-rows.ts'
import { exportBlocks, PAGE_ROWS } from '../../src/monitoring/log/export-blocks.ts'
import { batchOf, writeBatch } from '../../src/monitoring/log/log-writer.ts'
import type { LoggedRow } from '../../src/monitoring/log/logged-row.ts'
import { addPredictionDays } from '../../src/monitoring/log/prediction-days-table.ts'
import { BATCH_ROWS } from '../../src/monitoring/log/prediction-log.ts'
import { listPredictions, type PredictionFilter } from '../../src/monitoring/log/predictions-table.ts'
import { idOfRow, PredictionIds } from '../../src/prediction/prediction-ids.ts'
import { writeArrow } from '../../src/rows/write-arrow.ts'
import { headerLine, writeLines } from '../../src/rows/write-csv.ts'
import { openOwnDatabase } from '../own-database.ts'

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    repeats: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
})
const ROWS = Number(options.rows)
const REPEATS = Number(options.repeats)
const DAYS = 30
const DAY_MS = 86_400_000
const COLUMNS = 20
/** Rows of a table that is fetched whole. */
const FETCHED_MAX = 1_000_000
const WRITTEN_BATCHES = 20
const log = pino({ level: 'warn' })
const figures: Record<string, number> = {}

await using database = await openOwnDatabase('bench-prediction-log', log)
const { pool } = database
await plant(pool)
const now = Date.now()
const first = Math.floor(now / DAY_MS) * DAY_MS - (DAYS - 1) * DAY_MS
await addPredictionDays(pool, first, DAYS + 1)
await fill(first)
await measureWriting(pool)
await measurePages(pool, now, first)
await measureContent(pool, now - DAY_MS)
if (options.json) writeFileSync(options.json, JSON.stringify(figures, null, 1))

/** Two projects with a version each. */
async function plant(pool: ServicePool): Promise<void> {
  await pool.query('alter table ml_worker.versions drop constraint versions_dataset_id_fkey')
  await pool.query(`
    insert into ml_worker.projects (project_name, revision, tags, model_name, parameters, label_columns, feature_columns,
      training_options, next_version, review_policy, created_at, created_by, changed_at, changed_by)
    select 'kept-' || i, 1, '{}', 'm', '{}', '{}', '{}', '{}', 2, '{}', now(), 'bench', now(), 'bench'
    from generate_series(1, 2) i`)
  await pool.query(`
    insert into ml_worker.versions (project_id, version, run_id, request, dataset_id, dataset_sha256, metrics,
      artifact_sha256, artifact_bytes, created_at, created_by)
    select i, 1, i, '{}', 1, '', '{}', '', 1, now(), 'bench' from generate_series(1, 2) i`)
}

/** Day by day; the second project has a hundredth of the rows. Statements take longer than the pool waits. */
async function fill(first: number): Promise<void> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const perDay = Math.floor(ROWS / DAYS)
  const random = Array.from({ length: COLUMNS }, () => 'random()').join(', ')
  const startedAt = performance.now()
  for (let day = 0; day < DAYS; day++) {
    await client.query(
      `insert into ml_worker.predictions (project_id, predicted_at, prediction_id, deployment_id, version, milliseconds,
         weight, answer, confidence, environment, features)
       select case when i % 100 = 0 then 2 else 1 end, to_timestamp(ms / 1000.0),
         (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(i % 4096), 3, '0') || '80000000' || lpad(to_hex(i), 8, '0'))::uuid,
         1, 1, 1.5, 10, i % 3, 0.9, 'production', array[${random}]
       from generate_series(1, $2::integer) i, lateral (select ($1::float8 + i * ($3::float8 / $2))::bigint as ms) t`,
      [first + day * DAY_MS, perDay, Math.min(DAY_MS, Math.max(0, Date.now() - first - day * DAY_MS - 60_000))],
    )
  }
  const seconds = (performance.now() - startedAt) / 1000
  await client.query('analyze ml_worker.predictions')
  const { rows } = await client.query<{ heap: string; indexes: string }>(
    `select sum(pg_table_size(inhrelid)) as heap, sum(pg_indexes_size(inhrelid)) as indexes from pg_inherits
     where inhparent = 'ml_worker.predictions'::regclass`,
  )
  await client.end()
  const bytes = (size: string | undefined): number => Math.round(Number(size) / (perDay * DAYS))
  tell('filled, rows', perDay * DAYS)
  tell('filled, s', seconds)
  tell('bytes a row, heap', bytes(rows[0]?.heap))
  tell('bytes a row, index', bytes(rows[0]?.indexes))
}

async function measureWriting(pool: ServicePool): Promise<void> {
  const ids = new PredictionIds()
  const startedAt = performance.now()
  for (let i = 0; i < WRITTEN_BATCHES; i++) {
    const rows = Array.from(
      { length: BATCH_ROWS },
      (): LoggedRow => ({
        ...{ projectId: 1, deploymentId: 1, version: 1, environment: 'production', milliseconds: 1.5, weight: 10 },
        ...{ predictionId: idOfRow(ids.next(), 0), answer: 1, confidence: 0.9 },
        features: Float64Array.from({ length: COLUMNS }, Math.random),
      }),
    )
    await writeBatch(pool, batchOf(rows, NO_KEYS))
  }
  tell('written, rows/s', (WRITTEN_BATCHES * BATCH_ROWS * 1000) / (performance.now() - startedAt))
}

async function measurePages(pool: ServicePool, now: number, first: number): Promise<void> {
  const page = async (what: string, projectId: number, filter: PredictionFilter, after?: string): Promise<void> => {
    const times: number[] = []
    for (let i = 0; i < REPEATS; i++) {
      const startedAt = performance.now()
      await listPredictions(pool, projectId, filter, { order: 'newest', limit: 51, after })
      times.push(performance.now() - startedAt)
    }
    tell(`page of 50, ${what}, ms`, times.toSorted((a, b) => a - b)[REPEATS >> 1] as number)
  }
  const middle = new PredictionIds(() => now - 15 * DAY_MS).next()
  await page('newest', 1, {})
  await page('before a time in the middle', 1, { to: now - 15 * DAY_MS })
  await page('after an id in the middle', 1, {}, idOfRow(middle, 0))
  await page('one class', 1, { version: 1, answer: 2 })
  await page('the small project', 2, {})
  await page('a deployment without rows, one day', 1, { deploymentId: 9, from: first, to: first + DAY_MS })
}

async function measureContent(pool: ServicePool, to: number): Promise<void> {
  const numeric = (name: string) => ({ name, kind: 'numeric', levels: [] }) as const
  const columns = {
    features: Array.from({ length: COLUMNS }, (_, i) => numeric(`x${i}`)),
    answer: { name: 'y', kind: 'categorical', levels: ['a', 'b', 'c'] },
    outputCount: 1,
  } as const
  const blocks = () => {
    let read = 0
    return exportBlocks(
      async (after) => {
        const limit = Math.min(PAGE_ROWS, FETCHED_MAX - read)
        const found = await listPredictions(pool, 1, { version: 1, to }, { order: 'oldest', limit, after })
        read += found.length
        return found
      },
      columns,
      new FeatureReader(NO_KEYS),
    )
  }
  for (const form of ['csv', 'arrow'] as const) {
    const startedAt = performance.now()
    let rows = 0
    let rss = 0
    const before = process.memoryUsage.rss()
    const counted = async function* () {
      for await (const block of blocks()) {
        rows += block.rowCount
        rss = Math.max(rss, process.memoryUsage.rss())
        yield block
        if (rows >= FETCHED_MAX) return
      }
    }
    if (form === 'arrow') for await (const _ of writeArrow(counted()));
    else for await (const block of counted()) for (const _ of [headerLine(block), ...writeLines(block)]);
    tell(`fetched as ${form}, rows/s`, (rows * 1000) / (performance.now() - startedAt))
    tell(`fetched as ${form}, MiB more`, (rss - before) / 2 ** 20)
  }
}

function tell(what: string, value: number): void {
  figures[what] = value
  console.log(`${what.padEnd(52)} ${value >= 100 ? Math.round(value) : value.toFixed(2)}`)
}
