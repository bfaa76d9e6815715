import { readFileSync } from 'node:fs'
import t from 'tap'
import { fitIsotonic } from '../../learning/calibration/isotonic-curve.ts'
import { kolmogorovTail, smirnovTail } from '../../learning/distributions/kolmogorov.ts'
import type { CellShape } from './cell-shape.ts'
import { chiSquareTest } from './chi-square-test.ts'
import { effectsOf } from './effects.ts'
import { estimateAccuracy, estimateBinary } from './estimated-performance.ts'
import { kolmogorovSmirnov, wassersteinDistance, wassersteinInDeviations } from './kolmogorov-smirnov.ts'

interface DriftCase {
  readonly name: string
  readonly kind: CellShape['kind']
  readonly reference: readonly (number | string | null)[]
  readonly current: readonly (number | string | null)[]
  readonly scipy: {
    readonly ks?: { statistic: number; p_auto: number; p_asymp: number; p_kolmogorov_limit: number }
    readonly wasserstein?: number
    readonly wasserstein_over_std_ref?: number | null
    readonly reference_counts?: number[]
    readonly current_counts?: number[]
    readonly chi2_contingency_no_yates?: { statistic: number; p: number; dof: number }
    readonly cramers_v?: number
  }
  readonly frozen_bins: {
    readonly reference_counts: number[]
    readonly current_counts: number[]
    readonly psi: number
    readonly js_distance_base2: number
    readonly l_infinity: number
    readonly total_variation: number
    readonly chi2: { statistic: number; p: number; dof: number }
  }
}
interface Estimate {
  readonly estimated: number
}
interface Rows {
  readonly y_pred_proba: number[]
  readonly y_pred: number[]
  readonly y_true: number[]
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/golden/${name}`, import.meta.url), 'utf8'))
const golden = read('drift.json')
const cases: readonly DriftCase[] = golden.cases

const near = (found: number | undefined, expected: number, digits = 1e-12): boolean =>
  found !== undefined && Math.abs(found - expected) <= digits * Math.max(1e-290, Math.abs(expected)) + 1e-15

const ascending = (values: DriftCase['reference']): Float64Array =>
  Float64Array.from(values.filter((value): value is number => typeof value === 'number')).sort()

t.test('the 27 pairs of columns have the chi-square, the index and the distances of the reference', async (t) => {
  t.equal(cases.length, 27)
  for (const { name, kind, frozen_bins: bins } of cases) {
    const [reference, current] = [bins.reference_counts, bins.current_counts]
    const { statistic, df, pValue } = chiSquareTest(reference, current)
    t.ok(near(statistic, bins.chi2.statistic, 1e-11), `${name}: χ² ${statistic}, ${bins.chi2.statistic}`)
    t.equal(df, bins.chi2.dof, `${name}: df`)
    t.ok(near(pValue, bins.chi2.p, 1e-10), `${name}: ${pValue}, ${bins.chi2.p}`)
    const { psi, jsDistance, lInfinity, totalVariation } = effectsOf({ kind }, reference, current, statistic)
    t.ok(near(psi, bins.psi, 1e-11), `${name}: psi ${psi}, ${bins.psi}`)
    // The square root of what rounding leaves.
    t.ok(Math.abs(jsDistance - bins.js_distance_base2) < 1e-8, `${name}: js ${jsDistance}`)
    t.ok(near(jsDistance, bins.js_distance_base2, 1e-9) || bins.js_distance_base2 < 1e-7, `${name}: js`)
    t.ok(near(lInfinity, bins.l_infinity, 1e-11), `${name}: L∞ ${lInfinity}`)
    t.ok(near(totalVariation, bins.total_variation, 1e-11), `${name}: ${totalVariation}`)
  }
})

t.test("categories by themselves have SciPy's chi-square and Cramér's V", async (t) => {
  for (const { name, kind, scipy } of cases.filter((given) => given.kind === 'categorical')) {
    const [reference, current] = [scipy.reference_counts as number[], scipy.current_counts as number[]]
    const found = chiSquareTest(reference, current)
    const { statistic, dof } = scipy.chi2_contingency_no_yates as { statistic: number; dof: number }
    t.ok(near(found.statistic, statistic, 1e-11), `${name}: ${found.statistic}, ${statistic}`)
    t.equal(found.df, dof, name)
    const { cramersV } = effectsOf({ kind }, reference, current, found.statistic)
    if (scipy.cramers_v !== undefined) t.ok(near(cramersV, scipy.cramers_v, 1e-11), `${name}: V`)
  }
})

t.test("numbers have SciPy's Kolmogorov–Smirnov test and Wasserstein distance", async (t) => {
  for (const { name, scipy, ...given } of cases.filter(({ kind }) => kind === 'numeric')) {
    const [reference, current] = [ascending(given.reference), ascending(given.current)]
    const { statistic, p_auto, p_asymp, p_kolmogorov_limit } = scipy.ks as NonNullable<typeof scipy.ks>
    const found = kolmogorovSmirnov(reference, current)
    const size = (reference.length * current.length) / (reference.length + current.length)
    t.equal(found.method, 'exact', name)
    t.ok(near(found.statistic, statistic), `${name}: D ${found.statistic}, ${statistic}`)
    t.ok(near(found.pValue, p_auto, 1e-10), `${name}: exact ${found.pValue}, ${p_auto}`)
    const asymptotic = smirnovTail(found.statistic, Math.round(size))
    t.ok(
      near(asymptotic, p_asymp, 1e-9) || Math.abs(asymptotic - p_asymp) < 1e-12,
      `${name}: ${asymptotic}, ${p_asymp}`,
    )
    const limit = kolmogorovTail(Math.sqrt(size) * found.statistic)
    t.ok(near(limit, p_kolmogorov_limit, 1e-11), `${name}: limit ${limit}, ${p_kolmogorov_limit}`)
    const distance = wassersteinDistance(reference, current)
    t.ok(near(distance, scipy.wasserstein as number, 1e-11), `${name}: ${distance}, ${scipy.wasserstein}`)
    const inDeviations = wassersteinInDeviations(reference, current)
    const expected = scipy.wasserstein_over_std_ref ?? undefined
    t.ok(
      expected === undefined ? inDeviations === undefined : near(inDeviations, expected, 1e-10),
      `${name}: ${inDeviations}, ${expected}`,
    )
  }
})

t.test("more pairs have SciPy's exact test, also ties and single values", async (t) => {
  const pairs: readonly {
    reference: number[]
    current: number[]
    statistic: number
    exact: number
    wasserstein: number
  }[] = read('distributions.json').smirnov_two_samples
  for (const { statistic, exact, wasserstein, ...pair } of pairs) {
    const [reference, current] = [Float64Array.from(pair.reference), Float64Array.from(pair.current)]
    const found = kolmogorovSmirnov(reference, current)
    t.ok(near(found.statistic, statistic), `${found.statistic}, ${statistic}`)
    t.ok(near(found.pValue, exact, 1e-11), `${found.pValue}, ${exact}`)
    t.ok(near(wassersteinDistance(reference, current), wasserstein, 1e-11), `${wasserstein}`)
  }
})

t.test("performance without labels is NannyML's", async (t) => {
  const { analysis, chunks_of_50: chunks, whole_200: whole } = golden.cbpe
  const { reference, bent } = golden.cbpe
  const compare = (found: ReturnType<typeof estimateBinary>, expected: Record<string, Estimate>, what: string) => {
    const named = { ...found, roc_auc: found.rocAuc }
    for (const metric of ['accuracy', 'f1', 'precision', 'recall', 'specificity', 'roc_auc'] as const) {
      const { estimated } = expected[metric] as Estimate
      // It rounds the counts under the curve to 5 decimals.
      const digits = metric === 'roc_auc' ? 1e-6 : 1e-11
      t.ok(near(named[metric], estimated, digits), `${what}, ${metric}: ${named[metric]}, ${estimated}`)
    }
  }
  const of = ({ y_pred_proba, y_pred }: Rows, from: number, to: number) =>
    estimateBinary(Float64Array.from(y_pred_proba.slice(from, to)), y_pred.slice(from, to))
  compare(of(analysis, 0, 200), whole, 'all')
  chunks.forEach((expected: Record<string, Estimate>, chunk: number) => {
    compare(of(analysis, 50 * chunk, 50 * (chunk + 1)), expected, `chunk ${chunk}`)
  })
  const cubed = (rows: Rows) => rows.y_pred_proba.map((p) => Math.round(p ** 3 * 1e4) / 1e4)
  const curve = fitIsotonic({
    scores: Float64Array.from(cubed(reference)),
    isTrue: Uint8Array.from(reference.y_true),
  })
  const scores = Float64Array.from(cubed(analysis))
  const calibrated = scores.map((score) => curve.probabilityOf(score))
  const expected: number[] = bent.calibrated_analysis_proba
  t.ok(
    calibrated.every((p, row) => near(p, expected[row] as number, 1e-9)),
    'isotonic calibration',
  )
  const isPositive = Array.from(scores, (score) => (score >= 0.5 ? 1 : 0))
  compare(estimateBinary(calibrated, isPositive, scores), bent.whole_200, 'calibrated')
})

t.test('the accuracy of many classes is the mean confidence', async (t) => {
  t.equal(estimateAccuracy(Float64Array.of(0.5, 0.75, 1)), 0.75)
  t.ok(Number.isNaN(estimateAccuracy(new Float64Array())))
})
