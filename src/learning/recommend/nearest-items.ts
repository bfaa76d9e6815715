// The nearest items of each item, as similarities of pairs come in.
import { DataError } from '../errors.ts'
import type { BothSides } from './interactions.ts'

/** The neighbours of item i stand from starts[i] to starts[i + 1], ascending. */
export interface ItemNeighbors {
  readonly starts: Int32Array
  readonly items: Int32Array
  /** Above 0. */
  readonly similarities: Float64Array
}

/** Neighbours of all items at the most: 1.5 GiB. */
const NEIGHBORS_MAX = 2 ** 27

/** For each item a heap of those that are nearest so far; of equally similar ones the lower code is the nearer. */
export class NearestItems {
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

  /** The same for the items of a list. They come in no order: one that is as similar may have a lower code than those before. */
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

  /** Puts a neighbour into the list of an item, where there is room or it is better. A full list is a heap, the worst first. */
  private insert(item: number, other: number, sum: number): void {
    if (!(sum > 0)) return
    const { starts, ends, items, sums } = this
    const start = starts[item] as number
    const end = ends[item] as number
    const limit = starts[item + 1] as number
    if (end === limit) {
      if (!isWorse(sums[start] as number, items[start] as number, sum, other)) return
      this.sink(start, limit, start, other, sum)
    } else {
      sums[end] = sum
      items[end] = other
      ends[item] = end + 1
      if (end + 1 < limit) return
      for (let at = start + ((limit - start) >> 1) - 1; at >= start; at--) {
        this.sink(start, limit, at, items[at] as number, sums[at] as number)
      }
    }
    this.least[item] = sums[start] as number
  }

  /** Puts a neighbour in the place of that at `from`, or below it. */
  private sink(start: number, limit: number, from: number, other: number, sum: number): void {
    const { items, sums } = this
    let at = from
    for (let child = 2 * at - start + 1; child < limit; child = 2 * at - start + 1) {
      const second = child + 1
      const isSecond =
        second < limit &&
        isWorse(sums[second] as number, items[second] as number, sums[child] as number, items[child] as number)
      const worse = isSecond ? second : child
      if (!isWorse(sums[worse] as number, items[worse] as number, sum, other)) break
      sums[at] = sums[worse] as number
      items[at] = items[worse] as number
      at = worse
    }
    sums[at] = sum
    items[at] = other
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
