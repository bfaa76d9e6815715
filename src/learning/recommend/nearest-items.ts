// The nearest items of each item, out of the sums of its products.
import { DataError } from '../errors.ts'
import type { BothSides } from './interactions.ts'
import type { ItemProducts } from './item-products.ts'

/** The neighbours of item i stand from starts[i] to starts[i + 1], ascending. */
export interface ItemNeighbors {
  readonly starts: Int32Array
  readonly items: Int32Array
  /** Above 0. */
  readonly similarities: Float64Array
}

/** Neighbours of all items at the most: 1.5 GiB. */
const NEIGHBORS_MAX = 2 ** 27

/** Takes items in the order of their codes. Of equally similar ones the lower code is the nearer. */
export class NearestItems {
  private readonly count: number
  private readonly starts: Int32Array
  private readonly items: Int32Array
  private readonly similarities: Float64Array
  private taken = 0

  constructor({ byUser, byItem }: BothSides, count: number) {
    const itemCount = byItem.starts.length - 1
    let all = 0
    for (let item = 0; item < itemCount; item++) {
      let met = 0
      for (let k = byItem.starts[item] as number; k < (byItem.starts[item + 1] as number) && met < count; k++) {
        const user = byItem.others[k] as number
        met += (byUser.starts[user + 1] as number) - (byUser.starts[user] as number) - 1
      }
      all += Math.min(met, count, itemCount - 1)
    }
    if (all > NEIGHBORS_MAX) {
      const message = `${itemCount} items with up to ${count} neighbours are ${all}, expected ${NEIGHBORS_MAX} at the most`
      throw new DataError(`${message}: lower n_neighbors`)
    }
    this.count = count
    this.starts = new Int32Array(itemCount + 1)
    this.items = new Int32Array(all)
    this.similarities = new Float64Array(all)
  }

  /** Takes the sums of the next item with all others. */
  take(products: ItemProducts): void {
    let kept = 0
    let least = 0
    for (;;) {
      const isLast = products.takeAbove(least, kept)
      kept = products.foundCount
      if (kept > this.count) least = products.keepLargest(this.count, least)
      kept = Math.min(kept, this.count)
      if (isLast) break
    }
    const end = this.ended + kept
    this.items.set(products.items.subarray(0, kept), this.ended)
    this.similarities.set(products.sums.subarray(0, kept), this.ended)
    this.taken += 1
    this.starts[this.taken] = end
  }

  finish(): ItemNeighbors {
    const { starts, items, similarities, ended } = this
    return { starts, items: items.slice(0, ended), similarities: similarities.slice(0, ended) }
  }

  private get ended(): number {
    return this.starts[this.taken] as number
  }
}
