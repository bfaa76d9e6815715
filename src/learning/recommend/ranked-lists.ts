// The best items of a user, out of a score for each.

/** One list a row: row-major rows × length. */
export interface RankedLists {
  /** Items of a list at the most. */
  readonly length: number
  /** Codes of items, the best first; −1 behind the end of a list. */
  readonly items: Int32Array
  /** The score of each; NaN behind the end. Scores of one list can be compared, those of two rows need not be. */
  readonly scores: Float64Array
}

export function newRankedLists(rowCount: number, length: number): RankedLists {
  return {
    length,
    items: new Int32Array(rowCount * length).fill(-1),
    scores: new Float64Array(rowCount * length).fill(Number.NaN),
  }
}

/**
 * Writes the items with the highest scores as list `row`. Of equal scores the item with the lower code comes first.
 *
 * scores  one per item; NaN for an item that must not be listed
 * O(items), and O(length) for each item that is better than those before it.
 */
export function rankItems(scores: ArrayLike<number>, { length, items, scores: kept }: RankedLists, row: number): void {
  const first = row * length
  let count = 0
  let least = Number.NEGATIVE_INFINITY
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item] as number
    if (!(score > least)) continue
    let at = count < length ? first + count : first + length - 1
    while (at > first && (kept[at - 1] as number) < score) {
      kept[at] = kept[at - 1] as number
      items[at] = items[at - 1] as number
      at -= 1
    }
    kept[at] = score
    items[at] = item
    if (count < length) count += 1
    if (count === length) least = kept[first + length - 1] as number
  }
}
