// How long the content of data sets is kept: what runs were trained from stays, as it does where a caller would delete it.
import { inTransaction } from '../database/pool.ts'
import type { KeptKind } from '../retention/retention.ts'
import { insertDeletions } from '../storage-upkeep/storage-deletions-table.ts'
import { countOld, markOldDeleted } from './datasets-table.ts'

const ACTOR = 'worker/retention'

/** isThere: whether there are tables. The outbox deletes the objects. */
export function keptDatasets(
  pool: Parameters<typeof inTransaction>[0],
  keptDays: number,
  isThere: () => Promise<boolean> = async () => true,
): KeptKind {
  return {
    name: 'datasets',
    keptDays,
    describe: 'content, statistics and first rows of data sets, in the storage and in the table datasets: DATASET_DAYS',
    reach: 'shared',
    countOld: async () => ((await isThere()) ? countOld(pool, keptDays, false) : 0),
    countInUse: async () => ((await isThere()) ? countOld(pool, keptDays, true) : 0),
    deleteOld: () =>
      inTransaction(pool, async (tx) => {
        const keys = await markOldDeleted(tx, keptDays, ACTOR)
        await insertDeletions(tx, keys)
        return keys.length
      }),
  }
}
