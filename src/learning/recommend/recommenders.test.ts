// Both recommenders against naive twins, and at the edges of what they take.
import t from 'tap'
import { DataError, FitStopped, StateError } from '../errors.ts'
import type { EstimatorState, FittedRecommender, Recommender as Unfitted } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
import { AlsRecommender } from './als-recommender.ts'
import type { FittedAlsRecommender } from './fitted-als-recommender.ts'
import type { FittedItemSimilarityRecommender } from './fitted-item-similarity-recommender.ts'
import { readInteractions } from './interactions.ts'
import { ItemSimilarityRecommender } from './item-similarity-recommender.ts'
import { newRankedLists, rankItems } from './ranked-lists.ts'

type Pair = readonly [user: number, item: number, weight?: number]
const RECOMMENDERS = [AlsRecommender, ItemSimilarityRecommender] as const

function rowsOf(pairs: readonly Pair[]) {
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

function drawPairs(count: number, users: number, items: number, seed = 1): Pair[] {
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

function blockOf(...users: number[]) {
  return { rowCount: users.length, columnCount: 1, values: Float64Array.from(users) }
}

function listOf(fitted: FittedRecommender, user: number, withSeen = false): number[] {
  return [...fitted.recommend(blockOf(user), withSeen).items].filter((item) => item >= 0)
}

/** Solves a · x = b by Gauss and Jordan, with pivots. */
function solve(a: number[][], b: number[]): number[] {
  const n = b.length
  const rows = a.map((row, i) => [...row, b[i]!])
  for (let c = 0; c < n; c++) {
    const pivot = rows
      .slice(c)
      .reduce((best, row, i) => (Math.abs(row[c]!) > Math.abs(rows[best]![c]!) ? c + i : best), c)
    ;[rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!]
    for (let r = 0; r < n; r++) {
      if (r === c) continue
      const factor = rows[r]![c]! / rows[c]![c]!
      for (let k = c; k <= n; k++) rows[r]![k]! -= factor * rows[c]![k]!
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!)
}

/** The users that are best for these items: (YᵀCY + λI)⁻¹ YᵀC p, as the paper has it, with all pairs written out. */
function bestFactors(weightOf: (item: number) => number, table: number[][], regularization: number): number[] {
  const n = table[0]!.length
  const a = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? regularization : 0)))
  const b = new Array<number>(n).fill(0)
  table.forEach((row, item) => {
    const weight = weightOf(item)
    for (let i = 0; i < n; i++) {
      if (weight > 0) b[i]! += (1 + weight) * row[i]!
      for (let j = 0; j < n; j++) a[i]![j]! += (1 + weight) * row[i]! * row[j]!
    }
  })
  return solve(a, b)
}

function matrixOf(values: Float32Array, rows: number): number[][] {
  const width = values.length / rows
  return Array.from({ length: rows }, (_, row) => [...values.subarray(row * width, (row + 1) * width)])
}

t.test('als: the factors of items are the best for those of users, for numbers of factors of any sort', async (t) => {
  for (const factors of [1, 3, 4, 7, 33, 40]) {
    const { x, y, weights, users, items } = rowsOf(drawPairs(300, 30, 26))
    const given = { factors, regularization: 0.5, alpha: 0.7, iterations: 2, cg_steps: 60, random_state: 3 }
    const fitted = (await new AlsRecommender(given).fit(x, y, fitContext(), weights)) as FittedAlsRecommender
    const table = matrixOf(fitted.userFactors, users)
    const { byItem } = readInteractions(x, y, weights)
    for (const [item, found] of matrixOf(fitted.itemFactors, items).entries()) {
      const taken = new Map<number, number>()
      for (let k = byItem.starts[item]!; k < byItem.starts[item + 1]!; k++) {
        taken.set(byItem.others[k]!, 0.7 * byItem.weights[k]!)
      }
      const best = bestFactors((user) => taken.get(user) ?? 0, table, 0.5)
      const largest = Math.max(...best.map(Math.abs))
      best.forEach((value, j) => {
        if (Math.abs(value - found[j]!) > 5e-4 * largest)
          t.fail(`${factors} factors, item ${item}: ${value}, ${found[j]}`)
      })
    }
  }
})

t.test('als: scores are the products of factors, and lists are in their order', async (t) => {
  const { x, y, weights, users, items } = rowsOf(drawPairs(200, 20, 30))
  const fitted = (await new AlsRecommender({ factors: 9, n_recommendations: 30 }).fit(
    x,
    y,
    fitContext(),
    weights,
  )) as FittedAlsRecommender
  const [u, v] = [matrixOf(fitted.userFactors, users), matrixOf(fitted.itemFactors, items)]
  for (let user = 0; user < users; user++) {
    const { items: listed, scores } = fitted.recommend(blockOf(user), true)
    t.equal(new Set(listed).size, items)
    listed.forEach((item, place) => {
      const product = u[user]!.reduce((sum, value, j) => sum + value * v[item]![j]!, 0)
      if (Math.abs(product - scores[place]!) > 1e-5) t.fail(`user ${user}, item ${item}: ${product}, ${scores[place]}`)
      if (place > 0 && scores[place]! > scores[place - 1]!) t.fail('out of order')
    })
  }
})

t.test('als: the same seed gives the same bytes on any number of threads, another seed others', async (t) => {
  const { x, y, weights } = rowsOf(drawPairs(4000, 400, 300))
  const team = new ThreadTeam(2)
  t.teardown(() => team.close())
  const fit = (context: object, given: object = {}) =>
    new AlsRecommender({ factors: 64, iterations: 2, cg_steps: 10, ...given }).fit(x, y, fitContext(context), weights)
  const bytesOf = async (context: object, given?: object): Promise<Buffer> => {
    const { userFactors, itemFactors } = await fit(context, given)
    return Buffer.concat([userFactors, itemFactors].map((factors) => Buffer.from(factors.buffer)))
  }
  const alone = await bytesOf({ seed: 5 })
  t.ok(alone.equals(await bytesOf({ seed: 5, team })), 'on two threads')
  t.notOk(alone.equals(await bytesOf({ seed: 6 })), 'another seed')
  t.ok(alone.equals(await bytesOf({ seed: 6 }, { random_state: 5 })), 'random_state')
})

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

t.test('lists have the highest scores, of equal ones the lower code first, as a sort has', async (t) => {
  const random = new Random(4)
  for (const [items, length] of [
    [0, 3],
    [1, 3],
    [50, 1],
    [50, 7],
    [5, 20],
  ] as const) {
    const scores = Float64Array.from({ length: items }, () =>
      random.integer(5) === 0 ? Number.NaN : random.integer(6) - 3,
    )
    const lists = newRankedLists(2, length)
    rankItems(scores, lists, 1)
    const sorted = [...scores.keys()]
      .filter((item) => !Number.isNaN(scores[item]))
      .sort((a, b) => scores[b]! - scores[a]! || a - b)
    const padded = Array.from({ length }, (_, place) => sorted[place] ?? -1)
    t.same([...lists.items], [...new Array(length).fill(-1), ...padded], `${items} items, ${length} places`)
    t.same(
      [...lists.scores.subarray(length)],
      padded.map((item) => (item < 0 ? Number.NaN : scores[item])),
    )
  }
})

t.test('pairs that come twice are one with the sum of their weights, rows of weight 0 none', async (t) => {
  const { x, y, weights } = rowsOf([
    [0, 1, 2],
    [1, 0, 1],
    [0, 1, 3],
    [0, 0, 0],
    [1, 2, 4],
  ])
  const { byUser, byItem } = readInteractions(x, y, weights)
  t.same([...byUser.starts], [0, 1, 3])
  t.same([...byUser.others], [1, 0, 2])
  t.same([...byUser.weights], [5, 1, 4])
  t.same([...byItem.starts], [0, 1, 2, 3])
  t.same([...byItem.others], [1, 0, 1])
  t.same([...byItem.weights], [1, 5, 4])
})

for (const Recommender of RECOMMENDERS) {
  const make = (pairs: readonly Pair[], given = {}, context = fitContext()): Promise<FittedRecommender> => {
    const { x, y, weights } = rowsOf(pairs)
    return new Recommender(given as never).fit(x, y, context, weights)
  }
  const taken: Pair[] = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 0],
    [2, 3],
  ]

  t.test(`${Recommender.name}: a list leaves out what the user has, unless it is asked for`, async (t) => {
    const fitted = await make(taken)
    t.equal(listOf(fitted, 0).includes(0), false)
    t.ok(listOf(fitted, 0).length > 0)
    t.ok(listOf(fitted, 0, true).includes(0))
    const all = await make(taken, { exclude_seen: false })
    t.ok(listOf(all, 0).includes(0))
  })

  t.test(`${Recommender.name}: a user whom training does not have gets the most popular items`, async (t) => {
    const fitted = await make(taken)
    for (const user of [Number.NaN, -1, 3, 0.5, 1e12]) {
      const { items, scores } = fitted.recommend(blockOf(user))
      t.same([...items.subarray(0, 4)], [0, 1, 2, 3])
      t.same([...scores.subarray(0, 4)], [1, 2 / 3, 1 / 3, 1 / 3])
      t.same([...items.subarray(4)], new Array(6).fill(-1))
    }
  })

  t.test(`${Recommender.name}: a user who has all items gets an empty list`, async (t) => {
    t.same(
      listOf(
        await make([
          [0, 0],
          [0, 1],
          [1, 0],
        ]),
        0,
      ),
      [],
    )
  })

  t.test(`${Recommender.name}: one user, one item, and both`, async (t) => {
    t.same(listOf(await make([[0, 0]]), 0), [])
    t.same(listOf(await make([[0, 0]]), Number.NaN), [0])
    const single = await make([
      [0, 0],
      [0, 1],
    ])
    t.same(listOf(single, 0), [])
    const item = await make([
      [0, 0],
      [1, 0],
    ])
    t.same(listOf(item, 1), [])
  })

  t.test(`${Recommender.name}: rows that are none of a recommender are refused in words`, async (t) => {
    const { x, y } = rowsOf(taken)
    const estimator: Unfitted = new Recommender()
    const [users] = x.columns as [Float64Array]
    const numbers = { ...x, categoryCounts: [0] }
    await t.rejects(estimator.fit(numbers, y, fitContext()), DataError)
    await t.rejects(
      estimator.fit({ ...x, columns: [users, users], categoryCounts: [3, 3] }, y, fitContext()),
      DataError,
    )
    await t.rejects(estimator.fit({ ...x, columns: [], categoryCounts: [] }, y, fitContext()), DataError)
    const missing = { ...x, columns: [users.map((user, i) => (i === 2 ? Number.NaN : user))] }
    await t.rejects(estimator.fit(missing, y, fitContext()), /a user is missing/)
    await t.rejects(estimator.fit(x, y, fitContext(), new Float64Array(7)), /no row with a weight/)
    const same = rowsOf([...taken, ...taken])
    await t.rejects(estimator.fit(same.x, same.y, fitContext(), new Float64Array(14).fill(1.7e308)), /sum to infinity/)
  })

  t.test(`${Recommender.name}: a state whose parts do not fit is refused`, async (t) => {
    const state = (await make(taken)).toState()
    const estimator: Unfitted = new Recommender()
    const refused = (changed: EstimatorState) =>
      t.throws(() => estimator.restore({ ...state, ...changed }), StateError, Object.keys(changed).join())
    refused({ userCount: 4 })
    refused({ itemCount: 1 })
    refused({ listLength: 101 })
    refused({ seenStarts: Int32Array.of(0, 2, 1, 7) })
    refused({ seenItems: Int32Array.of(0, 1, 0, 1, 2, 0, 4) })
    refused({ seenItems: Int32Array.of(1, 0, 0, 1, 2, 0, 3) })
    refused({ popularity: Float64Array.of(1, 2, 0, 0) })
    refused({ excludesSeen: 1 })
    if (Recommender === AlsRecommender) {
      refused({ itemFactors: new Float32Array(3) })
      refused({ userFactors: (state['userFactors'] as Float32Array).map(() => Number.NaN) })
    } else {
      refused({ neighborItems: (state['neighborItems'] as Int32Array).map(() => 9) })
      refused({ similarities: (state['similarities'] as Float64Array).map(() => -1) })
      refused({ seenWeights: new Float64Array(7) })
    }
  })

  t.test(`${Recommender.name}: a fit that is asked to stop does`, async (t) => {
    const stop = new StopFlag()
    stop.set()
    await t.rejects(make(drawPairs(500, 50, 40), {}, fitContext({ stop })), FitStopped)
  })
}

t.test('als: factors of more than 4 GiB are refused before anything is learned', async (t) => {
  const users = 1_100_000
  const x = {
    rowCount: users,
    columns: [Float64Array.from({ length: users }, (_, i) => i)],
    categoryCounts: [users],
  }
  const y = { codes: new Int32Array(users), classNames: ['only'] }
  await t.rejects(new AlsRecommender({ factors: 1024 }).fit(x, y, fitContext()), /4 GiB/)
})

t.test('als: weights beyond what float32 holds are refused', async (t) => {
  const { x, y } = rowsOf(drawPairs(50, 10, 8))
  const huge = new Float64Array(x.rowCount).fill(1e300)
  await t.rejects(new AlsRecommender().fit(x, y, fitContext(), huge), /too large/)
})

t.test('item similarity: more neighbours than can be kept are refused', async (t) => {
  // 30,000 items of one user, all of them similar.
  const { x, y } = rowsOf(Array.from({ length: 30_000 }, (_, item): Pair => [0, item]))
  await t.rejects(new ItemSimilarityRecommender({ n_neighbors: 10_000 }).fit(x, y, fitContext()), /lower n_neighbors/)
})
