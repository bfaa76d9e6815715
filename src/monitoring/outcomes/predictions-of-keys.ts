// Which prediction an outcome by key is of. docs/decisions/outcomes-by-key.md says why.
import type { Queryable } from '../../database/pool.ts'
import { DAY_MS } from '../../model/times.ts'
import {
  type AskedKey,
  findKeyed,
  findPresent,
  type KeyedPrediction,
  type LogSpan,
  type Side,
} from './keyed-outcomes-table.ts'

/** Clocks of workers differ: a prediction may be so much later than ours. */
export const AHEAD_MS = 300_000

/** Of more keys it is asked first which of them a day has: one pass over its rows costs less than a look for each. */
const LOOKED_UP_MAX = 2_000

export interface AskedOutcome {
  readonly keyDigests: readonly string[]
  /** When it was so, in milliseconds since 1970. */
  readonly time: number
}

export type FoundPrediction = Pick<KeyedPrediction, 'predictionId' | 'version'>

/**
 * By place in `asked`: the newest prediction of the key that was made at or before the time; where there is none, the first
 * after it. Undefined where the log has none since then. Days are looked at one after the other, away from the times that are
 * asked for: a key that is found is not looked for any more. O(asked · days of the log), of those that are not there.
 */
export async function findPredictionsOfKeys(
  client: Queryable,
  projectId: number,
  asked: readonly AskedOutcome[],
  { from: since, to }: LogSpan,
): Promise<(FoundPrediction | undefined)[]> {
  const found: (KeyedPrediction | undefined)[] = asked.map(() => undefined)
  const days = daysOf({ from: since, to })
  for (const side of ['until', 'after'] as const) {
    for (const day of side === 'until' ? days.toReversed() : days) {
      const left = asked.flatMap(({ keyDigests, time }, place): AskedKey[] => {
        const isAsked = found[place] === undefined && (side === 'until' ? time >= day.from : time < day.to)
        return isAsked ? keyDigests.map((digest) => ({ place, digest, time })) : []
      })
      const present = left.length > LOOKED_UP_MAX ? await presentOf(client, projectId, left, day) : left
      for (const one of await findKeyed(client, projectId, present, side, day)) {
        const other = found[one.place]
        if (other === undefined || isNearer(one, other, side)) found[one.place] = one
      }
    }
  }
  return found
}

/** Those whose keys the day has at all. */
async function presentOf(
  client: Queryable,
  projectId: number,
  asked: readonly AskedKey[],
  day: LogSpan,
): Promise<AskedKey[]> {
  const digests = [...new Set(asked.map(({ digest }) => digest))]
  const present = await findPresent(client, projectId, digests, day)
  return asked.filter(({ digest }) => present.has(digest))
}

/** The days of a time, the first and the last perhaps in part: a partition of the log each. */
function daysOf({ from, to }: LogSpan): LogSpan[] {
  const days: LogSpan[] = []
  for (let start = from; start < to; ) {
    const end = Math.min((Math.floor(start / DAY_MS) + 1) * DAY_MS, to)
    days.push({ from: start, to: end })
    start = end
  }
  return days
}

/** Where keys of the operator have changed, a key may have predictions under several digests. */
function isNearer(one: KeyedPrediction, other: KeyedPrediction, side: Side): boolean {
  const isLater = one.at > other.at || (one.at === other.at && one.predictionId > other.predictionId)
  return side === 'until' ? isLater : !isLater
}
