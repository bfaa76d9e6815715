// How long predictions are kept: days that no project needs are dropped whole, and projects that keep less lose their rows.
import type { Queryable } from '../../database/pool.ts'
import type { KeptKind } from '../../retention/retention.ts'
import { DEFAULT_WORDS } from './monitoring-schemas.ts'
import { listSettings, type ProjectSettings } from './monitoring-settings-table.ts'
import {
  countDaysBefore,
  countPredictionsBefore,
  type DueBefore,
  deleteBatchesBefore,
  deletePredictionsBefore,
  dropDayBefore,
} from './prediction-days-table.ts'

const DAY_MS = 86_400_000
const DELETED_AT_ONCE = 5_000
const PROJECTS_MAX = 20_000
const KEPT_DAYS = DEFAULT_WORDS.retention_days

/** isThere: whether there are the tables. */
export function keptPredictions(
  pool: Queryable,
  isThere: () => Promise<boolean> = async () => true,
  now: () => number = Date.now,
): KeptKind[] {
  /** A day is dropped once the project that keeps longest needs it no more. */
  const firstNeeded = async (): Promise<number> => now() - longestOf(await listSettings(pool, PROJECTS_MAX)) * DAY_MS
  const dueOfProjects = async (): Promise<DueBefore[]> => {
    const all = await listSettings(pool, PROJECTS_MAX)
    const longest = longestOf(all)
    const shorter = all.filter(({ words }) => words.retention_days < longest)
    return shorter.map(({ projectId, words }) => ({ projectId, before: now() - words.retention_days * DAY_MS }))
  }
  const describe = `${KEPT_DAYS} days, or what the monitoring of a project says`
  return [
    {
      name: 'prediction-days',
      keptDays: KEPT_DAYS,
      describe: `days of the table predictions that no project keeps any more: ${describe}`,
      reach: 'shared',
      countOld: async () => ((await isThere()) ? countDaysBefore(pool, await firstNeeded()) : 0),
      async deleteOld() {
        if (!(await isThere())) return 0
        const before = await firstNeeded()
        if (await dropDayBefore(pool, before)) return 1
        // A row is written some time after it was predicted, and sealed then.
        await deleteBatchesBefore(pool, before - DAY_MS)
        return 0
      },
    },
    {
      name: 'predictions',
      keptDays: KEPT_DAYS,
      describe: `predictions of projects that keep them for a shorter time, in the table predictions: ${describe}`,
      reach: 'shared',
      async countOld() {
        let count = 0
        if (await isThere()) for (const due of await dueOfProjects()) count += await countPredictionsBefore(pool, due)
        return count
      },
      async deleteOld() {
        if (!(await isThere())) return 0
        for (const due of await dueOfProjects()) {
          const deleted = await deletePredictionsBefore(pool, due, DELETED_AT_ONCE)
          if (deleted > 0) return deleted
        }
        return 0
      },
    },
  ]
}

function longestOf(settings: readonly ProjectSettings[]): number {
  return settings.reduce((longest, { words }) => Math.max(longest, words.retention_days), KEPT_DAYS)
}
