// Recommenders and their metrics against what `implicit` and scikit-learn gave (test/golden/generate_recommenders.py).
import { readFileSync } from 'node:fs'
import t from 'tap'
import { fitContext } from '../fit-context.ts'
import { rankingAtK } from '../metrics/ranking-at-k.ts'
import { type AlsState, newAlsState } from './als-memory.ts'
import { PHASE, phasesOf, runAls } from './als-task.ts'
import { readInteractions } from './interactions.ts'
import { ItemSimilarityRecommender } from './item-similarity-recommender.ts'

type Rows = readonly (readonly [user: number, item: number, weight: number])[]
interface Golden {
  readonly implicit: string
  readonly users: number
  readonly items: number
  readonly k: number
  readonly train: Rows
  readonly test: Rows
  readonly similarity: Readonly<Record<'cosine' | 'tfidf' | 'bm25', { items: number[][]; scores: number[][] }>>
  readonly als: {
    readonly regularization: number
    readonly iterations: number
    readonly first: number[]
    readonly user_factors: number[]
    readonly item_factors: number[]
  }
  readonly metrics: Readonly<Record<string, number>> & { readonly listed: number[][] }
}
const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/recommenders.json', import.meta.url), 'utf8'),
)
const { train, test, users, items, k } = golden
const x = {
  rowCount: train.length,
  columns: [Float64Array.from(train, ([user]) => user)],
  categoryCounts: [users],
}
const target = {
  codes: Int32Array.from(train, ([, item]) => item),
  classNames: Array.from({ length: items }, (_, item) => `${item}`),
}
const weights = Float64Array.from(train, ([, , weight]) => weight)

for (const similarity of ['cosine', 'tfidf', 'bm25'] as const) {
  t.test(`${similarity}: the lists and scores of implicit ${golden.implicit}`, async (t) => {
    const fitted = await new ItemSimilarityRecommender({ similarity, n_recommendations: k }).fit(
      x,
      target,
      fitContext(),
      weights,
    )
    const all = { rowCount: users, columnCount: 1, values: Float64Array.from({ length: users }, (_, user) => user) }
    const lists = fitted.recommend(all)
    const theirs = golden.similarity[similarity]
    for (let user = 0; user < users; user++) {
      for (let place = 0; place < k; place++) {
        const at = user * k + place
        const score = theirs.scores[user]?.[place] as number
        // Theirs goes on with scores of 0 or less; ours ends, or has no list of its own and gives popular items.
        if (!(score > 0)) break
        t.ok(Math.abs((lists.scores[at] as number) - score) <= 1e-9 * score, `user ${user}, place ${place}`)
        const tied = theirs.scores[user]?.filter((other) => Math.abs(other - score) <= 1e-9 * score).length
        if (tied === 1) t.equal(lists.items[at], theirs.items[user]?.[place])
      }
    }
  })
}

t.test(`alternating least squares: the factors of implicit ${golden.implicit} from the same first ones`, async (t) => {
  const { regularization, iterations, first, user_factors, item_factors } = golden.als
  const { byUser, byItem } = readInteractions(x, target, weights)
  const factorCount = first.length / items
  const shape = { factorCount, iterations, regularization, steps: 3, alpha: 1, threadCount: 1 }
  const state: AlsState = newAlsState(byUser, byItem, shape)
  first.forEach((value, at) => {
    state.sides[1].factors[Math.floor(at / factorCount) * state.stride + (at % factorCount)] = value
  })
  const { team, stop } = fitContext()
  while (state.control[PHASE] !== phasesOf(state)) {
    await team.run(runAls, { module: '', exportName: 'runAls' }, state, stop)
  }
  for (const [side, theirs] of [user_factors, item_factors].entries()) {
    const { factors } = state.sides[side] as (typeof state.sides)[0]
    const largest = Math.max(...theirs.map(Math.abs))
    theirs.forEach((value, at) => {
      const ours = factors[Math.floor(at / factorCount) * state.stride + (at % factorCount)] as number
      if (Math.abs(ours - value) > 2e-4 * largest) t.fail(`side ${side}, ${at}: ${ours} and ${value}`)
    })
  }
})

t.test('precision, recall, NDCG and MAP at k of the same lists', async (t) => {
  const relevant = Array.from({ length: users }, () => new Set<number>())
  for (const [user, item] of test) relevant[user]?.add(item)
  const found = rankingAtK({ length: k, listed: Int32Array.from(golden.metrics.listed.flat()), relevant })
  for (const name of ['precision_at_k', 'recall_at_k', 'ndcg_at_k', 'map_at_k']) {
    const difference = Math.abs((found.get(name) as number) - (golden.metrics[name] as number))
    t.ok(difference <= 1e-12, `${name}: ${found.get(name)} and ${golden.metrics[name]}`)
  }
  t.ok(Math.abs((found.get('ndcg_at_k') as number) - (golden.metrics['ndcg_at_k_scikit_learn'] as number)) <= 1e-12)
})
