// An embedded PostgreSQL of a benchmark, with the tables of the contract and the worker's own schema; gone with the benchmark.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { startEmbeddedPostgres } from '../src/database/embedded-postgres.ts'
import { migrateOwnSchema } from '../src/database/own-schema/migrate.ts'
import { createPool, type ServicePool } from '../src/database/pool.ts'
import { createTables } from '../src/database/schema.ts'

export interface OwnDatabase extends AsyncDisposable {
  readonly url: string
  readonly pool: ServicePool
}

/** name: of its folder. */
export async function openOwnDatabase(name: string, log: Logger): Promise<OwnDatabase> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), `${name}-`))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  // As root the embedded PostgreSQL runs as another user, who must get through.
  chmodSync(folder, 0o755)
  const postgres = await startEmbeddedPostgres(join(folder, 'postgres'), log)
  stack.defer(() => postgres.stop())
  const url = postgres.url()
  const pool = createPool(url, log)
  stack.defer(() => pool.close())
  await createTables(pool)
  await migrateOwnSchema(url, { log })
  const all = stack.move()
  return { url, pool, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
