// Two arms compared by one metric, before it is judged.
import type { Estimate } from './asymptotic-sequence.ts'
import type { PhaseCounts } from './counts.ts'
import type { MetricFinding } from './judgement.ts'

/** What one comparison needs of the plan. */
export interface ComparisonLevel {
  /** Of one challenger: the significance level, divided by the number of challengers. */
  readonly alpha: number
  /** N*: rows at which intervals are narrowest; fixed when the experiment was made. */
  readonly sharpestAt: number
}

type Told = 'method' | 'controlUnits' | 'treatmentUnits' | 'control' | 'treatment' | 'difference' | 'discordant'

export interface Comparison extends Pick<MetricFinding, Told | 'interval' | 'intervalMethod'> {
  /** undefined while nothing can be said. */
  readonly lnE: number | undefined
  /** The difference with its precision, where the normal approximation is trusted. */
  readonly estimate?: Estimate
}

/** Events after which the tests of accuracy are sharpest: discordant pairs; wrong predictions. */
export const PAIRED_SHARPEST_AT = 200
export const SPLIT_SHARPEST_AT = 400

/** The share π of the challenger among units of the control and the challenger; undefined where one of them gets none. */
export function shareOf({ shares }: Pick<PhaseCounts, 'shares'>, arm: number): number | undefined {
  const [control, treatment] = [shares[0] as number, shares[arm] as number]
  return control > 0 && treatment > 0 ? treatment / (control + treatment) : undefined
}
