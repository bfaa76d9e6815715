// Whether confidences can be taken at their word, and what they promise where no outcome is known yet: out of sums.
import type { WeightedSums } from './figures.ts'
import { binOf, CELL_COUNT, partsOf, RIGHT, UNLABELLED } from './score-cells.ts'
import type { ClassSums } from './sums.ts'

export interface ConfidenceBin {
  readonly from: number
  readonly to: number
  /** Rows with an outcome, by their weight. */
  readonly weight: number
  readonly meanConfidence: number
  /** Share of them whose answer was right. */
  readonly accuracy: number
}

export interface Calibration {
  /** Expected calibration error: the mean over rows of |accuracy − mean confidence| of their bin. */
  readonly error: number
  readonly bins: readonly ConfidenceBin[]
}

const BINS = 10

/** Ten bins of equal width, empty ones left out; undefined without rows that have both a confidence and an outcome. O(entries). */
export function calibrationOf(all: readonly WeightedSums<ClassSums>[]): Calibration | undefined {
  const weights = new Float64Array(BINS)
  const confidences = new Float64Array(BINS)
  const hits = new Float64Array(BINS)
  for (const { weight, sums } of all) {
    for (const [code, count, confidence] of sums.scores) {
      const { standing, cell } = partsOf(code)
      if (standing === UNLABELLED) continue
      const bin = binOf(cell)
      weights[bin] = (weights[bin] as number) + weight * count
      confidences[bin] = (confidences[bin] as number) + weight * confidence
      if (standing === RIGHT) hits[bin] = (hits[bin] as number) + weight * count
    }
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (total === 0) return undefined
  const bins = [...weights].flatMap((weight, bin): ConfidenceBin[] => {
    if (weight === 0) return []
    const meanConfidence = (confidences[bin] as number) / weight
    return [
      { from: bin / BINS, to: (bin + 1) / BINS, weight, meanConfidence, accuracy: (hits[bin] as number) / weight },
    ]
  })
  const error = bins.reduce(
    (sum, { weight, meanConfidence, accuracy }) => sum + (weight / total) * Math.abs(accuracy - meanConfidence),
    0,
  )
  return { error, bins }
}

/**
 * Confidence-based performance estimation, as NannyML's CBPE: what the metrics of all rows would be if each probability came
 * true as often as it says. accuracy of any number of classes; of two also precision, recall, specificity, f1 and roc_auc of
 * the second class. isLargest: answers are the class with the largest probability. Undefined without confidences. O(entries).
 */
export function estimatedFrom(
  all: readonly WeightedSums<ClassSums>[],
  classCount: number,
  isLargest: boolean,
): ReadonlyMap<string, number> | undefined {
  if (!isLargest) return undefined
  let [tp, fp, tn, fn] = [0, 0, 0, 0]
  const positive = new Float64Array(2 * CELL_COUNT)
  const negative = new Float64Array(2 * CELL_COUNT)
  for (const { weight, sums } of all) {
    for (const [code, count, confidence] of sums.scores) {
      const { isSecond, cell } = partsOf(code)
      const [right, wrong] = [weight * confidence, weight * (count - confidence)]
      if (isSecond) [tp, fp] = [tp + right, fp + wrong]
      else [tn, fn] = [tn + right, fn + wrong]
      const place = isSecond ? CELL_COUNT + cell : CELL_COUNT - 1 - cell
      positive[place] = (positive[place] as number) + (isSecond ? right : wrong)
      negative[place] = (negative[place] as number) + (isSecond ? wrong : right)
    }
  }
  const total = tp + fp + tn + fn
  if (total === 0) return undefined
  const estimated = new Map([['accuracy', (tp + tn) / total]])
  if (classCount !== 2) return estimated
  const add = (name: string, value: number): void => {
    if (Number.isFinite(value)) estimated.set(name, value)
  }
  add('precision', tp / (tp + fp))
  add('recall', tp / (tp + fn))
  add('specificity', tn / (tn + fp))
  add('f1', (2 * tp) / (2 * tp + fp + fn))
  let below = 0
  let area = 0
  for (let i = 0; i < positive.length; i++) {
    area += (positive[i] as number) * (below + (negative[i] as number) / 2)
    below += negative[i] as number
  }
  add('roc_auc', area / (tp + fn) / below)
  return estimated
}
