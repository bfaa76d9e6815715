// How good predictions are likely to be before anybody knows what was true: by what the model says of its own certainty.

export interface EstimatedMetrics {
  readonly accuracy: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly specificity: number
  readonly rocAuc: number
}

/**
 * Confidence-based performance estimation (Białek et al. 2023, "Estimating model performance under covariate shift without
 * labels") of two classes, as NannyML's CBPE: the expected confusion matrix, if each row is of the class with its
 * probability. It sees a shift of the rows; it does not see that what the rows mean has changed. Metrics without a
 * denominator are NaN. O(rows log rows).
 *
 * probabilities  of the positive class, from 0 to 1, calibrated: see fitIsotonic. One a row
 * isPositive     1 where the row was predicted as positive, else 0
 * scores         what rows are ranked by where calibration has changed that; the probabilities without it
 */
export function estimateBinary(
  probabilities: Float64Array,
  isPositive: ArrayLike<number>,
  scores: Float64Array = probabilities,
): EstimatedMetrics {
  let [truePositives, falsePositives, falseNegatives, trueNegatives] = [0, 0, 0, 0]
  for (let row = 0; row < probabilities.length; row++) {
    const p = probabilities[row] as number
    if (isPositive[row] === 1) {
      truePositives += p
      falsePositives += 1 - p
    } else {
      falseNegatives += p
      trueNegatives += 1 - p
    }
  }
  return {
    accuracy: (truePositives + trueNegatives) / probabilities.length,
    precision: truePositives / (truePositives + falsePositives),
    recall: truePositives / (truePositives + falseNegatives),
    f1: truePositives / (truePositives + (falsePositives + falseNegatives) / 2),
    specificity: trueNegatives / (trueNegatives + falsePositives),
    rocAuc: expectedArea(probabilities, scores),
  }
}

/**
 * The expected accuracy of any number of classes: the mean of the probabilities of the classes that were predicted, calibrated.
 * NaN without rows. O(rows).
 */
export function estimateAccuracy(confidences: Float64Array): number {
  let total = 0
  for (const confidence of confidences) total += confidence
  return total / confidences.length
}

/** The area under the curve of the expected counts, from the highest score down; rows of one score make one step. */
function expectedArea(probabilities: Float64Array, scores: Float64Array): number {
  const order = Int32Array.from(scores.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number))
  let [positives, negatives, area] = [0, 0, 0]
  for (let start = 0; start < order.length; ) {
    const score = scores[order[start] as number] as number
    let [ofStep, others] = [0, 0]
    for (; start < order.length && scores[order[start] as number] === score; start++) {
      const p = probabilities[order[start] as number] as number
      ofStep += p
      others += 1 - p
    }
    area += others * (positives + ofStep / 2)
    positives += ofStep
    negatives += others
  }
  return area / (positives * negatives)
}
