// The most similar items of each item.
import { Breather } from '../breather.ts'
import type { FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import type { BothSides } from './interactions.ts'
import { ItemProducts } from './item-products.ts'
import { type ItemNeighbors, NearestItems } from './nearest-items.ts'

const REPORTS = 100
/** Items are found, then the nearest of them are kept, when so many times as many are there. */
const FOUND_PER_NEIGHBOR = 4
const FOUND_MIN = 128

/**
 * Of each item the `count` others that are most similar: whose weights have the largest products with its own, summed over
 * the users that both share. Of equally similar ones those with the lower codes. Similarities of 0 or less are none.
 *
 * weights  one a pair of byItem, in its order
 * O(Σ items of a user squared) time, O(pairs + items × count) memory. Throws FitStopped; DataError where there would be more than
 * 2^27 neighbours, or memory of more than 4 GiB is needed.
 */
export async function findItemNeighbors(
  pairs: BothSides,
  weights: Float64Array,
  count: number,
  context: Pick<FitContext, 'stop' | 'report'>,
): Promise<ItemNeighbors> {
  const { starts } = pairs.byItem
  const itemCount = starts.length - 1
  const nearest = new NearestItems(pairs, count)
  const products = new ItemProducts(pairs, weights, Math.max(FOUND_MIN, FOUND_PER_NEIGHBOR * count))
  const breather = new Breather(context.stop)
  const perReport = Math.ceil(itemCount / REPORTS)
  for (let item = 0; item < itemCount; item++) {
    if (item % perReport === 0) context.report(item, itemCount, 'items')
    const end = starts[item + 1] as number
    for (let pair = starts[item] as number; pair < end; ) {
      pair = products.add(pair, end)
      if (breather.isTurnDue()) await turn()
    }
    products.leaveOut(item)
    nearest.take(products)
  }
  context.report(itemCount, itemCount, 'items')
  return nearest.finish()
}
