// How many times as often an event comes in one arm as in another, with bounds that hold at any look.
import { crossingOf } from './invert-evidence.ts'
import { lnEOfPhases, type PhaseEvents } from './phase-evidence.ts'

/** Ratios beyond are told as without bound. */
const LOG_RATIO_MAX = 30

export interface RateRatio {
  /** θ(1 − π) / ((1 − θ)π); null where the control has no event. */
  readonly ratio: number | null
  /** The upper end is null where it is without bound. */
  readonly interval: readonly [low: number, high: number | null]
}

/**
 * The ratio of the two rates, challenger to control, and the ratios that the two-sided test over all phases does not reject at
 * α. Over phases the ratio is that of Mantel and Haenszel (1959). undefined without events, and where phases contradict each other so much that no ratio is left.
 * O(phases), about 120 tests.
 */
export function rateRatio(phases: readonly PhaseEvents[], alpha: number, sharpestAt: number): RateRatio | undefined {
  const ofTreatment = phases.reduce((sum, { successes, share }) => sum + successes * (1 - share), 0)
  const ofControl = phases.reduce((sum, { failures, share }) => sum + failures * share, 0)
  if (ofTreatment + ofControl === 0) return undefined
  const test = { alpha, sharpestAt, side: 'two-sided' } as const
  const lnE = (logRatio: number): number => lnEOfPhases(phases, test, Math.exp(logRatio))
  const level = Math.log(1 / alpha)
  const middle =
    ofTreatment === 0 ? -LOG_RATIO_MAX : ofControl === 0 ? LOG_RATIO_MAX : Math.log(ofTreatment / ofControl)
  if (!(lnE(middle) < level)) return undefined
  const low = crossingOf(lnE, level, middle, -LOG_RATIO_MAX)
  const high = crossingOf(lnE, level, middle, LOG_RATIO_MAX)
  return {
    ratio: ofControl === 0 ? null : ofTreatment / ofControl,
    interval: [low <= -LOG_RATIO_MAX ? 0 : Math.exp(low), high >= LOG_RATIO_MAX ? null : Math.exp(high)],
  }
}
