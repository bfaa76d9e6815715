// How long outcomes are kept: as long as the predictions that they are of, and a week where no prediction comes.
import type { Queryable } from '../../database/pool.ts'
import { DAY_MS } from '../../model/times.ts'
import { keptRows } from '../../retention/kept-rows-table.ts'
import type { KeptKind } from '../../retention/retention.ts'
import { DEFAULT_WORDS } from '../log/monitoring-schemas.ts'
import { listSettings } from '../log/monitoring-settings-table.ts'
import { countDueOutcomes, type DueOutcomes, deleteDueOutcomes } from './kept-outcomes-table.ts'

export const WAITING_DAYS = 7
const REQUEST_DAYS = 30
const DELETED_AT_ONCE = 5_000
const PROJECTS_MAX = 20_000
const KEPT_DAYS = DEFAULT_WORDS.retention_days

/** isThere: whether there are the tables. */
export function keptOutcomes(
  client: Queryable,
  isThere: () => Promise<boolean> = async () => true,
  now: () => number = Date.now,
): KeptKind[] {
  const dueOnes = async (): Promise<DueOutcomes[]> => {
    const all = await listSettings(client, PROJECTS_MAX)
    const before = (days: number): Date => new Date(now() - days * DAY_MS)
    const ofProjects = all.map(({ projectId, words }) => ({ projectId, before: before(words.retention_days) }))
    return [...ofProjects, { others: all.map(({ projectId }) => projectId), before: before(KEPT_DAYS) }]
  }
  return [
    {
      name: 'outcomes',
      keptDays: KEPT_DAYS,
      describe: `outcomes of predictions, in the tables outcomes and outcome_corrections: ${KEPT_DAYS} days, or what the monitoring of a project says`,
      reach: 'shared',
      async countOld() {
        let count = 0
        if (await isThere()) for (const due of await dueOnes()) count += await countDueOutcomes(client, due)
        return count
      },
      async deleteOld() {
        if (!(await isThere())) return 0
        for (const due of await dueOnes()) {
          const deleted = await deleteDueOutcomes(client, due, DELETED_AT_ONCE)
          if (deleted > 0) return deleted
        }
        return 0
      },
    },
    keptRows(
      client,
      {
        name: 'waiting-outcomes',
        keptDays: WAITING_DAYS,
        describe: `outcomes whose predictions did not come into the log, in the table outcomes: ${WAITING_DAYS} days, without a setting`,
        ...{ table: 'outcomes', since: 'received_at', where: 'not is_matched', atOnce: DELETED_AT_ONCE },
      },
      isThere,
    ),
    keptRows(
      client,
      {
        name: 'keyed-outcomes',
        keptDays: WAITING_DAYS,
        describe: `outcomes by key of which no prediction came into the log, in the table keyed_outcomes: ${WAITING_DAYS} days, without a setting`,
        ...{ table: 'keyed_outcomes', since: 'received_at', atOnce: DELETED_AT_ONCE },
      },
      isThere,
    ),
    keptRows(
      client,
      {
        name: 'outcome-requests',
        keptDays: REQUEST_DAYS,
        describe: `keys of requests with outcomes, in the table outcome_requests: ${REQUEST_DAYS} days, without a setting`,
        ...{ table: 'outcome_requests', since: 'received_at', atOnce: DELETED_AT_ONCE },
      },
      isThere,
    ),
  ]
}
