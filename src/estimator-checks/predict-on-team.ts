// Predictions spread over threads, where a fitted estimator can do that.
import type { FittedEstimator } from '../learning/estimator.ts'
import type { RowBlock } from '../learning/matrix.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import type { ThreadTeam } from '../learning/parallel/thread-team.ts'

/** Predictions by the method that spreads over threads; undefined where the fitted one has none. */
export async function predictOnTeam(
  fitted: FittedEstimator,
  team: ThreadTeam,
  block: RowBlock,
  stop = new StopFlag(),
): Promise<Float64Array | undefined> {
  if (fitted.kind === 'classifier') return fitted.predictProbabilitiesOn?.(team, block, stop)
  if (fitted.kind === 'regressor') return fitted.predictOn?.(team, block, stop)
  return undefined
}
