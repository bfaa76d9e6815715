// The rows of a request, predicted again by arms that did not answer it.
import type { ShadowResult } from '../../deployments/serving/shadow-queue.ts'
import type { Repeat, SplitArm } from '../../deployments/serving/traffic.ts'
import { ServiceError } from '../../errors.ts'
import type { RowsWatch, SampledRows } from '../../prediction/rows-watch.ts'

/** After so long an arm is to stop. */
const TIMEOUT_MS = 2_000

/** One arm after the other. Throws nothing; tells the worst that happened. */
export async function repeatWith(
  repeat: Repeat,
  arms: readonly SplitArm[],
  onAnswers: (arm: SplitArm, rows: SampledRows) => void,
): Promise<Extract<ShadowResult, 'made' | 'timed_out' | 'failed'>> {
  let result: 'made' | 'timed_out' | 'failed' = 'made'
  for (const arm of arms) {
    try {
      await repeat.predict(
        arm,
        watchOf((rows) => onAnswers(arm, rows)),
        TIMEOUT_MS,
      )
    } catch (error) {
      const isTimedOut = error instanceof ServiceError && error.code === 'PREDICTION_TIMED_OUT'
      if (!isTimedOut) result = 'failed'
      else if (result === 'made') result = 'timed_out'
    }
  }
  return result
}

/** Hears of the rows, and counts nothing. */
function watchOf(onRows: (rows: SampledRows) => void): RowsWatch {
  return { sampleRate: 1, countsFor: () => undefined, notCounted() {}, sampled: onRows }
}
