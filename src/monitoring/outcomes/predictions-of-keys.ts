// Which prediction an outcome by key is of. docs/decisions/outcomes-by-key.md says why.
import type { Queryable } from '../../database/pool.ts'
import { type AskedKey, findKeyed, type KeyedPrediction, type Side } from './keyed-outcomes-table.ts'

export interface AskedOutcome {
  readonly keyDigests: readonly string[]
  /** When it was so, in milliseconds since 1970. */
  readonly time: number
}

export type FoundPrediction = Pick<KeyedPrediction, 'predictionId' | 'version'>

/**
 * By place in `asked`: the newest prediction of the key that was made at or before the time; where there is none, the first
 * after it. Undefined where the log has none since then. O(asked · days of the log).
 */
export async function findPredictionsOfKeys(
  client: Queryable,
  projectId: number,
  asked: readonly AskedOutcome[],
  since: number,
): Promise<(FoundPrediction | undefined)[]> {
  const found: (KeyedPrediction | undefined)[] = asked.map(() => undefined)
  for (const side of ['until', 'after'] as const) {
    const left = asked.flatMap(({ keyDigests, time }, place): AskedKey[] =>
      found[place] === undefined ? keyDigests.map((digest) => ({ place, digest, time })) : [],
    )
    for (const one of await findKeyed(client, projectId, left, side, since)) {
      const other = found[one.place]
      if (other === undefined || isNearer(one, other, side)) found[one.place] = one
    }
  }
  return found
}

/** Where keys of the operator have changed, a key may have predictions under several digests. */
function isNearer(one: KeyedPrediction, other: KeyedPrediction, side: Side): boolean {
  const isLater = one.at > other.at || (one.at === other.at && one.predictionId > other.predictionId)
  return side === 'until' ? isLater : !isLater
}
