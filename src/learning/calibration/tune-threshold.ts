// The probability from which on a row is taken for the positive one of two classes: where a metric, or costs, are best.
import { accuracy } from '../metrics/accuracy.ts'
import { balancedAccuracy } from '../metrics/balanced-accuracy.ts'
import type { ClassCounts } from '../metrics/class-counts.ts'
import { matthewsCorrcoef } from '../metrics/matthews-corrcoef.ts'
import { mean } from '../metrics/moments.ts'
import { precisionRecallF1 } from '../metrics/precision-recall-f1.ts'

/** Thresholds that are looked at, as scikit-learn has it. */
const THRESHOLD_COUNT = 100
/** Folds whose probabilities differ by less say nothing. */
const SPREAD_MIN = 1e-12

/** By the names of scikit-learn; `f1`, `precision` and `recall` are of the positive class. */
const METRICS = {
  accuracy,
  balanced_accuracy: balancedAccuracy,
  f1: (counts: ClassCounts) => precisionRecallF1(counts).f1[1] as number,
  f1_macro: (counts: ClassCounts) => mean(precisionRecallF1(counts).f1, presentIn(counts)),
  matthews_corrcoef: matthewsCorrcoef,
} as const satisfies Record<string, (counts: ClassCounts) => number>

export type ThresholdMetric = keyof typeof METRICS
export const THRESHOLD_METRICS = Object.keys(METRICS) as readonly ThresholdMetric[]

/** What one wrong row costs: a negative one taken for positive, a positive one taken for negative. */
export interface ThresholdCosts {
  readonly false_positive: number
  readonly false_negative: number
}

/** What is to be as great as it can be: a metric, or what is left of costs. */
export type ThresholdGoal = { readonly metric: ThresholdMetric } | { readonly costs: ThresholdCosts }

/** Rows of one fold, with probabilities of a model that has not seen them. */
export interface FoldScores {
  /** Of the positive class, one per row. */
  readonly scores: Float64Array
  /** 1 for the rows of the positive class, else 0. */
  readonly isPositive: Uint8Array
  readonly sampleWeight?: Float64Array | undefined
}

export interface TunedThreshold {
  /** Rows with at least this probability are taken for positive. */
  readonly threshold: number
  /** The goal there: the mean of the folds. Costs are negative, a row's mean. */
  readonly score: number
  /** What was looked at, ascending, and the goal at each. */
  readonly thresholds: Float64Array
  readonly scores: Float64Array
}

/**
 * The best of 100 thresholds between the least and the greatest probability of all folds, as scikit-learn's
 * TunedThresholdClassifierCV has it: the goal of each fold at 100 thresholds of its own, lines between them, the mean of
 * the folds; of equal ones the lowest. Folds without rows, weight, or different probabilities are passed over; undefined
 * where no fold is left. O(rows log rows + folds).
 */
export function tuneThreshold(goal: ThresholdGoal, folds: readonly FoldScores[]): TunedThreshold | undefined {
  const curves = folds.flatMap((fold) => scoreFold(goal, fold) ?? [])
  if (curves.length === 0) return undefined
  const lowest = Math.min(...curves.map(({ thresholds }) => thresholds[0] as number))
  const highest = Math.max(...curves.map(({ thresholds }) => thresholds.at(-1) as number))
  const thresholds = evenly(lowest, highest)
  const scores = thresholds.map((threshold) => mean(Float64Array.from(curves, (curve) => valueAt(curve, threshold))))
  let best = 0
  for (let k = 1; k < scores.length; k++) if ((scores[k] as number) > (scores[best] as number)) best = k
  return { threshold: thresholds[best] as number, score: scores[best] as number, thresholds, scores }
}

interface FoldCurve {
  readonly thresholds: Float64Array
  readonly values: Float64Array
}

function scoreFold(goal: ThresholdGoal, { scores, isPositive, sampleWeight }: FoldScores): FoldCurve | undefined {
  const order = Int32Array.from(scores.keys()).sort((a, b) => (scores[a] as number) - (scores[b] as number))
  const sorted = Float64Array.from(order, (row) => scores[row] as number)
  if (sorted.length === 0 || (sorted.at(-1) as number) - (sorted[0] as number) < SPREAD_MIN) return undefined
  // Weight of the rows before each, negative and positive ones.
  const before = { negative: new Float64Array(order.length + 1), positive: new Float64Array(order.length + 1) }
  order.forEach((row, k) => {
    const weight = sampleWeight?.[row] ?? 1
    const isOne = isPositive[row] === 1
    before.negative[k + 1] = (before.negative[k] as number) + (isOne ? 0 : weight)
    before.positive[k + 1] = (before.positive[k] as number) + (isOne ? weight : 0)
  })
  const negative = before.negative.at(-1) as number
  const positive = before.positive.at(-1) as number
  if (negative + positive === 0) return undefined
  const thresholds = evenly(sorted[0] as number, sorted.at(-1) as number)
  let passed = 0
  const values = thresholds.map((threshold) => {
    while (passed < sorted.length && (sorted[passed] as number) < threshold) passed++
    const trueNegative = before.negative[passed] as number
    const falseNegative = before.positive[passed] as number
    const falsePositive = negative - trueNegative
    const truePositive = positive - falseNegative
    return goalOf(goal, {
      truth: Float64Array.of(negative, positive),
      predicted: Float64Array.of(trueNegative + falseNegative, falsePositive + truePositive),
      correct: Float64Array.of(trueNegative, truePositive),
    })
  })
  return { thresholds, values }
}

function goalOf(goal: ThresholdGoal, counts: ClassCounts): number {
  if ('metric' in goal) return METRICS[goal.metric](counts)
  const { false_positive, false_negative } = goal.costs
  const [negative, positive] = counts.truth as unknown as [number, number]
  const [trueNegative, truePositive] = counts.correct as unknown as [number, number]
  const cost = false_positive * (negative - trueNegative) + false_negative * (positive - truePositive)
  return -cost / (negative + positive)
}

function presentIn({ truth, predicted }: ClassCounts): Float64Array {
  return truth.map((weight, c) => (weight > 0 || (predicted[c] as number) > 0 ? 1 : 0))
}

function evenly(from: number, to: number): Float64Array {
  const step = (to - from) / (THRESHOLD_COUNT - 1)
  const values = Float64Array.from({ length: THRESHOLD_COUNT }, (_, k) => k * step + from)
  values[THRESHOLD_COUNT - 1] = to
  return values
}

/** On the line between two thresholds; outside as at the nearest. */
function valueAt({ thresholds, values }: FoldCurve, threshold: number): number {
  const next = thresholds.findIndex((one) => one > threshold)
  if (next === 0) return values[0] as number
  if (next < 0) return values.at(-1) as number
  const from = thresholds[next - 1] as number
  const base = values[next - 1] as number
  const slope = ((values[next] as number) - base) / ((thresholds[next] as number) - from)
  return slope * (threshold - from) + base
}
