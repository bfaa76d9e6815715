// Our recommenders on the rows that peer.py wrote, in a process of its own: measure-ours.ts FILE prints what main.ts reads.
import { readFileSync } from 'node:fs'
import { fitContext } from '../../src/learning/fit-context.ts'
import { rankingAtK } from '../../src/learning/metrics/ranking-at-k.ts'
import { AlsRecommender } from '../../src/learning/recommend/als-recommender.ts'
import { ItemSimilarityRecommender } from '../../src/learning/recommend/item-similarity-recommender.ts'

export interface MovieRows {
  readonly users: readonly number[]
  readonly items: readonly number[]
  readonly ratings: readonly number[]
  readonly times: readonly number[]
  readonly held: readonly boolean[]
}

/** CPU seconds of the fit, and of the lists of all users. */
export interface Measured {
  readonly fit: number
  readonly lists: number
  readonly ndcg: number
  readonly precision: number
}

const K = 10

const rows: MovieRows = JSON.parse(readFileSync(process.argv[2] as string, 'utf8'))
const measured: Record<string, Measured> = {}
for (const split of ['random', 'time'] as const) {
  for (const alpha of [0.25, 0.5, 1]) {
    for (const seed of [0, 1, 2]) {
      const given = { alpha, factors: 64, iterations: 15, random_state: seed }
      const name = `${split} als alpha ${Number.isInteger(alpha) ? `${alpha}.0` : alpha} seed ${seed}`
      measured[name] = await measure(new AlsRecommender(given), split)
    }
  }
  for (const similarity of ['cosine', 'tfidf', 'bm25'] as const) {
    measured[`${split} ${similarity}`] = await measure(new ItemSimilarityRecommender({ similarity }), split)
  }
}
console.log(JSON.stringify(measured))

async function measure(recommender: AlsRecommender | ItemSimilarityRecommender, split: 'random' | 'time') {
  const { users, items, ratings } = rows
  const held = heldBy(split)
  const kept = Int32Array.from(users.keys()).filter((row) => held[row] === false)
  const userCount = 1 + users.reduce((most, user) => Math.max(most, user), 0)
  const itemCount = 1 + items.reduce((most, item) => Math.max(most, item), 0)
  const x = {
    rowCount: kept.length,
    columns: [Float64Array.from(kept, (row) => users[row] as number)],
    categoryCounts: [userCount],
  }
  const target = {
    codes: kept.map((row) => items[row] as number),
    classNames: Array.from({ length: itemCount }, (_, item) => `${item}`),
  }
  const weights = Float64Array.from(kept, (row) => ratings[row] as number)
  const all = {
    rowCount: userCount,
    columnCount: 1,
    values: Float64Array.from({ length: userCount }, (_, user) => user),
  }
  const relevant = Array.from({ length: userCount }, () => new Set<number>())
  for (const [row, user] of users.entries()) if (held[row] === true) relevant[user]?.add(items[row] as number)
  const started = cpuSeconds()
  const fitted = await recommender.fit(x, target, fitContext(), weights)
  const fittedAt = cpuSeconds()
  const listed = fitted.recommend(all).items
  const listedAt = cpuSeconds()
  const metrics = rankingAtK({ length: K, listed, relevant })
  return {
    fit: fittedAt - started,
    lists: listedAt - fittedAt,
    ndcg: metrics.get('ndcg_at_k') as number,
    precision: metrics.get('precision_at_k') as number,
  }
}

function heldBy(split: 'random' | 'time'): readonly boolean[] {
  if (split === 'random') return rows.held
  const sorted = rows.times.toSorted((a, b) => a - b)
  const place = 0.8 * (sorted.length - 1)
  const below = sorted[Math.floor(place)] as number
  const limit = below + (place % 1) * ((sorted[Math.ceil(place)] as number) - below)
  return rows.times.map((time) => time > limit)
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
