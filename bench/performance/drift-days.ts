// npm run bench:drift — the drift of 30 days on demand, out of the counts that workers wrote hour by hour, in an embedded
// PostgreSQL. Rows are counted when they are predicted, so their number decides nothing: hours, workers and cells do.
//
//   --processes 4      that counted in every hour: workers, and their restarts
//   --columns 20       numbers, in tenths
//   --repeats 9
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import pg from 'pg'
import pino from 'pino'
import { type Baseline, type ColumnBaseline, cellCountOf, columnsOf } from '../../src/cells/baseline.ts'
import type { OwnSchema } from '../../src/database/own-schema/own-schema.ts'
import { CellCounts } from '../../src/monitoring/cells/cell-counts.ts'
import { Drift, type DriftParts } from '../../src/monitoring/drift/drift.ts'
import { DEFAULT_WORDS } from '../../src/monitoring/log/monitoring-schemas.ts'
import { openOwnDatabase } from '../own-database.ts'

const { values: options } = parseArgs({
  options: {
    processes: { type: 'string', default: '4' },
    columns: { type: 'string', default: '20' },
    repeats: { type: 'string', default: '9' },
  },
})
const [processCount, columnCount, repeats] = [options.processes, options.columns, options.repeats].map(Number) as [
  number,
  number,
  number,
]
const DAYS = 30
const HOUR_MS = 3_600_000
const ROWS = 10_000_000
const log = pino({ level: 'warn' })
const to = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS)
const from = new Date(to.getTime() - DAYS * 24 * HOUR_MS)

await using database = await openOwnDatabase('bench-drift', log)
const { pool } = database
const baseline = baselineOf(columnCount)
await fill(baseline)
// All that these parts ask of others.
const ownSchema = { pool, isUsable: async () => true } as unknown as OwnSchema
const project = { projectId: 1, name: 'watched' }
const baselines = { of: async () => baseline }
const drift = new Drift({
  ownSchema,
  projects: { find: async () => project },
  versions: { require: async () => ({ version: 1, runId: 1 }) },
  counts: new CellCounts({ pool, baselines, save: async () => {} }),
  baselines,
  settings: { of: async () => DEFAULT_WORDS },
} as unknown as DriftParts)
const asked = { project: 'watched', environment: 'production', version: 1, window: { from, to } }
const times: number[] = []
for (let i = 0; i < repeats; i++) {
  const startedAt = performance.now()
  const { look } = await drift.find(asked)
  times.push(performance.now() - startedAt)
  if (look.rowCount === 0) throw new Error('nothing was counted')
  if (i === 0) console.log(`${look.rowCount} rows, ${look.columns.length} columns, ${look.state}`)
}
const ordered = times.toSorted((a, b) => a - b)
console.log(`${DAYS} days, ${processCount} processes, median ${Math.round(ordered[repeats >> 1] as number)} ms`)
console.log(`slowest ${Math.round(ordered.at(-1) as number)} ms`)

function baselineOf(count: number): Baseline {
  const edges = Array.from({ length: 11 }, (_, i) => i / 10)
  const numeric = (name: string): ColumnBaseline => ({
    name,
    cells: { kind: 'numeric', edges },
    counts: [...Array.from({ length: 10 }, () => 500), 0, 0, 0],
  })
  const answer: ColumnBaseline = {
    name: 'label',
    cells: { kind: 'categorical', levels: ['a', 'b'], hasOther: false },
    counts: [2_600, 2_400, 0, 0],
  }
  return {
    features: Array.from({ length: count }, (_, i) => numeric(`x${i}`)),
    answers: [answer],
    confidence: numeric('confidence'),
    answersOf: 'held_out',
    rowCount: 5_000,
    answerRowCount: 5_000,
  }
}

/** Every process counts its share of each hour, evenly over the cells that the training had. */
async function fill(baseline: Baseline): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  // Only what the counts are joined with.
  await client.query('set session_replication_role = replica')
  await client.query(`
    insert into ml_worker.deployments (project_id, environment, version, run_id, model_name, target, settings, instances, origin,
      deactivate_others, status, requested_at, requested_by, request_digest, active_from, step, failures, try_after, attempt)
    values (1, 'production', 1, 1, 'm', 'local', '{}', 1, 'deploy', false, 'active', now(), 'bench', '', now(), 'observe', 0,
      now(), 0)`)
  await client.query(`
    insert into ml_worker.versions (project_id, version, run_id, request, dataset_id, dataset_sha256, metrics, artifact_sha256,
      artifact_bytes, created_at, created_by)
    values (1, 1, 1, '{}', 1, '', '{}', '', 0, now(), 'bench')`)
  const hourRows = Math.round(ROWS / (DAYS * 24 * processCount))
  const columns = columnsOf(baseline)
  const counts = columns.flatMap(({ cells, counts }) => {
    const total = counts.reduce((sum, count) => sum + count, 0)
    return Array.from({ length: cellCountOf(cells) }, (_, i) => Math.round((hourRows * (counts[i] ?? 0)) / total))
  })
  for (let process = 0; process < processCount; process++) {
    await client.query(
      `insert into ml_worker.cell_counts (deployment_id, version, hour, process_id, row_count, counts)
       select 1, 1, hour, $1::uuid, $2, $3::bigint[] from generate_series($4::timestamptz, $5::timestamptz - interval '1 hour', '1 hour') hour`,
      [randomUUID(), hourRows, counts, from, to],
    )
  }
  await client.query('analyze ml_worker.cell_counts')
  await client.end()
}
