// Whether arms are so alike that it does not matter which one serves.
import type { ExperimentPlan } from '../experiment.ts'
import type { EquivalenceFinding, MetricFinding } from './judgement.ts'

/**
 * Reached where the interval of the first metric lies inside ± margin for every challenger that has not lost; one at least.
 * undefined without a margin. O(arms).
 */
export function findEquivalence(
  { equivalenceMargin: margin }: ExperimentPlan,
  primary: readonly MetricFinding[],
): EquivalenceFinding | undefined {
  if (margin === null) return undefined
  const open = primary.filter(({ verdict }) => verdict !== 'loses')
  const isInside = ({ interval }: MetricFinding): boolean =>
    interval !== null && interval[0] >= -margin && interval[1] <= margin
  return { margin, isReached: open.length > 0 && open.every(isInside) }
}
