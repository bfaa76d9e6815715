import { readFileSync } from 'node:fs'
import t from 'tap'
import { chiSquareTail } from '../../learning/distributions/chi-square.ts'
import { fCritical } from '../../learning/distributions/f-distribution.ts'
import { Random } from '../../learning/random.ts'
import { drawMeanSquare } from './mean-square.ts'
import { ASSUMED_OVERDISPERSION, overdispersionsOf, type QuietLook } from './overdispersion.ts'

const DAYS = 14

/** So many days of a column with this mean of χ²/df. */
function looksAt(meanSquare: number, df = 9, days = DAYS): QuietLook[] {
  return Array.from({ length: days }, () => ({ statistic: meanSquare * df, df }))
}

/** Days of columns whose rows come so many times. */
function drawn(random: Random, clusterSizes: readonly number[], df = 9): QuietLook[][] {
  return clusterSizes.map((size) =>
    Array.from({ length: DAYS }, () => ({ statistic: size * df * drawMeanSquare(random, df), df })),
  )
}

function factorsOf(columns: readonly (readonly QuietLook[])[]): number[] {
  return overdispersionsOf(columns, DAYS).map((estimated) => estimated?.factor ?? Number.NaN)
}

t.test('of one column it is the mean of χ²/df, at least 1', async (t) => {
  const looks = [
    { statistic: 20, df: 9 },
    { statistic: 16, df: 9 },
    { statistic: 0, df: 0 },
  ]
  t.same(overdispersionsOf([looks], 3), [{ factor: 2, df: 18 }])
  t.same(overdispersionsOf([[{ statistic: 2, df: 9 }]], 1), [{ factor: 1, df: 9 }])
})

t.test('before it is known rows count a quarter, or less where looks say so', async (t) => {
  const assumed = { factor: ASSUMED_OVERDISPERSION, df: Number.POSITIVE_INFINITY }
  const few = looksAt(2, 9, 13)
  const clustered = looksAt(6, 9, 13)
  const constant = looksAt(0, 0)
  const found = overdispersionsOf([[], few, clustered, constant, looksAt(1.5)], DAYS)
  t.same(found.slice(0, 4), [assumed, assumed, { ...assumed, factor: 6 }, assumed])
  t.same(found[4], { factor: 1.5, df: DAYS * 9 }, 'they say nothing about others')
  t.same(overdispersionsOf([few, []], 0), [undefined, undefined])
})

t.test('columns that differ by chance alone share what they know', async (t) => {
  const random = new Random(3)
  const [own, shared, df]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < 50; round++) {
    const columns = drawn(random, new Array(20).fill(1))
    own.push(...columns.flatMap((looks) => factorsOf([looks])))
    for (const estimated of overdispersionsOf(columns, DAYS)) {
      shared.push(estimated?.factor as number)
      df.push(estimated?.df as number)
    }
  }
  const farthest = (factors: readonly number[]): number => Math.max(...factors) - 1
  t.ok(farthest(shared) < farthest(own) / 2, `${farthest(shared)} from what is true, ${farthest(own)} by themselves`)
  t.ok(df.reduce((sum, each) => sum + each, 0) / df.length > 5 * DAYS * 9)
  t.ok(Math.max(...df) <= 20 * DAYS * 9, 'no more than all of them have')
})

t.test('factors and degrees of freedom are those of the formulas in NumPy and SciPy', async (t) => {
  const golden = JSON.parse(readFileSync(new URL('../../../test/golden/overdispersion.json', import.meta.url), 'utf8'))
  t.ok(golden.cases.length > 0)
  for (const { name, values, freedoms, factors, df } of golden.cases) {
    const columns = values.map((value: number, i: number) => looksAt(value, freedoms[i] / DAYS))
    const found = overdispersionsOf(columns, DAYS)
    for (const [i, estimated] of found.entries()) {
      t.ok(
        Math.abs((estimated?.factor as number) / factors[i] - 1) < 1e-9,
        `${name}: ${estimated?.factor}, ${factors[i]}`,
      )
      t.ok(Math.abs((estimated?.df as number) / df[i] - 1) < 1e-9, `${name}: ${estimated?.df}, ${df[i]}`)
    }
  }
})

t.test('a column that is far from the others keeps its own, and they keep theirs', async (t) => {
  const random = new Random(4)
  const columns = drawn(random, [...new Array(16).fill(1), 4, 4, 4, 4])
  const found = overdispersionsOf(columns, DAYS)
  for (const estimated of found.slice(0, 16)) t.ok((estimated?.factor as number) < 1.1)
  for (const [i, estimated] of found.entries()) {
    if (i < 16) continue
    const own = (columns[i] as QuietLook[]).reduce((sum, { statistic }) => sum + statistic, 0) / (DAYS * 9)
    t.same(estimated, { factor: own, df: DAYS * 9 })
  }
})

t.test('nothing breaks where looks are alike, without a difference, or few', async (t) => {
  t.same(factorsOf([looksAt(0), looksAt(0), looksAt(0)]), [1, 1, 1])
  t.same(
    factorsOf([looksAt(0), looksAt(2), looksAt(2)]).map((factor) => Math.round(1e6 * factor) / 1e6),
    [1, 2, 2],
  )
  t.same(factorsOf([looksAt(1), looksAt(9)]), [1, 9])
  t.same(overdispersionsOf([], DAYS), [])
})

t.test('columns whose days differ unlike each other are found no more often than the level says', async (t) => {
  const random = new Random(5)
  const [level, rounds] = [1 / 1800, 200]
  for (const [name, clusterSizes] of [
    ['from 1 to 2', Array.from({ length: 20 }, (_, i) => 1 + i / 19)],
    ['one of four', [...new Array(15).fill(1), ...new Array(5).fill(1.4)]],
  ] as const) {
    let expected = 0
    for (let round = 0; round < rounds; round++) {
      overdispersionsOf(drawn(random, clusterSizes), DAYS).forEach((estimated, i) => {
        const { factor, df } = estimated ?? { factor: 1, df: 1 }
        expected += chiSquareTail((9 * factor * fCritical(level, 9, df)) / (clusterSizes[i] as number), 9)
      })
    }
    const ratio = expected / (rounds * clusterSizes.length * level)
    t.ok(ratio > 0.5 && ratio < 1.25, `${name}: ${ratio}`)
  }
})
