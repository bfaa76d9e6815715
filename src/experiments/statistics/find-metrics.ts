// Every success metric of every challenger against the control.

import { invertTail } from '../../learning/distributions/invert-tail.ts'
import { normalTail } from '../../learning/distributions/normal.ts'
import type { ExperimentPlan, SuccessMetric } from '../experiment.ts'
import { twoSidedHalfWidth } from './asymptotic-sequence.ts'
import { comparePairedErrors, compareSplitErrors, totalOf } from './compare-errors.ts'
import { comparePairedF1, compareSplitF1 } from './compare-f1.ts'
import { comparePairedAccuracy } from './compare-paired-accuracy.ts'
import { compareSplitAccuracy } from './compare-split-accuracy.ts'
import type { Comparison, ComparisonLevel } from './compared.ts'
import type { ExperimentCounts, PairTally } from './counts.ts'
import { evidenceOf, isDecided } from './evidence.ts'
import type { MetricFinding } from './judgement.ts'
import { addPairNumbers } from './tallies.ts'

/** In the order of the plan's metrics, then of its arms. O(metrics × arms × cells). */
export function findMetrics(plan: ExperimentPlan, counts: ExperimentCounts): MetricFinding[] {
  const challengers = plan.arms.map((_, arm) => arm).slice(1)
  const level = levelOf(plan)
  return plan.successMetrics.flatMap((metric) =>
    challengers.map((arm) => {
      const pairs = arePaired(plan) ? pairsOf(counts, arm) : undefined
      const comparison = pairs ? ofPairs(metric, pairs, counts, arm, level) : ofSplit(metric, counts, arm, level)
      return findingOf(metric, arm, pairs !== undefined, comparison, level)
    }),
  )
}

/** Of each comparison of a challenger with the control. */
export function levelOf({ significanceLevel, arms, minSampleSize }: ExperimentPlan): ComparisonLevel {
  return { alpha: significanceLevel / Math.max(1, arms.length - 1), sharpestAt: 2 * minSampleSize }
}

/** Arms are compared on the same rows: never where what is true depends on what was answered. */
export function arePaired({ mode, outcomeDependsOnServing }: ExperimentPlan): boolean {
  return mode !== 'split' && !outcomeDependsOnServing
}

function pairsOf({ phases }: ExperimentCounts, arm: number): PairTally[] {
  return phases.flatMap(({ pairs }) => pairs[arm] ?? [])
}

function ofPairs(
  metric: SuccessMetric,
  pairs: readonly PairTally[],
  { phases }: ExperimentCounts,
  arm: number,
  level: ComparisonLevel,
): Comparison {
  const cells = pairs.flatMap((tally) => (tally.kind === 'classes' ? tally.cells : []))
  if (metric === 'accuracy') return comparePairedAccuracy(cells, level)
  if (metric === 'f1_macro') return comparePairedF1(cells, level)
  const numbers = addPairNumbers(pairs.flatMap((tally) => (tally.kind === 'numbers' ? tally : [])))
  return comparePairedErrors(numbers, [totalOf(phases, 0), totalOf(phases, arm)], metric, level)
}

function ofSplit(metric: SuccessMetric, { phases }: ExperimentCounts, arm: number, level: ComparisonLevel): Comparison {
  if (metric === 'accuracy') return compareSplitAccuracy(phases, arm, level)
  if (metric === 'f1_macro') return compareSplitF1(phases, arm, level)
  return compareSplitErrors(phases, arm, metric, level)
}

function findingOf(
  metric: SuccessMetric,
  arm: number,
  isPaired: boolean,
  { lnE, estimate, ...told }: Comparison,
  { alpha, sharpestAt }: ComparisonLevel,
): MetricFinding {
  const common = { metric, arm, isPaired, ...told }
  if (lnE === undefined) {
    return { ...common, state: 'insufficient_data', threshold: 1 / alpha, verdict: null }
  }
  const evidence = evidenceOf(lnE, alpha)
  const leastDetectable =
    estimate && twoSidedHalfWidth(estimate, alpha, sharpestAt) + FOUR_IN_FIVE * estimate.standardError
  return {
    ...common,
    state: 'ok',
    ...evidence,
    verdict: isDecided(evidence) ? directionOf({ metric, difference: told.difference }) : null,
    ...(leastDetectable === undefined ? {} : { leastDetectable }),
  }
}

/** Which way a difference points; null where there is none. Of errors a smaller value is better. */
export function directionOf({
  metric,
  difference,
}: Pick<MetricFinding, 'metric' | 'difference'>): MetricFinding['verdict'] {
  if (difference === null || difference === 0) return null
  const isLoss = metric === 'mean_absolute_error' || metric === 'mean_squared_error'
  return difference > 0 === isLoss ? 'loses' : 'wins'
}

/** A normal variable is below so many standard deviations in 4 of 5 cases. */
export const FOUR_IN_FIVE = invertTail((z) => 2 * normalTail(z), 2 * 0.2)
