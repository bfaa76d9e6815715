// How long sums of predictions and looks at them are kept: far longer than their rows.
import type { Queryable } from '../../database/pool.ts'
import { keptRows } from '../../retention/kept-rows-table.ts'
import type { KeptKind } from '../../retention/retention.ts'
import { listSettings } from '../log/monitoring-settings-table.ts'
import { countOldSums, deleteOldSums, type SumSpan } from './sums-table.ts'

const DAYS = { hour: 90, day: 3_650 } as const satisfies Record<SumSpan, number>
const LOOK_DAYS = 3_650
const DELETED_AT_ONCE = 5_000
const PROJECTS_MAX = 20_000

/** isThere: whether there are the tables. */
export function keptPerformance(client: Queryable, isThere: () => Promise<boolean> = async () => true): KeptKind[] {
  /** A day is summed from its hours: these stay as long as rows of it may change. */
  const daysOf = async (span: SumSpan): Promise<number> => {
    const all = await listSettings(client, PROJECTS_MAX)
    return all.reduce<number>((most, { words }) => Math.max(most, words.retention_days + 1), DAYS[span])
  }
  const sums = (['hour', 'day'] as const).map(
    (span): KeptKind => ({
      name: `performance-${span}s`,
      keptDays: DAYS[span],
      describe: `how right predictions were by ${span}, in the table performance_sums: ${DAYS[span]} days, or as long as its predictions`,
      reach: 'shared',
      countOld: async () => ((await isThere()) ? countOldSums(client, span, await daysOf(span)) : 0),
      deleteOld: async () => ((await isThere()) ? deleteOldSums(client, span, await daysOf(span), DELETED_AT_ONCE) : 0),
    }),
  )
  const looks = {
    name: 'performance-looks',
    keptDays: LOOK_DAYS,
    describe: `looks at performance and coverage, in the table performance_looks: ${LOOK_DAYS} days, without a setting`,
    ...{ table: 'performance_looks', since: 'window_to', atOnce: DELETED_AT_ONCE },
  }
  return [...sums, keptRows(client, looks, isThere)]
}
