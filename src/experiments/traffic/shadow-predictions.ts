// The rows of a request, predicted again by arms that did not answer it.
import { AGAIN_TIMEOUT_MS, failureOf } from '../../deployments/serving/predict-again.ts'
import type { ShadowResult } from '../../deployments/serving/shadow-queue.ts'
import type { Repeat, SplitArm } from '../../deployments/serving/traffic.ts'
import type { RowsWatch, SampledRows } from '../../prediction/rows-watch.ts'

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
        AGAIN_TIMEOUT_MS,
      )
    } catch (error) {
      if (result !== 'failed') result = failureOf(error)
    }
  }
  return result
}

/** Hears of the rows, and counts nothing. */
function watchOf(onRows: (rows: SampledRows) => void): RowsWatch {
  return { sampleRate: 1, countsFor: () => undefined, notCounted() {}, sampled: onRows }
}
