// Writes outcomes of known predictions: what counts, and what does not.
import type { Transaction } from '../../database/pool.ts'
import { decide } from './decide.ts'
import type { KeptOutcome, OutcomeKind, OutcomeValue } from './outcome.ts'
import {
  insertCorrections,
  insertOutcomes,
  lockOutcomes,
  type StoredOutcome,
  updateOutcomes,
} from './outcomes-table.ts'

/** An outcome of a prediction whose id is known. */
export interface KnownOutcome extends OutcomeValue {
  readonly predictionId: string
  /** Milliseconds since 1970. */
  readonly receivedAt: number
}

/** Outcomes of one prediction are taken in their order. Gives what became of each, in any order. */
export async function keepOutcomes(
  tx: Transaction,
  projectId: number,
  given: readonly KnownOutcome[],
  isMatched: (predictionId: string) => boolean,
): Promise<{ readonly kinds: readonly OutcomeKind[]; readonly changedIds: readonly string[] }> {
  const byId = new Map<string, KnownOutcome[]>()
  for (const one of given) {
    const others = byId.get(one.predictionId)
    if (others === undefined) byId.set(one.predictionId, [one])
    else others.push(one)
  }
  const ids = [...byId.keys()].sort()
  const first = ids.map((predictionId): StoredOutcome => {
    const [one] = byId.get(predictionId) as [KnownOutcome]
    return { predictionId, ...decide(undefined, one, one.receivedAt).kept }
  })
  const added = ids.length === 0 ? new Set<string>() : await insertOutcomes(tx, projectId, first, isMatched)
  const present = await lockOutcomes(
    tx,
    projectId,
    ids.filter((id) => !added.has(id) || (byId.get(id) as KnownOutcome[]).length > 1),
  )
  const kinds: OutcomeKind[] = []
  const changed = new Set(added)
  const corrected: StoredOutcome[] = []
  const replaced: StoredOutcome[] = []
  for (const predictionId of ids) {
    const rows = byId.get(predictionId) as KnownOutcome[]
    if (added.has(predictionId)) kinds.push('added')
    let kept = present.get(predictionId)
    const before = kept
    for (const one of added.has(predictionId) ? rows.slice(1) : rows) {
      const decision = decide(kept, one, one.receivedAt)
      kinds.push(decision.kind)
      if (decision.replaced !== undefined) replaced.push({ predictionId, ...decision.replaced })
      kept = decision.kept
    }
    if (kept === before) continue
    corrected.push({ predictionId, ...(kept as KeptOutcome) })
    changed.add(predictionId)
  }
  await updateOutcomes(tx, projectId, corrected)
  await insertCorrections(tx, projectId, replaced)
  return { kinds, changedIds: [...changed] }
}
