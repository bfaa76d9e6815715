// The mean absolute or squared error of two arms.
import { sequenceOf } from './asymptotic-comparison.ts'
import { type Comparison, type ComparisonLevel, shareOf } from './compared.ts'
import type { NumberTally, PhaseCounts } from './counts.ts'
import { differenceOfPhases, type PhaseMeans } from './difference-of-phases.ts'
import { type Moments, momentsOf } from './moments.ts'
import { addNumbers, type PairNumbers } from './tallies.ts'

export type ErrorMetric = 'mean_absolute_error' | 'mean_squared_error'

/** Rows of each arm with which the normal approximation is trusted. */
const ROWS_MIN = 50

/**
 * Of rows that both arms predicted. all: the errors of each arm on the rows that it answered, for its own value; a challenger that answered
 * nobody is told as the control and the difference. O(1).
 */
export function comparePairedErrors(
  pairs: PairNumbers,
  all: readonly [control: NumberTally, treatment: NumberTally],
  metric: ErrorMetric,
  level: ComparisonLevel,
): Comparison {
  const isAbsolute = metric === 'mean_absolute_error'
  const { count } = pairs
  const [sum, squares] = isAbsolute ? [pairs.absolute, pairs.absoluteSquares] : [pairs.squares, pairs.squareSquares]
  const moments = count >= ROWS_MIN ? momentsOf(count, sum, squares) : undefined
  const estimate = moments && {
    ...{ value: moments.mean, standardError: Math.sqrt(moments.variance / count), rows: count },
  }
  const [control, difference] = [meanError(all[0], metric), finite(sum / count)]
  return {
    method: 'paired_asymptotic_sequence',
    controlUnits: count,
    treatmentUnits: count,
    control,
    treatment:
      meanError(all[1], metric) ?? (control === null || difference === null ? null : finite(control + difference)),
    difference,
    ...sequenceOf(estimate, level),
  }
}

/** Of rows that one arm each predicted, over phases. O(phases). */
export function compareSplitErrors(
  phases: readonly PhaseCounts[],
  arm: number,
  metric: ErrorMetric,
  level: ComparisonLevel,
): Comparison {
  const counted = phases.filter((phase) => shareOf(phase, arm) !== undefined)
  const [control, treatment] = [totalOf(counted, 0), totalOf(counted, arm)]
  const means = counted.flatMap((phase): PhaseMeans[] => {
    const [a, b] = [momentsOfErrors(numbersOf(phase, 0), metric), momentsOfErrors(numbersOf(phase, arm), metric)]
    return a && b ? [{ control: a, treatment: b }] : []
  })
  const estimate = differenceOfPhases(means)
  const values = { control: meanError(control, metric), treatment: meanError(treatment, metric) }
  const pooled = values.control === null || values.treatment === null ? null : values.treatment - values.control
  return {
    method: 'asymptotic_sequence',
    controlUnits: control.count,
    treatmentUnits: treatment.count,
    ...values,
    difference: estimate?.value ?? (pooled === null ? null : finite(pooled)),
    ...sequenceOf(estimate, level),
  }
}

/** Of one arm over phases. */
export function totalOf(phases: readonly PhaseCounts[], arm: number): NumberTally {
  return addNumbers(phases.map((phase) => numbersOf(phase, arm)))
}

function numbersOf({ tallies }: PhaseCounts, arm: number): NumberTally {
  const tally = tallies[arm]
  return tally?.kind === 'numbers' ? tally : { kind: 'numbers', count: 0, absolute: 0, squares: 0, fourths: 0 }
}

function momentsOfErrors(tally: NumberTally, metric: ErrorMetric): Moments | undefined {
  if (tally.count < ROWS_MIN) return undefined
  return metric === 'mean_absolute_error'
    ? momentsOf(tally.count, tally.absolute, tally.squares)
    : momentsOf(tally.count, tally.squares, tally.fourths)
}

/** null without rows, and where sums have grown beyond numbers. */
function meanError({ count, absolute, squares }: NumberTally, metric: ErrorMetric): number | null {
  return finite((metric === 'mean_absolute_error' ? absolute : squares) / count)
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
