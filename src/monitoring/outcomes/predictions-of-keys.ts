// Which prediction an outcome by key is of. docs/decisions/outcomes-by-key.md says why.
import type { Queryable } from '../../database/pool.ts'
import { DAY_MS } from '../../model/times.ts'
import { type AskedKey, findKeyed, type LogSpan } from './keyed-outcomes-table.ts'

/** Clocks of workers differ: a prediction may be so much later than ours. */
export const AHEAD_MS = 300_000

/** Days of one statement: so many rows are read within the time that a statement has. */
const DAYS_TOGETHER = 5

export interface AskedOutcome {
  readonly keyDigests: readonly string[]
  /** When it was so, in milliseconds since 1970. */
  readonly time: number
}

export interface FoundPrediction {
  readonly predictionId: string
  readonly version: number
}

/**
 * By place in `asked`: the newest prediction of the key that was made at or before the time; where there is none, the first
 * after it. Undefined where the log has none since then. Days are looked at some at a time, the newest first: a key whose prediction
 * before the time is found is not looked for any more. O(asked · days of the log), or O(rows of the log) where that is less.
 */
export async function findPredictionsOfKeys(
  client: Queryable,
  projectId: number,
  asked: readonly AskedOutcome[],
  log: LogSpan,
): Promise<(FoundPrediction | undefined)[]> {
  const until: (FoundPrediction | undefined)[] = asked.map(() => undefined)
  const after = [...until]
  for (const span of spansOf(log)) {
    const left = asked.flatMap(({ keyDigests, time }, place): AskedKey[] =>
      until[place] === undefined ? keyDigests.map((digest) => ({ place, digest, time })) : [],
    )
    for (const found of await findKeyed(client, projectId, left, span)) {
      until[found.place] = predictionOf(found.until, found.untilVersion)
      // Of an older part of the log: an earlier one than was found before.
      after[found.place] = predictionOf(found.after, found.afterVersion) ?? after[found.place]
    }
  }
  return until.map((one, place) => one ?? after[place])
}

function predictionOf(predictionId: string | null, version: number | null): FoundPrediction | undefined {
  return predictionId === null || version === null ? undefined : { predictionId, version }
}

/** The newest first; each begins and ends with a day, but for the ends. */
function spansOf({ from, to }: LogSpan): LogSpan[] {
  const spans: LogSpan[] = []
  for (let end = to; end > from; ) {
    const start = Math.max((Math.ceil(end / DAY_MS) - DAYS_TOGETHER) * DAY_MS, from)
    spans.push({ from: start, to: end })
    end = start
  }
  return spans
}
