// The best split of one numeric column, by its histogram.
import type { Histogram } from './histogram.ts'
import { HESSIAN_MIN, type NodeSums, type SplitCandidate, type SplitRules } from './split-candidate.ts'

/**
 * Tries every split "bin ≤ b goes left": with missing values to the right, and when the column has any, again with
 * missing values to the left. A split that gains more than `best` is written into it. Gains equal those of
 * scikit-learn's splitter; of equal gains the first is kept.
 *
 * place        of the column's bin 0 in the histogram
 * column       its number, for the candidate
 * binCount     bins of values; the bin of missing values stands at place + binCount
 * monotonic    1: the left child's value must be at most the right's; −1: at least; 0: free
 * O(bins). The values of children are nodeValue's, written out: bounds are rare, and Math.min costs more than a division.
 */
export function scanNumbers(
  { sums, counts }: Histogram,
  withHessians: boolean,
  place: number,
  column: number,
  binCount: number,
  hasMissing: boolean,
  monotonic: number,
  node: NodeSums,
  rules: SplitRules,
  best: SplitCandidate,
): void {
  const { count, gradient, hessian, lower, upper } = node
  const { minSamplesLeaf, l2 } = rules
  const isBounded = lower > Number.NEGATIVE_INFINITY || upper < Number.POSITIVE_INFINITY
  const nodeLoss = gradient * node.value
  let bestGain = best.gain
  let bestBin = -1
  let bestLeftGradient = 0
  let bestLeftHessian = 0
  let bestLeftCount = 0
  let missingLeft = false

  let leftGradient = 0
  let leftHessian = 0
  let leftCount = 0
  const last = hasMissing ? binCount : binCount - 1
  for (let bin = 0; bin < last; bin++) {
    const p = place + bin
    const binRows = (withHessians ? counts[p] : sums[2 * p + 1]) as number
    // An empty bin only repeats the split before it.
    if (binRows === 0) continue
    leftCount += binRows
    leftGradient += sums[2 * p] as number
    leftHessian += sums[2 * p + 1] as number
    if (leftCount < minSamplesLeaf || leftHessian < HESSIAN_MIN) continue
    const rightHessian = hessian - leftHessian
    if (count - leftCount < minSamplesLeaf || rightHessian < HESSIAN_MIN) break
    const rightGradient = gradient - leftGradient
    let left = -leftGradient / (leftHessian + l2 + 1e-15)
    let right = -rightGradient / (rightHessian + l2 + 1e-15)
    if (isBounded) {
      left = Math.min(Math.max(left, lower), upper)
      right = Math.min(Math.max(right, lower), upper)
    }
    const gain = nodeLoss - leftGradient * left - rightGradient * right
    if (gain > bestGain && (monotonic === 0 || (right - left) * monotonic >= 0)) {
      bestGain = gain
      bestBin = bin
      bestLeftGradient = leftGradient
      bestLeftHessian = leftHessian
      bestLeftCount = leftCount
    }
  }
  if (hasMissing) {
    let rightGradient = 0
    let rightHessian = 0
    let rightCount = 0
    for (let bin = binCount - 2; bin >= 0; bin--) {
      const p = place + bin + 1
      const binRows = (withHessians ? counts[p] : sums[2 * p + 1]) as number
      if (binRows === 0) continue
      rightCount += binRows
      rightGradient += sums[2 * p] as number
      rightHessian += sums[2 * p + 1] as number
      if (rightCount < minSamplesLeaf || rightHessian < HESSIAN_MIN) continue
      const otherHessian = hessian - rightHessian
      if (count - rightCount < minSamplesLeaf || otherHessian < HESSIAN_MIN) break
      const otherGradient = gradient - rightGradient
      let left = -otherGradient / (otherHessian + l2 + 1e-15)
      let right = -rightGradient / (rightHessian + l2 + 1e-15)
      if (isBounded) {
        left = Math.min(Math.max(left, lower), upper)
        right = Math.min(Math.max(right, lower), upper)
      }
      const gain = nodeLoss - otherGradient * left - rightGradient * right
      if (gain > bestGain && (monotonic === 0 || (right - left) * monotonic >= 0)) {
        bestGain = gain
        bestBin = bin
        bestLeftGradient = otherGradient
        bestLeftHessian = otherHessian
        bestLeftCount = count - rightCount
        missingLeft = true
      }
    }
  }
  if (bestBin < 0) return
  best.gain = bestGain
  best.column = column
  best.bin = bestBin
  best.missingLeft = missingLeft
  best.isCategorical = false
  best.leftGradient = bestLeftGradient
  best.leftHessian = bestLeftHessian
  best.leftCount = bestLeftCount
}
