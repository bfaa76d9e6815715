// Users, and the items that they took, as recommenders are given them and asked about them.
import type { FittedRecommender } from '../../src/learning/estimator.ts'
import { Random } from '../../src/learning/random.ts'

export type Pair = readonly [user: number, item: number, weight?: number]

export function rowsOf(pairs: readonly Pair[]) {
  const users = Math.max(-1, ...pairs.map(([user]) => user)) + 1
  const items = Math.max(-1, ...pairs.map(([, item]) => item)) + 1
  return {
    x: { rowCount: pairs.length, columns: [Float64Array.from(pairs, ([user]) => user)], categoryCounts: [users] },
    y: {
      codes: Int32Array.from(pairs, ([, item]) => item),
      classNames: Array.from({ length: items }, (_, item) => `${item}`),
    },
    weights: Float64Array.from(pairs, ([, , weight = 1]) => weight),
    users,
    items,
  }
}

export function drawPairs(count: number, users: number, items: number, seed = 1): Pair[] {
  const random = new Random(seed)
  const drawn = Array.from(
    { length: count },
    (): Pair => [random.integer(users), random.integer(items), 1 + random.integer(5)],
  )
  // Every user and item has a row.
  for (let user = 0; user < users; user++) drawn.push([user, user % items, 2])
  for (let item = 0; item < items; item++) drawn.push([item % users, item, 3])
  return drawn
}

export function blockOf(...users: number[]) {
  return { rowCount: users.length, columnCount: 1, values: Float64Array.from(users) }
}

export function listOf(fitted: FittedRecommender, user: number, withSeen = false): number[] {
  return [...fitted.recommend(blockOf(user), withSeen).items].filter((item) => item >= 0)
}
