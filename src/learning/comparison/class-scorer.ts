// The metrics of a classification for many resamples of its rows.

import { countClasses } from '../metrics/class-counts.ts'
import { metricsOfCounts } from '../metrics/classification-metrics.ts'
import { rowLosses } from '../metrics/log-loss.ts'
import { mean } from '../metrics/moments.ts'
import { type Scorer, ValueOrder } from './scorer.ts'

/** The true classes of the rows. */
export interface TrueClasses {
  /** One code a row, 0 … classCount − 1. */
  readonly codes: Int32Array
  readonly classCount: number
}

/** What one version answered. */
export interface ClassAnswers {
  /** One code a row. */
  readonly codes: Int32Array
  /** Row-major rows × classCount; absent where there are none, or where a true class has none. */
  readonly probabilities?: Float64Array
}

/** With more classes the area under the curve is not resampled: it takes an order of the rows for each class. */
const AREA_CLASSES_MAX = 20

/** accuracy … matthews_corrcoef, log_loss and roc_auc, as classificationMetrics has them. */
export function classScorer(truth: TrueClasses, { codes, probabilities }: ClassAnswers): Scorer {
  const { codes: trueCodes, classCount } = truth
  const losses = probabilities && rowLosses(trueCodes, probabilities, classCount)
  const areas = probabilities && classCount <= AREA_CLASSES_MAX ? areasOf(truth, probabilities) : []
  const ofCounts = (weights?: Float64Array) => {
    const counts = countClasses(trueCodes, codes, classCount, weights)
    const isPresent = counts.truth.map((weight, c) => (weight + (counts.predicted[c] as number) > 0 ? 1 : 0))
    return metricsOfCounts(counts, isPresent)
  }
  const names = ofCounts().map(([name]) => name)
  if (losses !== undefined) names.push('log_loss')
  if (areas.length > 0) names.push('roc_auc')
  return {
    names,
    passes: 2 + 2 * areas.length,
    score(weights, into) {
      let at = 0
      for (const [, value] of ofCounts(weights)) into[at++] = value
      if (losses !== undefined) into[at++] = weightedMean(losses, weights)
      if (areas.length > 0) into[at] = mean(Float64Array.from(areas, (area) => area(weights)))
    },
  }
}

/** Without the copies of `mean`, for it is called once a resample. */
export function weightedMean(values: Float64Array, weights: Float64Array): number {
  let total = 0
  let weight = 0
  for (let i = 0; i < values.length; i++) {
    total += (values[i] as number) * (weights[i] as number)
    weight += weights[i] as number
  }
  return total / weight
}

/** One of two classes, else each against the rest. */
function areasOf(
  { codes, classCount }: TrueClasses,
  probabilities: Float64Array,
): ((weights: Float64Array) => number)[] {
  const classes = classCount === 2 ? [1] : Array.from({ length: classCount }, (_, c) => c)
  return classes.map((positive) => {
    const scores = new Float64Array(codes.length)
    for (let i = 0; i < scores.length; i++) scores[i] = probabilities[i * classCount + positive] as number
    const { rows, isLast } = new ValueOrder(scores)
    const isPositive = Uint8Array.from(rows, (row) => (codes[row] === positive ? 1 : 0))
    return (weights) => areaUnder(rows, isLast, isPositive, weights)
  })
}

/**
 * isPositive, isLast: one a place in the order of `rows`.
 *
 * Mann and Whitney's U over the pairs of a positive and another row, ties counted half. NaN without such pairs. O(n).
 */
function areaUnder(rows: Int32Array, isLast: Uint8Array, isPositive: Uint8Array, weights: Float64Array): number {
  let [area, others, positives, tiedOthers, tiedPositives] = [0, 0, 0, 0, 0]
  for (let place = 0; place < rows.length; place++) {
    const weight = weights[rows[place] as number] as number
    if (isPositive[place] === 1) tiedPositives += weight
    else tiedOthers += weight
    if (isLast[place] === 0) continue
    area += tiedPositives * (others + tiedOthers / 2)
    others += tiedOthers
    positives += tiedPositives
    tiedOthers = 0
    tiedPositives = 0
  }
  return area / (others * positives)
}
