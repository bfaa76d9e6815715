// One explained row over HTTP: forests of 100 trees, asked by wrk on one connection, beside the same row without explanation.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { createPool } from '../../src/database/pool.ts'
import { createTables } from '../../src/database/schema.ts'
import { registerModel } from '../../src/registry/models-table.ts'
import { load, wrkVersion } from '../serving/load.ts'
import { trainToEnd } from '../serving/runs.ts'
import { predictUrl, startWorker } from '../serving/servers.ts'

const MODEL = 'random_forest_classifier'
const WARM_SECONDS = 2
const SECONDS = 3

/** Prints a line a forest. features, labels: as the body of a training has them. */
export async function explainOverHttp(features: readonly object[], labels: readonly object[]): Promise<void> {
  if (wrkVersion() === undefined) throw new Error('--http needs wrk on the path as its load generator')
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'bench-explain-'))
  stack.defer(async () => rmSync(folder, { recursive: true, force: true }))
  // As root the embedded PostgreSQL runs as another user, who must get through.
  chmodSync(folder, 0o755)
  const log = pino({ level: 'warn' })
  const postgres = await startEmbeddedPostgres(join(folder, 'postgres'), log)
  stack.defer(() => postgres.stop())
  const pool = createPool(postgres.url(), log)
  stack.defer(() => pool.end())
  await createTables(pool)
  await registerModel(pool, { name: MODEL, type: 'model', className: MODEL, description: 'of a benchmark' })
  const worker = await startWorker(postgres.url(), join(folder, 'data'))
  stack.defer(() => worker.stop())
  const bodyFile = join(folder, 'row.json')
  writeFileSync(bodyFile, JSON.stringify({ features: features.slice(0, 1) }))
  console.log('| forest of 100 trees | one row: p50 | p99 | explained: p50 | p99 |')
  console.log('|---|--:|--:|--:|--:|')
  for (const depth of [null, 8]) {
    const parameters = { n_estimators: 100, max_depth: depth, random_state: 1 }
    const { run } = await trainToEnd(pool, worker.url, MODEL, JSON.stringify({ features, labels, parameters }))
    const cells: string[] = []
    for (const asked of ['', '&explain=true']) {
      const point = { url: predictUrl(worker, run) + asked, connections: 1, bodyFile }
      await load({ ...point, seconds: WARM_SECONDS })
      const { p50Ms, p99Ms, errors } = await load({ ...point, seconds: SECONDS })
      if (errors > 0) throw new Error(`${errors} predictions failed`)
      cells.push(`${p50Ms.toFixed(2)} ms`, `${p99Ms.toFixed(2)} ms`)
    }
    console.log(`| ${[depth === null ? 'depth unlimited' : `depth ${depth}`, ...cells].join(' | ')} |`)
  }
}
