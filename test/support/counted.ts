// What deployments counted, as the monitoring reads it.
import pino from 'pino'
import { createPool } from '../../src/database/pool.ts'
import { KeyRing } from '../../src/encryption/key-ring.ts'
import { StoredResults } from '../../src/model-runs/stored-results.ts'
import { Baselines } from '../../src/monitoring/cells/baselines.ts'
import { CellCounts, type VersionCounts } from '../../src/monitoring/cells/cell-counts.ts'
import type { CountsQuery } from '../../src/monitoring/cells/counts-query.ts'
import type { TestDatabase } from './database.ts'

const DAY_MS = 86_400_000

/** Of the project with this name, a day back and a day ahead, unless the query says otherwise. */
export async function countedOf(
  { url, owner }: Pick<TestDatabase, 'url' | 'owner'>,
  project: string,
  query: Partial<CountsQuery> = {},
): Promise<VersionCounts[]> {
  const pool = createPool(url, pino({ level: 'silent' }))
  try {
    const { rows } = await owner.query<{ id: number }>(
      'select project_id::float8 as id from ml_worker.projects where project_name = $1',
      [project],
    )
    const baselines = new Baselines(new StoredResults(pool, new KeyRing([])))
    const counts = new CellCounts({ pool, baselines, save: async () => {} })
    const now = Date.now()
    const span = { from: new Date(now - DAY_MS), to: new Date(now + DAY_MS) }
    return await counts.of({ projectId: rows[0]?.id ?? 0, ...span, ...query })
  } finally {
    await pool.close()
  }
}

/** Rows of all versions together. */
export function rowsIn(counted: readonly VersionCounts[]): number {
  return counted.flatMap(({ windows }) => windows).reduce((sum, { rowCount }) => sum + rowCount, 0)
}
