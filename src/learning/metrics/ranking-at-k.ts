// How good ranked lists are: precision, recall, NDCG and mean average precision of the first k places.

/** The lists of users, and what each of them took. */
export interface JudgedLists {
  /** k: places of a list. */
  readonly length: number
  /** Row-major users × k: items, the best first; −1 behind the end of a list. */
  readonly listed: Int32Array
  /** Per user, distinct items. Users without any are passed over. */
  readonly relevant: readonly ReadonlySet<number>[]
}

/**
 * Over the users that took something, an item that a user took being worth 1; means of users, but for precision, which is as
 * in `implicit`:
 *
 * precision_at_k  all hits ÷ Σ min(k, items taken): who took less than k items can be listed no more of them
 * recall_at_k     hits ÷ items taken
 * ndcg_at_k       Σ 1 ÷ log2(place + 1) over the hits ÷ the same of the best list (Järvelin and Kekäläinen 2002)
 * map_at_k        Σ precision up to each hit ÷ min(k, items taken)
 *
 * NaN where no user took anything. O(users × k).
 */
export function rankingAtK({ length, listed, relevant }: JudgedLists): Map<string, number> {
  const sums = { recall: 0, ndcg: 0, map: 0 }
  let [users, allHits, places] = [0, 0, 0]
  for (const [user, taken] of relevant.entries()) {
    if (taken.size === 0) continue
    users += 1
    const most = Math.min(length, taken.size)
    let [hits, gain, precisions, best] = [0, 0, 0, 0]
    for (let place = 0; place < length; place++) {
      const discount = 1 / Math.log2(place + 2)
      if (place < most) best += discount
      if (!taken.has(listed[user * length + place] as number)) continue
      hits += 1
      gain += discount
      precisions += hits / (place + 1)
    }
    allHits += hits
    places += most
    sums.recall += hits / taken.size
    sums.ndcg += gain / best
    sums.map += precisions / most
  }
  const means = Object.entries(sums).map(([name, sum]) => [`${name}_at_k`, sum / users] as const)
  return new Map([['precision_at_k', allHits / places], ...means])
}
