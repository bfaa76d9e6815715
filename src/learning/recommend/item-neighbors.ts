// The most similar items of each item.
import { Breather } from '../breather.ts'
import type { FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import type { BothSides } from './interactions.ts'
import { type ItemNeighbors, NearestItems } from './nearest-items.ts'

const REPORTS = 100
/** Products between two looks at the stop flag: some milliseconds. */
const PRODUCTS_TOGETHER = 2 ** 20

/**
 * Of each item the `count` others that are most similar: whose weights have the largest products with its own, summed over
 * the users that both share. Of equally similar ones those with the lower codes. Similarities of 0 or less are none.
 *
 * weights  one a pair of byItem, in its order
 * O(Σ items of a user squared) time, O(pairs + items × count) memory. Throws FitStopped; DataError where there would be more than
 * 2^27 neighbours.
 */
export async function findItemNeighbors(
  pairs: BothSides,
  weights: Float64Array,
  count: number,
  context: Pick<FitContext, 'stop' | 'report'>,
): Promise<ItemNeighbors> {
  const { byUser, byItem } = pairs
  const itemCount = byItem.starts.length - 1
  const nearest = new NearestItems(pairs, count)
  /** Of each user, the item that comes next: those before it are done with all that come after them. */
  const next = byUser.starts.slice()
  const ofUsers = byUserOrder(pairs, weights)
  const sums = new Float64Array(itemCount)
  const breather = new Breather(context.stop)
  const perReport = Math.ceil(itemCount / REPORTS)
  let products = 0
  for (let item = 0; item < itemCount; item++) {
    if (item % perReport === 0) context.report(item, itemCount, 'items')
    if (breather.isTurnDue()) await turn()
    const from = byItem.starts[item] as number
    const to = byItem.starts[item + 1] as number
    let met = 0
    for (let k = from; k < to; k++) {
      const user = byItem.others[k] as number
      const first = (next[user] as number) + 1
      const end = byUser.starts[user + 1] as number
      next[user] = first
      addProducts(sums, byUser.others, ofUsers, first, end, weights[k] as number)
      met += end - first
      products += end - first
      if (products < PRODUCTS_TOGETHER) continue
      products = 0
      if (breather.isTurnDue()) await turn()
    }
    // Where few items were met, these are looked up again; else all are looked through.
    if (met > itemCount - item) nearest.takeAll(sums, item)
    else {
      for (let k = from; k < to; k++) {
        const user = byItem.others[k] as number
        nearest.takeListed(sums, item, byUser.others, next[user] as number, byUser.starts[user + 1] as number)
      }
    }
  }
  context.report(itemCount, itemCount, 'items')
  return nearest.finish()
}

function addProducts(
  sums: Float64Array,
  items: Int32Array,
  weights: Float64Array,
  first: number,
  end: number,
  weight: number,
): void {
  for (let k = first; k < end; k++) {
    const item = items[k] as number
    sums[item] = (sums[item] as number) + weight * (weights[k] as number)
  }
}

/** Weights of byItem in the order of byUser: both have items, and users, ascending. O(pairs). */
function byUserOrder({ byUser, byItem }: BothSides, weights: Float64Array): Float64Array {
  const next = byUser.starts.slice()
  const ordered = new Float64Array(weights.length)
  for (let k = 0; k < weights.length; k++) {
    const user = byItem.others[k] as number
    const at = next[user] as number
    ordered[at] = weights[k] as number
    next[user] = at + 1
  }
  return ordered
}
