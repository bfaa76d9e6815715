// Alternating least squares against a naive twin.
import t from 'tap'
import { blockOf, drawPairs, rowsOf } from '../../../test/support/interaction-rows.ts'
import { fitContext } from '../fit-context.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { AlsRecommender } from './als-recommender.ts'
import type { FittedAlsRecommender } from './fitted-als-recommender.ts'
import { readInteractions } from './interactions.ts'

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
