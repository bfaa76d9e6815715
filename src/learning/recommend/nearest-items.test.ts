// Sums of products and the largest of them, in WebAssembly, against a naive twin.
import t from 'tap'
import { Random } from '../random.ts'
import { type BothSides, transposed } from './interactions.ts'
import { ItemProducts } from './item-products.ts'
import { type ItemNeighbors, NearestItems } from './nearest-items.ts'

interface Given {
  readonly users: number
  readonly items: number
  readonly share: number
  /** Weights are whole numbers up to it: sums are exact, and with few of them many are equal. */
  readonly most: number
}

function randomPairs(random: Random, { users, items, share, most }: Given): BothSides {
  const starts = [0]
  const others: number[] = []
  for (let user = 0; user < users; user++) {
    for (let item = 0; item < items; item++) if (random.uniform() < share) others.push(item)
    starts.push(others.length)
  }
  // Some weights are below 0, as logarithms can make them.
  const weights = Float64Array.from(others, () => 1 + random.integer(most) - (random.integer(9) === 0 ? most : 0))
  const byUser = { starts: Int32Array.from(starts), others: Int32Array.from(others), weights }
  return { byUser, byItem: transposed(byUser, items) }
}

function find(pairs: BothSides, count: number, room: number): ItemNeighbors {
  const { starts, weights } = pairs.byItem
  const nearest = new NearestItems(pairs, count)
  const products = new ItemProducts(pairs, weights, room)
  for (let item = 0; item + 1 < starts.length; item++) {
    const end = starts[item + 1] as number
    for (let pair = starts[item] as number; pair < end; ) pair = products.add(pair, end)
    products.leaveOut(item)
    nearest.take(products)
  }
  return nearest.finish()
}

/** All sums of all items, sorted. */
function findNaively({ byUser, byItem }: BothSides, count: number): [item: number, sum: number][][] {
  const itemCount = byItem.starts.length - 1
  return Array.from({ length: itemCount }, (_, item) => {
    const sums = new Array<number>(itemCount).fill(0)
    for (let user = 0; user + 1 < byUser.starts.length; user++) {
      const from = byUser.starts[user] as number
      const own = byUser.others.subarray(from, byUser.starts[user + 1])
      const at = own.indexOf(item)
      if (at < 0) continue
      own.forEach((other, k) => {
        sums[other] =
          (sums[other] as number) + (byUser.weights[from + at] as number) * (byUser.weights[from + k] as number)
      })
    }
    return [...sums.entries()]
      .filter(([other, sum]) => other !== item && sum > 0)
      .toSorted(([a, p], [b, q]) => q - p || a - b)
      .slice(0, count)
      .toSorted(([a], [b]) => a - b)
  })
}

t.test('the nearest items are those of all sums, in whatever parts they are found', async (t) => {
  const random = new Random(1)
  const cases: readonly [Given, count: number, room: number][] = [
    [{ users: 1, items: 1, share: 1, most: 3 }, 1, 16],
    [{ users: 3, items: 17, share: 0.5, most: 2 }, 4, 32],
    [{ users: 40, items: 300, share: 0.3, most: 50 }, 10, 32],
    [{ users: 40, items: 300, share: 0.3, most: 50 }, 10, 300],
    // Nearly all sums are equal.
    [{ users: 2, items: 400, share: 0.9, most: 1 }, 20, 36],
    [{ users: 30, items: 700, share: 0.02, most: 3 }, 5, 32],
    // Sums that are few and far between, and an item with more users than are added at once.
    [{ users: 20, items: 5000, share: 0.004, most: 9 }, 8, 64],
    [{ users: 9000, items: 3, share: 0.8, most: 9 }, 2, 32],
  ]
  for (const [given, count, room] of cases) {
    const pairs = randomPairs(random, given)
    const { starts, items, similarities } = find(pairs, count, room)
    const found = Array.from({ length: given.items }, (_, item) => {
      const [from, to] = [starts[item] as number, starts[item + 1] as number]
      return [...items.subarray(from, to)].map((other, k) => [other, similarities[from + k]])
    })
    t.same(found, findNaively(pairs, count), JSON.stringify({ ...given, count, room }))
  }
})

t.test('sums beyond what numbers hold are among the nearest', async (t) => {
  const starts = Int32Array.of(0, 40)
  const others = Int32Array.from({ length: 40 }, (_, item) => item)
  const byUser = { starts, others, weights: new Float64Array(40).fill(1e200) }
  const { similarities } = find({ byUser, byItem: transposed(byUser, 40) }, 2, 18)
  t.same([...new Set(similarities)], [Number.POSITIVE_INFINITY])
})
