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
 * O(classes · rows · log rows) time, 40 bytes a row at a time.
 */
export function rocAuc(
  trueCodes: Int32Array,
  probabilities: Float64Array,
  classCount: number,
  sampleWeight?: Float64Array,
): number {
  if (classCount < 2) return Number.NaN
  const areas = new Float64Array(classCount)
  const scores = new Float64Array(trueCodes.length)
  for (let c = classCount === 2 ? 1 : 0; c < classCount; c++) {
    for (let i = 0; i < scores.length; i++) scores[i] = probabilities[i * classCount + c] as number
    areas[c] = areaUnderCurve(trueCodes, c, scores, sampleWeight)
    if (Number.isNaN(areas[c])) return Number.NaN
  }
  return classCount === 2 ? (areas[1] as number) : mean(areas)
}

/**
 * The chance that a row of the class has a higher score than one of the rest, ties counted half (Mann and Whitney's U),
 * which is the trapezoids' area under the ROC curve. NaN when either side has no weight. O(n log n).
 */
export function areaUnderCurve(
  trueCodes: Int32Array,
  positiveCode: number,
  scores: Float64Array,
  sampleWeight?: Float64Array,
): number {
  const distinct = distinctAscending(scores)
  const positive = new Float64Array(distinct.length)
  const negative = new Float64Array(distinct.length)
  for (let i = 0; i < scores.length; i++) {
    const side = trueCodes[i] === positiveCode ? positive : negative
    const place = placeOf(distinct, scores[i] as number)
    side[place] = (side[place] as number) + (sampleWeight === undefined ? 1 : (sampleWeight[i] as number))
  }
  let positiveTotal = 0
  let negativeBelow = 0
  let area = 0
  for (let v = 0; v < distinct.length; v++) {
    const here = positive[v] as number
    area += here * (negativeBelow + (negative[v] as number) / 2)
    positiveTotal += here
    negativeBelow += negative[v] as number
  }
  return area / positiveTotal / negativeBelow
}
