// Sets the leaves of a tree to quantiles of what is left to explain in them.
import type { TeamMember } from '../parallel/thread-team.ts'
import type { GrownTree } from './grown-tree.ts'
import type { LossSpace } from './loss-space.ts'
import { quantileOf } from './weighted-quantile.ts'

/**
 * Each leaf's value becomes learningRate times the q-quantile of target − raw over its rows: the step that lowers the
 * absolute (or pinball) loss most, which has no second derivative to take one from. Leaves are shared out in turn.
 *
 * values  shared, one place per leaf
 * O(rows / members), more where one leaf has most of the rows.
 */
export function setLeafQuantiles(
  tree: GrownTree,
  rows: Int32Array,
  { target, raw, weight }: LossSpace,
  q: number,
  learningRate: number,
  values: Float64Array,
  { index, count, barrier, stop }: TeamMember,
): void {
  tree.leaves.forEach(({ start, end }, leaf) => {
    if (leaf % count !== index) return
    stop.throwIfSet()
    const residuals = new Float64Array(end - start)
    const weights = weight && new Float64Array(end - start)
    for (let i = start; i < end; i++) {
      const row = rows[i] as number
      residuals[i - start] = (target[row] as number) - (raw[row] as number)
      if (weight && weights) weights[i - start] = weight[row] as number
    }
    values[leaf] = learningRate * quantileOf(residuals, weights, q)
  })
  barrier.wait()
  tree.leaves.forEach((leaf, l) => {
    leaf.value = values[l] as number
  })
  // Nobody may write the next tree's values before all have read these.
  barrier.wait()
}
