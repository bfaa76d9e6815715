// The best split of one categorical column, by its histogram.
import type { Histogram } from './histogram.ts'
import { HESSIAN_MIN, type NodeSums, nodeValue, type SplitCandidate, type SplitRules } from './split-candidate.ts'

/** Categories that weigh less than this many rows go right, and every other is smoothed by as many. */
export const SUPPORT_MIN = 10

/**
 * Sorts the categories by gradient over hessian and scans that order as if it were one of numbers, from both ends to
 * the middle (Fisher 1958, "On Grouping for Maximum Homogeneity"; as in LightGBM and scikit-learn). Missing values are
 * a category among others. Categories of little support are not sorted: they go to the right child, which holds at
 * least half of the categories. Smoothing counts in rows' worth of hessian, so that scaled weights change nothing;
 * scikit-learn's is in hessians, which is the same where these are 1.
 * A split that gains more than `best` is written into it. O(bins · log bins).
 */
export function scanCategories(
  { sums, counts }: Histogram,
  withHessians: boolean,
  place: number,
  column: number,
  binCount: number,
  hasMissing: boolean,
  node: NodeSums,
  rules: SplitRules,
  best: SplitCandidate,
): void {
  const bins = hasMissing ? binCount + 1 : binCount
  const gradientOf = (bin: number): number => sums[2 * (place + bin)] as number
  const hessianOf = (bin: number): number => sums[2 * (place + bin) + 1] as number
  const rowsOf = (bin: number): number => (withHessians ? counts[place + bin] : sums[2 * (place + bin) + 1]) as number
  const rowsPerHessian = node.count / node.hessian
  const smoothing = SUPPORT_MIN / rowsPerHessian
  const sorted: number[] = []
  const keys = new Float64Array(bins)
  for (let bin = 0; bin < bins; bin++) {
    const hessian = hessianOf(bin)
    if (rowsOf(bin) === 0 || hessian * rowsPerHessian < SUPPORT_MIN * (1 - 1e-9)) continue
    keys[bin] = gradientOf(bin) / (hessian + smoothing)
    sorted.push(bin)
  }
  if (sorted.length < 2) return
  sorted.sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b)

  const nodeLoss = node.gradient * node.value
  for (const direction of [1, -1]) {
    const middle = ((sorted.length + 1) >> 1) - (direction === 1 ? 0 : 1)
    let leftGradient = 0
    let leftHessian = 0
    let leftCount = 0
    for (let i = 0; i < middle; i++) {
      const bin = sorted[direction === 1 ? i : sorted.length - 1 - i] as number
      leftCount += rowsOf(bin)
      leftGradient += gradientOf(bin)
      leftHessian += hessianOf(bin)
      if (leftCount < rules.minSamplesLeaf || leftHessian < HESSIAN_MIN) continue
      const rightHessian = node.hessian - leftHessian
      if (node.count - leftCount < rules.minSamplesLeaf || rightHessian < HESSIAN_MIN) break
      const rightGradient = node.gradient - leftGradient
      const left = nodeValue(leftGradient, leftHessian, rules.l2, node.lower, node.upper)
      const right = nodeValue(rightGradient, rightHessian, rules.l2, node.lower, node.upper)
      const gain = nodeLoss - leftGradient * left - rightGradient * right
      if (!(gain > best.gain)) continue
      best.gain = gain
      best.column = column
      best.bin = 0
      best.isCategorical = true
      best.leftGradient = leftGradient
      best.leftHessian = leftHessian
      best.leftCount = leftCount
      best.bitset.fill(0)
      for (let k = 0; k <= i; k++) {
        const member = sorted[direction === 1 ? k : sorted.length - 1 - k] as number
        best.bitset[member >> 5] = (best.bitset[member >> 5] as number) | (1 << (member & 31))
      }
      best.missingLeft = hasMissing && (((best.bitset[binCount >> 5] as number) >>> (binCount & 31)) & 1) === 1
    }
  }
}
