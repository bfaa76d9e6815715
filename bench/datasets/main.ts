// npm run bench:datasets — uploads of a large CSV, and the statistics of a million rows beside the time of reading them.
//
//   --megabytes 1000   of the upload             --rows 1000000   of the statistics, with 20 columns
//   --repeats 5        readings, in turns        --only upload|statistics
//   --json FILE        all figures as JSON
//
// The uploads come from curl.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { createPool } from '../../src/database/pool.ts'
import { createTables } from '../../src/database/schema.ts'
import { registerModel } from '../../src/registry/models-table.ts'
import { measureUpload, type UploadFigures } from './measure-upload.ts'
import { writeTable } from './write-table.ts'

const READING = fileURLToPath(new URL('./reading.ts', import.meta.url))
const MODEL = { name: 'k_means', type: 'clusterer', className: 'KMeansModel', description: 'of a benchmark' } as const
const { values: options } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1000' },
    rows: { type: 'string', default: '1000000' },
    repeats: { type: 'string', default: '5' },
    only: { type: 'string' },
    json: { type: 'string' },
  },
})

const folder = mkdtempSync(join(tmpdir(), 'bench-datasets-'))
// As root the embedded PostgreSQL runs as another user, who must get through.
chmodSync(folder, 0o755)
try {
  const uploads = options.only === 'statistics' ? [] : await measureUploads()
  const statistics = options.only === 'upload' ? [] : await measureStatistics()
  if (options.json) writeFileSync(options.json, JSON.stringify({ uploads, statistics }, null, 1))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Each to a worker of its own. */
async function measureUploads(): Promise<UploadFigures[]> {
  const file = join(folder, 'upload.csv')
  const { rows, bytes } = await writeTable(file, { bytesMax: 1e6 * Number(options.megabytes) })
  const log = pino({ level: 'warn' })
  const postgres = await startEmbeddedPostgres(join(folder, 'postgres'), log)
  try {
    const pool = createPool(postgres.url(), log)
    await createTables(pool)
    // A worker without any is not ready.
    await registerModel(pool, MODEL)
    await pool.end()
    await migrateOwnSchema(postgres.url(), { log })
    console.log(`\nA CSV of ${mb(bytes)} MB, ${rows} rows × 20 columns`)
    console.log(
      '| sent as | s | MB at rest | MB more | event loop p99 ms | max | health p50 ms | p99 | max |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|',
    )
    const figures: UploadFigures[] = []
    for (const way of ['raw', 'form'] as const) {
      const place = { databaseUrl: postgres.url(), dataDir: join(folder, `data-${way}`) }
      const measured = await measureUpload(file, way, place)
      const { seconds, restBytes, grownBytes, loop, health } = measured
      const ms = [loop.p99, loop.max, health.p50, health.p99, health.max].map((value) => value.toFixed(1))
      console.log(`| ${[way, seconds.toFixed(1), mb(restBytes), mb(grownBytes), ...ms].join(' | ')} |`)
      rmSync(place.dataDir, { recursive: true, force: true })
      figures.push(measured)
    }
    return figures
  } finally {
    await postgres.stop()
  }
}

interface Pair {
  readonly table: number
  readonly statistics: number
}

/** In turns, each in a process of its own. */
async function measureStatistics(): Promise<Pair[]> {
  const file = join(folder, 'statistics.csv')
  const { rows, bytes } = await writeTable(file, { rowsMax: Number(options.rows) })
  console.log(`\nA CSV of ${mb(bytes)} MB, ${rows} rows × 20 columns`)
  console.log('| turn | reading s | statistics s | ratio |\n|---|--:|--:|--:|')
  const pairs: Pair[] = []
  for (let turn = 1; turn <= Number(options.repeats); turn++) {
    const pair = { table: read('table', file), statistics: read('statistics', file) }
    pairs.push(pair)
    console.log(line(String(turn), pair))
  }
  console.log(line('median', { table: median(pairs, 'table'), statistics: median(pairs, 'statistics') }))
  return pairs
}

function read(what: keyof Pair, file: string): number {
  const { status, stdout, stderr } = spawnSync(process.execPath, [READING, what, file], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return Number(stdout)
}

function median(pairs: readonly Pair[], what: keyof Pair): number {
  const sorted = pairs.map((pair) => pair[what]).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] as number
}

function line(name: string, { table, statistics }: Pair): string {
  return `| ${name} | ${table.toFixed(2)} | ${statistics.toFixed(2)} | ${(statistics / table).toFixed(2)} |`
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
