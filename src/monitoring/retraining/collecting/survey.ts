// The first reading of the log for a retraining: how many rows there are, and which of them are held back.
import type { MemoryHold } from '../../../memory/memory-budget.ts'
import { ROWS_MAX as JUDGED_MAX } from '../../../projects/comparison/comparison-messages.ts'
import { countShared } from '../../../projects/comparison/row-keys.ts'
import type { LeftOut } from '../retraining.ts'
import type { LabelledPage } from './labelled-pages.ts'

/** Rows that are read, the newest ones. */
export const ROWS_MAX = 500_000
/** With fewer rows no test says anything. */
export const HELD_BACK_MIN = 20
/** What is kept of a row meanwhile: its id, its key, and that in two sets. */
const BYTES_PER_ROW = 200

export interface Survey {
  /** Rows that are learnt, and those that are held back. */
  readonly rowCount: number
  readonly heldBackCount: number
  /** The oldest row that is held back, and the oldest one of all; undefined where there are none. */
  readonly boundary: string | undefined
  readonly last: string | undefined
  /** Keys of rows that are not learnt, since rows that are held back equal them. */
  readonly repeated: ReadonlySet<number>
  readonly versions: readonly number[]
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>
  readonly unseenCount: number
  readonly newClassCount: number
  readonly weightMin: number
  readonly weightMax: number
}

export interface SurveyWish {
  /** The share of the rows that is held back. */
  readonly share: number
  /** The champion has learnt rows out of the log that are older than this prediction. */
  readonly learntBefore: string | undefined
}

/**
 * The newest rows are held back: the share, but none that the champion has learnt. Rows that equal them are not learnt, as far as
 * that is no chance (see countShared). memory: what the rows take meanwhile. O(rows).
 */
export async function surveyRows(
  pages: AsyncIterable<LabelledPage>,
  { share, learntBefore }: SurveyWish,
  memory: MemoryHold,
): Promise<Survey> {
  const ids: string[] = []
  const keys: number[] = []
  const versions = new Set<number>()
  const leftOut: Partial<Record<LeftOut, number>> = {}
  let [unseenCount, newClassCount, weightMin, weightMax] = [0, 0, Number.POSITIVE_INFINITY, 0]
  for await (const { rows } of pages) {
    memory.take(BYTES_PER_ROW * rows.length)
    for (const row of rows) {
      if (typeof row === 'string') {
        leftOut[row] = (leftOut[row] ?? 0) + 1
        continue
      }
      ids.push(row.predictionId)
      keys.push(row.key)
      versions.add(row.version)
      unseenCount += Number(row.hasUnseen)
      newClassCount += Number(row.isNewClass)
      weightMin = Math.min(weightMin, row.weight)
      weightMax = Math.max(weightMax, row.weight)
    }
    if (ids.length >= ROWS_MAX) break
  }
  // The ids of predictions ascend with their time.
  const unlearnt = learntBefore === undefined ? ids.length : countWhile(ids, (id) => id >= learntBefore)
  const wanted = Math.max(HELD_BACK_MIN, Math.round(share * ids.length))
  const heldBackCount = Math.min(wanted, unlearnt, ids.length, JUDGED_MAX)
  const repeated = repeatedKeys(keys, heldBackCount)
  const repeatedCount = keys.reduce((sum, key, i) => sum + Number(i >= heldBackCount && repeated.has(key)), 0)
  if (repeatedCount > 0) leftOut.repeated = repeatedCount
  return {
    rowCount: ids.length - heldBackCount - repeatedCount,
    heldBackCount,
    boundary: ids[heldBackCount - 1],
    last: ids.at(-1),
    repeated,
    versions: [...versions].sort((a, b) => a - b),
    leftOut,
    unseenCount,
    newClassCount,
    weightMin: ids.length === 0 ? 0 : weightMin,
    weightMax,
  }
}

function countWhile(ids: readonly string[], holds: (id: string) => boolean): number {
  const end = ids.findIndex((id) => !holds(id))
  return end === -1 ? ids.length : end
}

/** The keys of the held back rows, unless rows are equal by chance. */
function repeatedKeys(keys: readonly number[], heldBackCount: number): ReadonlySet<number> {
  const heldBack = keys.slice(0, heldBackCount)
  const shared = countShared(Float64Array.from(heldBack), Float64Array.from(keys.slice(heldBackCount)))
  return new Set(shared === undefined ? [] : heldBack)
}
