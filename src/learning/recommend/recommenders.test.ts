// What both recommenders keep, at the edges of what they take.
import t from 'tap'
import { blockOf, drawPairs, listOf, type Pair, rowsOf } from '../../../test/support/interaction-rows.ts'
import { DataError, FitStopped, StateError } from '../errors.ts'
import type { EstimatorState, FittedRecommender, Recommender as Unfitted } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { Random } from '../random.ts'
import { AlsRecommender } from './als-recommender.ts'
import { readInteractions } from './interactions.ts'
import { ItemSimilarityRecommender } from './item-similarity-recommender.ts'
import { newRankedLists, rankItems } from './ranked-lists.ts'

const RECOMMENDERS = [AlsRecommender, ItemSimilarityRecommender] as const

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
