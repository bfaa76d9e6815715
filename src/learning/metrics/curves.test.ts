// Curves, calibration and histograms against what scikit-learn and numpy gave (test/golden/generate_curves.py).
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { calibrationBins } from './calibration-bins.ts'
import { equalWidthHistogram, histogramRange } from './equal-width-histogram.ts'
import {
  areaUnder,
  averagePrecision,
  meanCurve,
  precisionRecallPoints,
  rankingCurve,
  rocPoints,
  thinCurve,
} from './ranking-curves.ts'

interface Golden {
  readonly scikit_learn: string
  readonly rankings: readonly {
    readonly name: string
    readonly scores: readonly number[]
    readonly positive: readonly number[]
    readonly fpr: readonly number[]
    readonly tpr: readonly number[]
    readonly precision: readonly number[]
    readonly recall: readonly number[]
    readonly roc_auc: number
    readonly average_precision: number
    readonly calibration: { readonly fraction: readonly number[]; readonly mean: readonly number[] }
  }[]
  readonly averages: readonly {
    readonly name: string
    readonly classes: number
    readonly true: readonly number[]
    readonly probabilities: readonly number[]
    readonly macro: readonly number[]
    readonly micro_auc: number
  }[]
  readonly histograms: readonly {
    readonly name: string
    readonly values: readonly number[]
    readonly bins: number
    readonly range: readonly [number, number]
    readonly counts: readonly number[]
  }[]
}
const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/golden/curves.json', import.meta.url), 'utf8'))

function close(t: Test, found: Iterable<number>, expected: readonly number[], name: string): void {
  const values = [...found]
  t.equal(values.length, expected.length, `as many of ${name}`)
  const off = values.findIndex((value, i) => !(Math.abs(value - (expected[i] as number)) <= 1e-12))
  t.equal(off, -1, `${name}: ${values[off]} for ${expected[off]} at ${off}`)
}

for (const c of golden.rankings) {
  t.test(`the curves of a ranking, ${c.name}, as scikit-learn ${golden.scikit_learn}`, async (t) => {
    const isPositive = Uint8Array.from(c.positive)
    const curve = rankingCurve(Float64Array.from(c.scores), isPositive)
    const roc = rocPoints(curve)
    close(t, roc.x, c.fpr, 'fpr')
    close(t, roc.y, c.tpr, 'tpr')
    const precisionRecall = precisionRecallPoints(curve)
    // scikit-learn ends at full recall; what ranks lower adds nothing but lower precision.
    const full = precisionRecall.x.indexOf(1) + 1
    close(t, precisionRecall.x.subarray(0, full), c.recall.slice(0, full), 'recall')
    close(t, precisionRecall.y.subarray(0, full), c.precision.slice(0, full), 'precision')
    close(t, [areaUnder(roc), averagePrecision(precisionRecall)], [c.roc_auc, c.average_precision], 'areas')
    const bins = calibrationBins(Float64Array.from(c.scores), isPositive, 10)
    const { fraction, mean } = c.calibration
    close(
      t,
      bins.map((bin) => bin.fraction),
      fraction,
      'calibration',
    )
    close(
      t,
      bins.map((bin) => bin.meanProbability),
      mean,
      'mean probabilities',
    )
    t.equal(
      bins.reduce((sum, { count }) => sum + count, 0),
      c.scores.length,
    )
  })
}

for (const c of golden.averages) {
  t.test(`averages over classes, ${c.name}, as scikit-learn's example`, async (t) => {
    const curves = Array.from({ length: c.classes }, (_, k) => {
      const scores = Float64Array.from(c.true, (_, i) => c.probabilities[i * c.classes + k] as number)
      return rocPoints(
        rankingCurve(
          scores,
          Uint8Array.from(c.true, (code) => (code === k ? 1 : 0)),
        ),
      )
    })
    close(t, meanCurve(curves, 60).y, c.macro, 'macro')
    const isTrue = Uint8Array.from(c.probabilities, (_, i) =>
      c.true[Math.floor(i / c.classes)] === i % c.classes ? 1 : 0,
    )
    close(t, [areaUnder(rocPoints(rankingCurve(Float64Array.from(c.probabilities), isTrue)))], [c.micro_auc], 'micro')
  })
}

for (const c of golden.histograms) {
  t.test(`a histogram, ${c.name}, as numpy`, async (t) => {
    const { counts } = equalWidthHistogram(Float64Array.from(c.values), c.range[0], c.range[1], c.bins)
    t.same([...counts], c.counts)
  })
}

t.test('a thinned curve keeps its ends, points of the curve only, and goes nowhere far without one', async (t) => {
  const { scores, positive } = golden.rankings[0] as Golden['rankings'][0]
  const full = rocPoints(rankingCurve(Float64Array.from(scores), Uint8Array.from(positive)))
  const thin = thinCurve(full, 25)
  t.equal(thin.x.length, 25)
  t.same([thin.x[0], thin.y[0], thin.x.at(-1), thin.y.at(-1)], [0, 0, 1, 1])
  const places = new Set(Array.from(full.x, (x, i) => `${x} ${full.y[i]}`))
  t.ok(Array.from(thin.x, (x, i) => `${x} ${thin.y[i]}`).every((place) => places.has(place)))
  const steps = Array.from(thin.x, (x, i) => x - (thin.x[i - 1] ?? 0) + ((thin.y[i] as number) - (thin.y[i - 1] ?? 0)))
  t.ok(Math.max(...steps) < 0.12, 'of a way of 2, in 24 steps')
  t.same(thinCurve(thin, 25), thin, 'a short one stays as it is')
})

t.test('a range suits its values', async (t) => {
  const rangeOf = (...values: number[]) => histogramRange(Float64Array.from(values), 20)
  t.same(rangeOf(3, 15, Number.NaN), { from: 2.5, to: 15.5, binCount: 13 })
  t.same(rangeOf(0, 20), { from: 0, to: 20, binCount: 20 }, 'whole numbers, but too many')
  t.same(rangeOf(0.5, 3), { from: 0.5, to: 3, binCount: 20 })
  t.same(rangeOf(7), { from: 6.5, to: 7.5, binCount: 1 })
  t.same(rangeOf(0.1, 0.1), { from: -0.4, to: 0.6, binCount: 1 })
  t.equal(rangeOf(), undefined)
  t.equal(rangeOf(Number.NaN, Number.POSITIVE_INFINITY), undefined)
  t.equal(rangeOf(-1.5e308, 1.5e308), undefined, 'their span is beyond the numbers')
})
