// Finds the predictions of outcomes by key that wait: once all that was predicted until then is in the log, and again later.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../../database/pool.ts'
import { DAY_MS } from '../../model/times.ts'
import { timeOfId } from '../log/logged-row.ts'
import { markHours } from '../performance/marks-table.ts'
import { keepOutcomes } from './keep-outcomes.ts'
import { deleteKeyedOutcomes, putOff, type StoredKeyedOutcome, takeDue } from './keyed-outcomes-table.ts'
import { timeOf } from './outcome.ts'
import { AHEAD_MS, findPredictionsOfKeys } from './predictions-of-keys.ts'

/** How late a prediction may come into the log. */
export const LOGGED_WITHIN_MS = 120_000
const AT_ONCE = 2_000
/** From a try to the next: twice as long each time. */
const AGAIN_MS = 120_000
const AGAIN_MS_MAX = 3_600_000

export interface SettlingParts {
  readonly ownSchema: OwnSchema
  /** For how many days the predictions of a project are kept. */
  readonly keptDaysOf: (projectId: number) => Promise<number>
  /** There is something to sum up. */
  readonly onMarked: () => void
  readonly now: () => number
}

/**
 * Any worker settles what no other is at: each batch is one transaction, so that a worker that is killed leaves all of it to the
 * next. Throws what the database throws.
 */
export async function settleKeyedOutcomes(parts: SettlingParts, signal: AbortSignal): Promise<void> {
  const { ownSchema, onMarked } = parts
  if (!(await ownSchema.isUsable())) return
  while (!signal.aborted) {
    const { taken, changed } = await inTransaction(ownSchema.pool, (tx) => settleSome(parts, tx))
    if (changed > 0) onMarked()
    if (taken < AT_ONCE) return
  }
}

async function settleSome({ keptDaysOf, now }: SettlingParts, tx: Transaction) {
  const at = now()
  const due = await takeDue(tx, at, AT_ONCE)
  let changed = 0
  // In the order of projects: two workers that keep outcomes of the same predictions wait for each other, and never both.
  for (const projectId of [...new Set(due.map((one) => one.projectId))].sort((a, b) => a - b)) {
    const ofProject = due
      .filter((one) => one.projectId === projectId)
      .sort((a, b) => a.keyedOutcomeId - b.keyedOutcomeId)
    const since = at - (await keptDaysOf(projectId)) * DAY_MS
    changed += await settleProject(tx, projectId, ofProject, { since, at })
  }
  return { taken: due.length, changed }
}

/** Gives how many predictions have another outcome now. */
async function settleProject(
  tx: Transaction,
  projectId: number,
  due: readonly StoredKeyedOutcome[],
  { since, at }: { readonly since: number; readonly at: number },
): Promise<number> {
  const asked = due.map((one) => ({ keyDigests: one.keyDigests, time: timeOf(one) }))
  const found = await findPredictionsOfKeys(tx, projectId, asked, { from: since, to: at + AHEAD_MS })
  const known = due.flatMap((one, i) => {
    const prediction = found[i]
    return prediction === undefined ? [] : [{ ...one, predictionId: prediction.predictionId }]
  })
  const { changedIds } = await keepOutcomes(tx, projectId, known, () => true)
  await markHours(tx, projectId, changedIds.map(timeOfId))
  await deleteKeyedOutcomes(
    tx,
    known.map(({ keyedOutcomeId }) => keyedOutcomeId),
  )
  const left = due.filter((_, i) => found[i] === undefined)
  await putOff(
    tx,
    left.map(({ keyedOutcomeId }) => keyedOutcomeId),
    left.map(({ tries }) => at + Math.min(AGAIN_MS * 2 ** Math.min(tries, 10), AGAIN_MS_MAX)),
  )
  return changedIds.length
}
