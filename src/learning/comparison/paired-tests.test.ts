import { readFileSync } from 'node:fs'
import t from 'tap'
import { fairCoinTwoSided } from '../distributions/fair-coin.ts'
import { normalTwoSided } from '../distributions/normal.ts'
import { studentQuantile, studentTwoSided } from '../distributions/student.ts'
import { holm, mcnemarExact, pairedT, wilcoxonSignedRank } from './paired-tests.ts'

interface Golden {
  readonly mcnemar: readonly { b: number; c: number; p: number }[]
  readonly paired: readonly { name: string; differences: number[]; t: number; wilcoxon: number }[]
  readonly holm: readonly { p: number[]; adjusted: number[] }[]
  readonly normal: readonly { z: number; p: number }[]
  readonly student: readonly { t: number; df: number; p: number }[]
  readonly quantiles: readonly { df: number; t: number }[]
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/comparison.json', import.meta.url), 'utf8'),
)

const isNear = (found: number, expected: number): boolean =>
  found === expected || Math.abs(found - expected) <= 1e-10 * Math.abs(expected)

t.test("tails and quantiles are SciPy's", async (t) => {
  for (const { z, p } of golden.normal) t.ok(isNear(normalTwoSided(z), p), `z ${z}: ${normalTwoSided(z)}, ${p}`)
  for (const { t: at, df, p } of golden.student) {
    t.ok(isNear(studentTwoSided(at, df), p), `t ${at}, ${df}: ${studentTwoSided(at, df)}, ${p}`)
  }
  for (const { df, t: at } of golden.quantiles) t.ok(isNear(studentQuantile(0.05, df), at), `${df}`)
  t.equal(studentTwoSided(Number.POSITIVE_INFINITY, 5), 0)
  t.equal(fairCoinTwoSided(0, 0), 1)
})

t.test("McNemar's exact test is statsmodels'", async (t) => {
  for (const { b, c, p } of golden.mcnemar)
    t.ok(isNear(mcnemarExact(b, c), p), `${b}, ${c}: ${mcnemarExact(b, c)}, ${p}`)
})

t.test("the paired t test and Wilcoxon's are SciPy's", async (t) => {
  for (const { name, differences, t: ofT, wilcoxon } of golden.paired) {
    const values = Float64Array.from(differences)
    t.ok(isNear(pairedT(values), ofT), `t, ${name}: ${pairedT(values)}, ${ofT}`)
    t.ok(isNear(wilcoxonSignedRank(values), wilcoxon), `${name}: ${wilcoxonSignedRank(values)}, ${wilcoxon}`)
  }
})

t.test('equal answers do not differ, and one row says nothing', async (t) => {
  t.equal(pairedT(new Float64Array(5)), 1)
  t.equal(wilcoxonSignedRank(new Float64Array(5)), 1)
  t.ok(Number.isNaN(pairedT(new Float64Array(1))))
  t.equal(pairedT(new Float64Array(5).fill(2)), 0)
})

t.test("Holm's correction is statsmodels'; what is unknown does not count", async (t) => {
  for (const { p, adjusted } of golden.holm) {
    holm(p).forEach((value, i) => void t.ok(isNear(value, adjusted[i] as number), `${p}: ${value}, ${adjusted[i]}`))
  }
  t.same(holm([0.04, Number.NaN, 0.01]), [0.04, Number.NaN, 0.02])
})
