// When boosting has stopped getting better.

export interface StoppingRule {
  readonly iterationsWithoutChange: number
  readonly tolerance: number
}

/**
 * True when none of the last losses is lower, by more than the tolerance, than the one before them. losses[0] is that of
 * the model without trees. As scikit-learn's _should_stop. O(iterationsWithoutChange).
 */
export function shouldStop(losses: readonly number[], { iterationsWithoutChange, tolerance }: StoppingRule): boolean {
  const reference = losses.length - 1 - iterationsWithoutChange
  if (reference < 0) return false
  const toBeat = (losses[reference] as number) - tolerance
  return losses.slice(reference + 1).every((loss) => !(loss < toBeat))
}
