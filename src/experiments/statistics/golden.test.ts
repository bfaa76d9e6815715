import { readFileSync } from 'node:fs'
import t from 'tap'
import { logIncompleteBeta } from '../../learning/distributions/incomplete-beta.ts'
import { oneSidedBounds, twoSidedHalfWidth, twoSidedLnE } from './asymptotic-sequence.ts'
import { bernoulliSequence } from './bernoulli-sequence.ts'
import { binomialLnE, concentrationOf, type Side } from './binomial-e-process.ts'
import { comparePairedF1 } from './compare-f1.ts'
import { comparePairedAccuracy } from './compare-paired-accuracy.ts'
import { pOfLnE } from './evidence.ts'
import { type ClassCell, f1Influence } from './f1-influence.ts'
import { holmAdjusted } from './holm.ts'
import { multinomialLnE } from './multinomial-e-process.ts'

const golden = JSON.parse(readFileSync(new URL('../../../test/golden/experiments.json', import.meta.url), 'utf8'))
const alpha: number = golden.alpha

type Arm = readonly [rows: number, right: number]
/** As gbstats takes the variance of a share: without n − 1. */
const estimateOf = ([n, a]: Arm, [m, b]: Arm) => {
  const variance = (rows: number, right: number) => ((right / rows) * (1 - right / rows)) / rows
  return { value: b / m - a / n, standardError: Math.sqrt(variance(n, a) + variance(m, b)), rows: n + m }
}
const near = (
  t: { ok(value: boolean, name: string): unknown },
  found: number,
  expected: number,
  within: number,
  name: string,
) =>
  t.ok(
    Math.abs(found - expected) <= within * Math.max(1, Math.abs(expected)),
    `${name}: ${found}, expected ${expected}`,
  )

t.test("the binomial e-process is confseq's mixture", async (t) => {
  for (const { successes, failures, null_share, sharpest_at, side, log_e } of golden.binomial) {
    const concentration = concentrationOf(sharpest_at, alpha, side as Side)
    const found = binomialLnE({ successes, failures }, null_share, concentration, side)
    near(t, found, log_e, 1e-9, `${successes} of ${successes + failures}, ${side}`)
  }
})

t.test('its prior weighs as much as the sharpest sample asks', async (t) => {
  const rounded = (side: Side, counts: number[]) =>
    counts.map((n) => Math.round(10 * concentrationOf(n, alpha, side)) / 10)
  t.strictSame(rounded('two-sided', [50, 200, 1000]), [5.3, 24.2, 125])
  t.strictSame(rounded('greater', [50, 100, 200]), [6.9, 14.8, 30.6])
})

t.test("a share's bounds are confseq's", async (t) => {
  for (const { successes, n, sharpest_at, interval } of golden.bernoulli) {
    const [low, high] = bernoulliSequence({ successes, failures: n - successes }, alpha, sharpest_at)
    near(t, low, interval[0], 1e-6, `${successes} of ${n}, low`)
    near(t, high, interval[1], 1e-6, `${successes} of ${n}, high`)
  }
})

t.test('evidence against a split is that of ssrm-test, and of the binomial test for two arms', async (t) => {
  for (const { counts, shares, concentration, e } of golden.multinomial) {
    const lnE = multinomialLnE(counts, shares, concentration)
    near(t, lnE, Math.log(e), 1e-7, `${counts}`)
    if (counts.length > 2) continue
    const [failures, successes] = counts
    near(
      t,
      binomialLnE({ successes, failures }, shares[1], concentration, 'two-sided'),
      lnE,
      1e-9,
      `${counts}, binomial`,
    )
  }
})

t.test('a unit in an arm without a share is refused, and no unit is no evidence', async (t) => {
  t.throws(() => multinomialLnE([5, 1], [1, 0], 1000), RangeError)
  t.equal(multinomialLnE([0, 0], [0.5, 0.5], 1000), 0)
  t.strictSame(bernoulliSequence({ successes: 0, failures: 0 }, alpha, 100), [0, 1])
})

t.test('a split that chi-square finds broken after all units has evidence against it', async (t) => {
  for (const { counts, shares, p } of golden.split_chi_square) {
    const total = shares.reduce((sum: number, share: number) => sum + share, 0)
    const lnE = multinomialLnE(
      counts,
      shares.map((share: number) => share / total),
      1000,
    )
    // Looking once is sharper than looking at any time: p by evidence is never the smaller one.
    t.ok(pOfLnE(lnE) >= p, `${counts}`)
    if (p < 1e-10) t.ok(lnE > Math.log(1000), `${counts}, found broken`)
  }
})

t.test("two-sided sequences are confseq's for pairs and gbstats' for shares", async (t) => {
  for (const { rows, sharpest_at, mean, deviation, half_width, one_sided_half_width_exact } of golden.paired) {
    const estimate = { value: mean, standardError: deviation / Math.sqrt(rows), rows }
    near(t, twoSidedHalfWidth(estimate, alpha, sharpest_at), half_width, 1e-12, `${rows} pairs`)
    const { lower } = oneSidedBounds(estimate, alpha, sharpest_at)
    // The closed form is a little wider than the solved mixture.
    t.ok(
      mean - lower >= one_sided_half_width_exact && mean - lower < 1.02 * one_sided_half_width_exact,
      `${rows} pairs`,
    )
  }
  for (const { control, treatment, sharpest_at, difference, interval, p } of golden.two_sided) {
    const estimate = estimateOf(control, treatment)
    const half = twoSidedHalfWidth(estimate, alpha, sharpest_at)
    near(t, difference - half, interval[0], 1e-9, `${control[0]} rows, low`)
    near(t, difference + half, interval[1], 1e-9, `${control[0]} rows, high`)
    const found = pOfLnE(twoSidedLnE(estimate, alpha, sharpest_at))
    t.ok(Math.abs(found - p) <= 1e-9 * p, `${control[0]} rows: p ${found}, expected ${p}`)
  }
})

t.test("one-sided bounds are gbstats' where it has one, and the upper one lies above the estimate", async (t) => {
  for (const { control, treatment, sharpest_at, low, error } of golden.one_sided_kept) {
    const estimate = estimateOf(control, treatment)
    const { lower, upper } = oneSidedBounds(estimate, alpha, sharpest_at)
    if (error === null) near(t, lower, low, 1e-9, `${control} and ${treatment}`)
    t.ok(upper > estimate.value && lower < estimate.value)
  }
})

t.test('pairs are counted and spread as in the reference', async (t) => {
  for (const { rows, sharpest_at, control_right, treatment_right, mean, half_width } of golden.paired) {
    const both = rows - control_right - treatment_right
    // Right and wrong in both, so that each arm has enough of each.
    const cells = [
      [0, 0, 0, both - 25],
      [1, 1, 0, 25],
      [0, 1, 0, control_right],
      [1, 0, 0, treatment_right],
    ] as const
    const found = comparePairedAccuracy(cells, { alpha, sharpestAt: sharpest_at })
    near(t, found.difference ?? Number.NaN, mean, 1e-12, `${rows} pairs`)
    if (control_right + treatment_right < 25) {
      t.equal(found.intervalMethod, 'exact_sequence')
      continue
    }
    near(t, found.interval?.[0] ?? Number.NaN, mean - half_width, 1e-9, `${rows} pairs, low`)
    near(t, found.interval?.[1] ?? Number.NaN, mean + half_width, 1e-9, `${rows} pairs, high`)
  }
})

t.test("Holm's method is that of statsmodels", async (t) => {
  for (const [i, p] of holmAdjusted(golden.holm.p).entries()) near(t, p, golden.holm.adjusted[i], 1e-12, `test ${i}`)
  t.strictSame(holmAdjusted([]), [])
})

t.test('F1 and its precision are those of rows one by one', async (t) => {
  for (const { counts, f1, standard_error } of golden.f1) {
    const [tp, fp, fn, tn] = counts
    const cells: ClassCell[] = [
      [1, 1, tp],
      [1, 0, fp],
      [0, 1, fn],
      [0, 0, tn],
    ]
    const found = f1Influence(cells, [1])
    near(t, found?.value ?? Number.NaN, f1, 1e-12, 'F1')
    const rows = tp + fp + fn + tn
    const squares = cells.reduce((sum, [a, b, n]) => sum + n * (found?.influence(a, b) ?? 0) ** 2, 0)
    near(t, Math.sqrt(squares / (rows - 1) / rows), standard_error, 1e-12, 'standard error')
  }
})

t.test("macro F1 of pairs is scikit-learn's, and as precise as leaving out each row says", async (t) => {
  const { cells, f1, jackknife_of_difference } = golden.macro_f1
  const found = comparePairedF1(cells, { alpha, sharpestAt: 1000 })
  near(t, found.control ?? Number.NaN, f1[0], 1e-12, 'control')
  near(t, found.treatment ?? Number.NaN, f1[1], 1e-12, 'treatment')
  near(t, found.difference ?? Number.NaN, f1[1] - f1[0], 1e-12, 'difference')
  const ratio = (found.estimate?.standardError ?? Number.NaN) / jackknife_of_difference
  t.ok(Math.abs(ratio - 1) < 0.01, `standard error, ${ratio} times the jackknife's`)
})

t.test('tails too small for a number have their logarithm', async (t) => {
  for (const [x, a, b, expected] of golden.log_incomplete_beta) {
    near(t, logIncompleteBeta(x, 1 - x, a, b), expected, 1e-10, `${a}, ${b}`)
  }
})

t.test('so many winners are needed of rows that tell two arms apart', async (t) => {
  const needed = (rows: number): number => {
    const concentration = concentrationOf(200, 0.05, 'two-sided')
    for (let winners = Math.ceil(rows / 2); ; winners++) {
      const counts = { successes: winners, failures: rows - winners }
      if (binomialLnE(counts, 0.5, concentration, 'two-sided') >= Math.log(20)) return winners
    }
  }
  t.strictSame([20, 50, 100, 200, 500, 1000].map(needed), [19, 37, 66, 122, 285, 550])
})
