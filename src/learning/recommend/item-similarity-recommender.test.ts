// The neighbours of items against a naive twin.
import t from 'tap'
import { drawPairs, type Pair, rowsOf } from '../../../test/support/interaction-rows.ts'
import { fitContext } from '../fit-context.ts'
import type { FittedItemSimilarityRecommender } from './fitted-item-similarity-recommender.ts'
import { ItemSimilarityRecommender } from './item-similarity-recommender.ts'

/** Similarities by their definition, of dense columns. */
function naiveSimilarities(pairs: readonly Pair[], users: number, items: number, similarity: string): number[][] {
  const dense = Array.from({ length: items }, () => new Array<number>(users).fill(0))
  for (const [user, item, weight = 1] of pairs) dense[item]![user]! += weight
  const counts = Array.from({ length: users }, (_, user) => dense.filter((row) => row[user]! > 0).length)
  const sums = dense.map((row) => row.reduce((a, b) => a + b, 0))
  const mean = sums.reduce((a, b) => a + b, 0) / items
  const idf = counts.map((count) => Math.log(items / (1 + count)))
  const weighed = dense.map((row, item) =>
    row.map((weight, user) => {
      if (similarity === 'cosine' || weight === 0) return weight
      if (similarity === 'tfidf') return Math.sqrt(weight) * idf[user]!
      return ((weight * 2.2) / (weight + 1.2 * (0.25 + (0.75 * sums[item]!) / mean))) * idf[user]!
    }),
  )
  const lengthOf = (row: number[]): number => (similarity === 'bm25' ? 1 : Math.hypot(...row) || 1)
  return weighed.map((a) =>
    weighed.map((b) => a.reduce((sum, value, j) => sum + value * b[j]!, 0) / lengthOf(a) / lengthOf(b)),
  )
}

t.test('item similarity: the neighbours are the nearest of all pairs of items', async (t) => {
  for (const [similarity, count] of [
    ['cosine', 4],
    ['tfidf', 7],
    ['bm25', 3],
    ['cosine', 100],
  ] as const) {
    const pairs = drawPairs(400, 40, 60, count)
    const { x, y, weights, users, items } = rowsOf(pairs)
    const estimator = new ItemSimilarityRecommender({ similarity, n_neighbors: count })
    const { neighbors } = (await estimator.fit(x, y, fitContext(), weights)) as FittedItemSimilarityRecommender
    const naive = naiveSimilarities(pairs, users, items, similarity)
    for (let item = 0; item < items; item++) {
      const [from, to] = [neighbors.starts[item]!, neighbors.starts[item + 1]!]
      const expected = naive[item]!.filter((value, other) => other !== item && value > 1e-12).toSorted((a, b) => b - a)
      const found = [...neighbors.similarities.subarray(from, to)].toSorted((a, b) => b - a)
      t.equal(found.length, Math.min(count, expected.length), `item ${item}`)
      found.forEach((value, k) => {
        if (Math.abs(value - expected[k]!) > 1e-9) t.fail(`item ${item}, neighbour ${k}: ${value} and ${expected[k]}`)
      })
      for (let k = from; k < to; k++) {
        const direct = naive[item]![neighbors.items[k]!]!
        if (Math.abs(direct - neighbors.similarities[k]!) > 1e-9) t.fail(`item ${item} and ${neighbors.items[k]}`)
      }
    }
  }
})

t.test('item similarity: of equally similar items the lower codes are the neighbours', async (t) => {
  // One user with ten items: all are equally similar.
  const { x, y } = rowsOf(Array.from({ length: 10 }, (_, item): Pair => [0, item]))
  const fitted = (await new ItemSimilarityRecommender({ n_neighbors: 3 }).fit(
    x,
    y,
    fitContext(),
  )) as FittedItemSimilarityRecommender
  const { starts, items } = fitted.neighbors
  t.same([...items.subarray(starts[5], starts[6])], [0, 1, 2])
  t.same([...items.subarray(starts[1], starts[2])], [0, 2, 3])
})

t.test('item similarity: more neighbours than can be kept are refused', async (t) => {
  // 30,000 items of one user, all of them similar.
  const { x, y } = rowsOf(Array.from({ length: 30_000 }, (_, item): Pair => [0, item]))
  await t.rejects(new ItemSimilarityRecommender({ n_neighbors: 10_000 }).fit(x, y, fitContext()), /lower n_neighbors/)
})
