// What an experiment can find in its time, told before it starts.
import { normalTail } from '../../learning/distributions/normal.ts'
import type { ExperimentPlan, SuccessMetric } from '../experiment.ts'
import { twoSidedHalfWidth } from './asymptotic-sequence.ts'
import { binomialLnE, concentrationOf } from './binomial-e-process.ts'
import { type ComparisonLevel, PAIRED_SHARPEST_AT, SPLIT_SHARPEST_AT } from './compared.ts'
import { arePaired, levelOf } from './find-metrics.ts'
import { crossingOf } from './invert-evidence.ts'

/** What is known of the traffic before it is split. */
export interface ExpectedTraffic {
  /** Distinct keys a day. */
  readonly unitsPerDay: number
  /** By arm, as the first phase will have them. */
  readonly shares: readonly number[]
  /** How many of the units get an outcome; from 0 to 1. */
  readonly labelledShare: number
  /** The first metric of the control, such as an accuracy of 0.9. */
  readonly controlValue: number
  /** Of pairs: rows that just one arm predicts rightly. Absent: 0.6 of the rows that the control predicts wrongly. */
  readonly discordantShare?: number
}

export interface ExpectedCourse {
  readonly isPaired: boolean
  /** Until the poorest arm, or the pairs, have minSampleSize outcomes; null where that never comes. Without the wait for outcomes. */
  readonly daysToMinSampleSize: number | null
  /** Labelled units that are compared when the time is over: of control and challenger, or pairs. */
  readonly labelledUnits: readonly [control: number, treatment: number]
  /**
   * The smallest difference of the first metric that is decided in 4 of 5 cases within maxDurationDays, of the challenger with the
   * smallest share; null where even the largest is not.
   */
  readonly leastDetectable: number | null
}

const POWER = 0.8
const DISCORDANT_PART = 0.6
/** Of errors that are normal: the standard deviation of |e| in parts of its mean, and of e² in parts of its mean. */
const ABSOLUTE_SPREAD = Math.sqrt(Math.PI / 2 - 1)
const SQUARE_SPREAD = Math.SQRT2

/**
 * By the tests that looks use, at the last moment of the experiment: looks before it can only add to the power. F1 is taken as an
 * accuracy, and errors as normal; of pairs, differences of errors as spread like the errors of one arm. Both are rough. O(1), some
 * thousand tests.
 */
export function planExperiment(plan: ExperimentPlan, traffic: ExpectedTraffic): ExpectedCourse {
  const [control, treatment] = labelledPerDay(plan, traffic)
  const days = plan.minSampleSize / Math.min(control, treatment)
  const units = [control * plan.maxDurationDays, treatment * plan.maxDurationDays] as const
  const largest = largestDifference(plan.successMetrics[0] as SuccessMetric, traffic.controlValue)
  const power = (difference: number): number => powerOf(plan, traffic, units, difference)
  const isFeasible = units[0] >= plan.minSampleSize && units[1] >= plan.minSampleSize && power(largest) >= POWER
  return {
    isPaired: arePaired(plan),
    daysToMinSampleSize: Number.isFinite(days) ? days : null,
    labelledUnits: units,
    leastDetectable: isFeasible ? crossingOf(power, POWER, 0, largest) : null,
  }
}

/** Days until a difference is decided in 4 of 5 cases; null where a year does not do. O(1), some thousand tests. */
export function daysToDecide(plan: ExperimentPlan, traffic: ExpectedTraffic, difference: number): number | null {
  const [control, treatment] = labelledPerDay(plan, traffic)
  const power = (days: number): number =>
    Math.min(control, treatment) * days < plan.minSampleSize
      ? 0
      : powerOf(plan, traffic, [control * days, treatment * days], Math.abs(difference))
  return power(365) >= POWER ? crossingOf(power, POWER, 0, 365) : null
}

/** Of the control and of the challenger that gets the fewest. */
function labelledPerDay(
  plan: ExperimentPlan,
  { unitsPerDay, shares, labelledShare }: ExpectedTraffic,
): [control: number, treatment: number] {
  const perDay = unitsPerDay * labelledShare
  if (arePaired(plan)) {
    const pairs =
      perDay *
      Math.min(
        1,
        shares.reduce((sum, share) => sum + share, 0),
      )
    return [pairs, pairs]
  }
  return [perDay * (shares[0] ?? 0), perDay * Math.min(...shares.slice(1))]
}

/** An accuracy has so much left above it; an error can at the most vanish. */
function largestDifference(metric: SuccessMetric, controlValue: number): number {
  return metric === 'accuracy' || metric === 'f1_macro' ? 1 - controlValue : controlValue
}

/** The probability that a difference for the better is decided with so many labelled units. */
function powerOf(
  plan: ExperimentPlan,
  traffic: ExpectedTraffic,
  [control, treatment]: readonly [number, number],
  difference: number,
): number {
  const level = levelOf(plan)
  const wrong = 1 - traffic.controlValue
  switch (plan.successMetrics[0]) {
    case 'accuracy': {
      if (!arePaired(plan)) {
        const errors: [number, number] = [control * wrong, treatment * Math.max(0, wrong - difference)]
        return powerOfBinomial(errors, treatment / (control + treatment), SPLIT_SHARPEST_AT, level.alpha)
      }
      const differing = Math.max(traffic.discordantShare ?? DISCORDANT_PART * wrong, difference)
      const [better, worse] = [(differing + difference) / 2, (differing - difference) / 2]
      return powerOfBinomial([control * better, control * worse], 0.5, PAIRED_SHARPEST_AT, level.alpha)
    }
    case 'f1_macro': {
      const spread = arePaired(plan)
        ? Math.sqrt(traffic.discordantShare ?? DISCORDANT_PART * wrong)
        : Math.sqrt(traffic.controlValue * wrong)
      return powerOfMeans(plan, spread, [control, treatment], difference, level)
    }
    case 'mean_squared_error':
      return powerOfMeans(plan, SQUARE_SPREAD * traffic.controlValue, [control, treatment], difference, level)
    default:
      return powerOfMeans(plan, ABSOLUTE_SPREAD * traffic.controlValue, [control, treatment], difference, level)
  }
}

/** Of two expected counts of events, the second of which should have the share `nullShare`. */
function powerOfBinomial(
  [control, treatment]: readonly [number, number],
  nullShare: number,
  sharpestAt: number,
  alpha: number,
): number {
  const events = control + treatment
  if (!(events > 0)) return 0
  const concentration = concentrationOf(sharpestAt, alpha, 'two-sided')
  const lnE = (treated: number): number =>
    binomialLnE({ successes: treated, failures: events - treated }, nullShare, concentration, 'two-sided')
  const level = Math.log(1 / alpha)
  // Fewer events of the challenger than expected decide for it, as errors do; of pairs it is the other arm's that are few.
  if (!(lnE(0) >= level)) return 0
  const critical = crossingOf(lnE, level, events * nullShare, 0)
  const expected = Math.min(treatment, events)
  const spread = Math.sqrt((events * expected * Math.max(control, 0)) / (events * events))
  return spread > 0 ? normalTail((expected - critical) / spread) : expected <= critical ? 1 : 0
}

function powerOfMeans(
  plan: ExperimentPlan,
  spread: number,
  [control, treatment]: readonly [number, number],
  difference: number,
  { alpha, sharpestAt }: ComparisonLevel,
): number {
  const isPaired = arePaired(plan)
  const standardError = spread * Math.sqrt(isPaired ? 1 / control : 1 / control + 1 / treatment)
  const rows = isPaired ? control : control + treatment
  if (!(standardError > 0) || !Number.isFinite(standardError)) return 0
  const half = twoSidedHalfWidth({ value: difference, standardError, rows }, alpha, sharpestAt)
  return normalTail((half - difference) / standardError)
}
