// The area under the curve of true over false positives: how well probabilities rank.

import { mean } from './moments.ts'
import { distinctAscending, placeOf } from './rank-by-value.ts'

/**
 * scikit-learn's roc_auc_score. Two classes: by the probability of the second. More: the mean over the classes of one
 * against the rest (multi_class "ovr", average "macro", all labels given).
 * NaN where it is undefined: fewer than two classes, or a class that has no weight, or all of it, among the true ones.
 *
 * trueCodes      one code per row, 0 … classCount − 1
 * probabilities  row-major rows × classCount; no NaN
 * O(rows · (classes + log rows) · log(rows of a class)) time, 24 bytes a row at a time.
 */
export function rocAuc(
  trueCodes: Int32Array,
  probabilities: Float64Array,
  classCount: number,
  sampleWeight?: Float64Array,
): number {
  if (classCount < 2) return Number.NaN
  if (classCount === 2) return areaOf(trueCodes, 1, { scores: probabilities, step: 2, offset: 1 }, sampleWeight)
  const areas = new Float64Array(classCount)
  for (let c = 0; c < classCount; c++) {
    areas[c] = areaOf(trueCodes, c, { scores: probabilities, step: classCount, offset: c }, sampleWeight)
    if (Number.isNaN(areas[c])) return Number.NaN
  }
  return mean(areas)
}

/** One score per row: scores[row · step + offset]. */
interface Scores {
  readonly scores: Float64Array
  readonly step: number
  readonly offset: number
}

/** The area for one score per row; see areaOf. */
export function areaUnderCurve(
  trueCodes: Int32Array,
  positiveCode: number,
  scores: Float64Array,
  sampleWeight?: Float64Array,
): number {
  return areaOf(trueCodes, positiveCode, { scores, step: 1, offset: 0 }, sampleWeight)
}

/**
 * The chance that a row of the class has a higher score than one of the rest, ties counted half (Mann and Whitney's U),
 * which is the trapezoids' area under the ROC curve. NaN when either side has no weight.
 * The scores of the side with fewer rows are sorted, and each row of the other finds its place among them: of many
 * classes each is small. O(n log(rows of the smaller side)).
 */
function areaOf(trueCodes: Int32Array, positiveCode: number, of: Scores, sampleWeight?: Float64Array): number {
  const { scores, step, offset } = of
  let positiveCount = 0
  for (let i = 0; i < trueCodes.length; i++) if (trueCodes[i] === positiveCode) positiveCount++
  const isPositiveSorted = 2 * positiveCount <= trueCodes.length
  const sorted = new Float64Array(isPositiveSorted ? positiveCount : trueCodes.length - positiveCount)
  for (let i = 0, k = 0; i < trueCodes.length; i++) {
    if ((trueCodes[i] === positiveCode) === isPositiveSorted) sorted[k++] = scores[i * step + offset] as number
  }
  const distinct = distinctAscending(sorted)
  const { weights, below, total } = weigh(trueCodes, positiveCode, isPositiveSorted, of, distinct, sampleWeight)
  let area = 0
  let otherTotal = 0
  for (let i = 0; i < trueCodes.length; i++) {
    if ((trueCodes[i] === positiveCode) === isPositiveSorted) continue
    const score = scores[i * step + offset] as number
    const weight = sampleWeight === undefined ? 1 : (sampleWeight[i] as number)
    otherTotal += weight
    const place = placeOf(distinct, score)
    const isTie = distinct[place] === score
    const lower = (distinct[place] as number) < score ? total : (below[place] as number)
    area += weight * (isTie ? lower + (weights[place] as number) / 2 : lower)
  }
  // Of the pairs, those in which the sorted side has the lower score.
  const share = area / otherTotal / total
  return isPositiveSorted ? 1 - share : share
}

/** The weight of the sorted side's rows at each distinct score, and of those below it. */
function weigh(
  trueCodes: Int32Array,
  positiveCode: number,
  isPositiveSorted: boolean,
  { scores, step, offset }: Scores,
  distinct: Float64Array,
  sampleWeight: Float64Array | undefined,
) {
  const weights = new Float64Array(distinct.length)
  for (let i = 0; i < trueCodes.length; i++) {
    if ((trueCodes[i] === positiveCode) !== isPositiveSorted) continue
    weights[placeOf(distinct, scores[i * step + offset] as number)]! +=
      sampleWeight === undefined ? 1 : (sampleWeight[i] as number)
  }
  const below = new Float64Array(distinct.length)
  let total = 0
  for (let v = 0; v < distinct.length; v++) {
    below[v] = total
    total += weights[v] as number
  }
  return { weights, below, total }
}
