// The most similar items of each item.
import { Breather } from '../breather.ts'
import { DataError } from '../errors.ts'
import type { FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import type { BothSides } from './interactions.ts'

/** The neighbours of item i stand from starts[i] to starts[i + 1], ascending. */
export interface ItemNeighbors {
  readonly starts: Int32Array
  readonly items: Int32Array
  /** Above 0. */
  readonly similarities: Float64Array
}

const REPORTS = 100
/** Neighbours of all items at the most: 1.5 GiB. */
const NEIGHBORS_MAX = 2 ** 27

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
  for (let item = 0; item < itemCount; item++) {
    if (item % perReport === 0) context.report(item, itemCount, 'items')
    if (breather.isTurnDue()) await turn()
    const from = byItem.starts[item] as number
    const to = byItem.starts[item + 1] as number
    for (let k = from; k < to; k++) {
      const user = byItem.others[k] as number
      const first = (next[user] as number) + 1
      next[user] = first
      addProducts(sums, byUser.others, ofUsers, first, byUser.starts[user + 1] as number, weights[k] as number)
    }
    let work = 0
    for (let k = from; k < to; k++) {
      const user = byItem.others[k] as number
      work += (byUser.starts[user + 1] as number) - (next[user] as number)
    }
    // Where few items were met, these are looked up again; else all are looked through.
    if (work > itemCount - item) nearest.takeAll(sums, item)
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

/** For each item a heap of those that are nearest so far; of equally similar ones the lower code is the nearer. */
class NearestItems {
  private readonly starts: Int32Array
  private readonly ends: Int32Array
  private readonly items: Int32Array
  private readonly sums: Float64Array
  /** What a similarity must be above to come into the list of an item; 0 while there is room. */
  private readonly least: Float64Array

  constructor({ byUser, byItem }: BothSides, count: number) {
    const itemCount = byItem.starts.length - 1
    this.starts = new Int32Array(itemCount + 1)
    let all = 0
    for (let item = 0; item < itemCount; item++) {
      let met = 0
      for (let k = byItem.starts[item] as number; k < (byItem.starts[item + 1] as number) && met < count; k++) {
        const user = byItem.others[k] as number
        met += (byUser.starts[user + 1] as number) - (byUser.starts[user] as number) - 1
      }
      all += Math.min(met, count, itemCount - 1)
      this.starts[item + 1] = all
    }
    if (all > NEIGHBORS_MAX) {
      const message = `${itemCount} items with up to ${count} neighbours are ${all}, expected ${NEIGHBORS_MAX} at the most`
      throw new DataError(`${message}: lower n_neighbors`)
    }
    this.ends = this.starts.slice(0, itemCount)
    this.items = new Int32Array(all)
    this.sums = new Float64Array(all)
    this.least = new Float64Array(itemCount)
  }

  /** Takes in the sums of `item` with all items that come after it, and sets them to 0. */
  takeAll(sums: Float64Array, item: number): void {
    const { least } = this
    for (let other = item + 1; other < sums.length; other++) {
      const sum = sums[other] as number
      if (sum === 0) continue
      sums[other] = 0
      if (sum > (least[item] as number)) this.insert(item, other, sum)
      if (sum > (least[other] as number)) this.insert(other, item, sum)
    }
  }

  /** The same for the items of a list. */
  takeListed(sums: Float64Array, item: number, list: Int32Array, first: number, end: number): void {
    const { least } = this
    for (let k = first; k < end; k++) {
      const other = list[k] as number
      const sum = sums[other] as number
      if (sum === 0) continue
      sums[other] = 0
      if (sum >= (least[item] as number)) this.insert(item, other, sum)
      if (sum > (least[other] as number)) this.insert(other, item, sum)
    }
  }

  /** Puts a neighbour into the heap of an item, whose first is the least similar, where there is room or it is better. */
  private insert(item: number, other: number, sum: number): void {
    if (!(sum > 0)) return
    const { starts, ends, items, sums } = this
    const start = starts[item] as number
    const size = (ends[item] as number) - start
    if (ends[item] === starts[item + 1]) {
      if (isWorse(sums[start] as number, items[start] as number, sum, other)) this.replaceFirst(start, size, other, sum)
    } else {
      let at = size
      while (at > 0) {
        const parent = (at - 1) >> 1
        const [parentSum, parentItem] = [sums[start + parent] as number, items[start + parent] as number]
        if (!isWorse(sum, other, parentSum, parentItem)) break
        sums[start + at] = parentSum
        items[start + at] = parentItem
        at = parent
      }
      sums[start + at] = sum
      items[start + at] = other
      ends[item] = start + size + 1
    }
    if (ends[item] === starts[item + 1]) this.least[item] = sums[start] as number
  }

  private replaceFirst(start: number, size: number, other: number, sum: number): void {
    const { items, sums } = this
    let at = 0
    for (let child = 1; child < size; child = 2 * at + 1) {
      let from = start + child
      const isSecond =
        child + 1 < size &&
        isWorse(sums[from + 1] as number, items[from + 1] as number, sums[from] as number, items[from] as number)
      if (isSecond) {
        child += 1
        from += 1
      }
      if (!isWorse(sums[from] as number, items[from] as number, sum, other)) break
      sums[start + at] = sums[from] as number
      items[start + at] = items[from] as number
      at = child
    }
    sums[start + at] = sum
    items[start + at] = other
  }

  finish(): ItemNeighbors {
    const { starts, ends, items, sums } = this
    const kept = new Int32Array(starts.length)
    const order = new Float64Array(ends.length)
    let at = 0
    for (let item = 0; item < ends.length; item++) {
      const [start, end] = [starts[item] as number, ends[item] as number]
      for (let k = start; k < end; k++) order[items[k] as number] = sums[k] as number
      const list = items.slice(start, end).sort()
      for (const other of list) {
        items[at] = other
        sums[at] = order[other] as number
        at += 1
      }
      kept[item + 1] = at
    }
    return { starts: kept, items: items.slice(0, at), similarities: sums.slice(0, at) }
  }
}

function isWorse(sum: number, item: number, otherSum: number, otherItem: number): boolean {
  return sum < otherSum || (sum === otherSum && item > otherItem)
}
