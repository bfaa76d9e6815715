// What scikit-learn's calibration and threshold tuning come to, as test/golden/generate_calibration.py wrote it down.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { IsotonicCurve } from './isotonic-curve.ts'
import {
  type CalibratedScale,
  type CalibrationMethod,
  fitCalibrator,
  ProbabilityCalibrator,
} from './probability-calibrator.ts'
import { SigmoidCurve } from './sigmoid-curve.ts'
import { type ThresholdGoal, tuneThreshold } from './tune-threshold.ts'

interface Golden {
  readonly calibrations: readonly {
    readonly data: string
    readonly model: string
    readonly method: CalibrationMethod
    readonly scale: CalibratedScale
    readonly codes: readonly number[]
    readonly weights: readonly number[] | null
    readonly raw: readonly number[]
    /** Slope and intercept at the optimum, or scores and probabilities. */
    readonly curves: readonly (readonly [number, number] | readonly [readonly number[], readonly number[]])[]
    readonly asked_raw: readonly number[]
    readonly expected: readonly number[]
  }[]
  readonly thresholds: readonly {
    readonly goal: ThresholdGoal
    readonly codes: readonly number[]
    readonly weights: readonly number[] | null
    readonly raw: readonly number[]
    readonly threshold: number
    readonly score: number
    readonly thresholds: readonly number[]
    readonly scores: readonly number[]
  }[]
}
const url = new URL('../../../test/golden/calibration.json', import.meta.url)
const golden: Golden = JSON.parse(readFileSync(url, 'utf8'))
/** scikit-learn's optimizer ends where the gradient is small, not where it is 0. */
const OPTIMIZER = 2e-4

for (const given of golden.calibrations) {
  const { data, model, method, scale, weights } = given
  t.test(`${method} of ${model} on ${data}${weights ? ', weighted' : ''}`, async (t) => {
    const codes = Int32Array.from(given.codes)
    const classCount = Math.max(...codes) + 1
    const probabilities = Float64Array.from(given.raw)
    const sampleWeight = weights === null ? undefined : Float64Array.from(weights)
    const calibrator = fitCalibrator(method, scale, { probabilities, codes, classCount, sampleWeight })
    const { curves } = calibrator.toState() as { curves: readonly Record<string, number | Float64Array>[] }
    t.equal(curves.length, given.curves.length)
    for (const [k, expected] of given.curves.entries()) {
      const curve = curves[k] as Record<string, number | Float64Array>
      if (method === 'sigmoid') {
        const [slope, intercept] = expected as readonly [number, number]
        t.ok(Math.abs((curve['slope'] as number) / slope - 1) < 1e-6, `slope ${k}: ${curve['slope']}, not ${slope}`)
        t.ok(Math.abs((curve['intercept'] as number) - intercept) < 1e-6 * Math.max(1, Math.abs(intercept)))
      } else {
        const [scores, heights] = expected as readonly [readonly number[], readonly number[]]
        t.ok(farthest(curve['scores'] as Float64Array, scores) < 1e-9, `scores ${k}`)
        t.ok(farthest(curve['probabilities'] as Float64Array, heights) < 1e-12, `heights ${k}`)
      }
    }
    const raw = Float64Array.from(given.asked_raw)
    const asked = calibrator.calibrate(raw)
    t.same(raw, Float64Array.from(given.asked_raw), 'what is given stays')
    const far = farthest(asked, given.expected)
    t.ok(far < (method === 'sigmoid' ? OPTIMIZER : 1e-9), `probabilities: ${far} apart`)
    const restored = ProbabilityCalibrator.restore(calibrator.toState(), classCount)
    t.same(restored.calibrate(raw), asked, 'the restored one says the same')
  })
}

for (const given of golden.thresholds) {
  t.test(`the threshold for ${JSON.stringify(given.goal)}${given.weights ? ', weighted' : ''}`, async (t) => {
    const folds = [0, 1, 2, 3, 4].map((fold) => {
      const rows = [...given.codes.keys()].filter((row) => row % 5 === fold)
      const { weights } = given
      return {
        scores: Float64Array.from(rows, (row) => given.raw[row] as number),
        isPositive: Uint8Array.from(rows, (row) => given.codes[row] as number),
        sampleWeight: weights === null ? undefined : Float64Array.from(rows, (row) => weights[row] as number),
      }
    })
    const tuned = tuneThreshold(given.goal, folds)
    t.ok(tuned !== undefined)
    if (tuned === undefined) return
    t.ok(farthest(tuned.thresholds, given.thresholds) < 1e-15, 'thresholds')
    t.ok(farthest(tuned.scores, given.scores) < 1e-12, 'scores')
    t.equal(tuned.threshold, given.threshold)
    t.ok(Math.abs(tuned.score - given.score) < 1e-12)
  })
}

t.test('rows that say nothing', async (t) => {
  const goal = { metric: 'f1' } as const
  const empty = { scores: new Float64Array(), isPositive: new Uint8Array() }
  const alike = { scores: Float64Array.of(0.5, 0.5), isPositive: Uint8Array.of(0, 1) }
  const weightless = {
    scores: Float64Array.of(0.1, 0.9),
    isPositive: Uint8Array.of(0, 1),
    sampleWeight: new Float64Array(2),
  }
  t.equal(tuneThreshold(goal, [empty, alike, weightless]), undefined)
  const rows = { probabilities: Float64Array.of(0.4, 0.6, 0.5, 0.5), codes: Int32Array.of(0, 1), classCount: 2 }
  t.throws(() => fitCalibrator('isotonic', 'probability', { ...rows, sampleWeight: new Float64Array(2) }), {
    message: /no row to calibrate on/,
  })
  for (const method of ['sigmoid', 'isotonic'] as const) {
    for (const scale of ['probability', 'log_odds'] as const) {
      const certain = Float64Array.of(0, 1, 1, 0, 0, 1)
      const codes = Int32Array.of(1, 1, 1)
      const said = fitCalibrator(method, scale, { probabilities: certain, codes, classCount: 2 }).calibrate(certain)
      t.ok(
        said.every((p) => p >= 0 && p <= 1),
        `${method} of ${scale}: ${said}`,
      )
    }
  }
})

t.test('states that nobody has written are refused', async (t) => {
  const refused = { name: 'StateError' }
  const sigmoid = { method: 'sigmoid', scale: 'probability', curves: [{ slope: -1, intercept: 0 }] }
  t.ok(ProbabilityCalibrator.restore(sigmoid, 2))
  t.throws(() => ProbabilityCalibrator.restore(sigmoid, 3), refused)
  t.throws(() => ProbabilityCalibrator.restore({ ...sigmoid, method: 'temperature' }, 2), refused)
  t.throws(() => ProbabilityCalibrator.restore({ ...sigmoid, scale: 'odds' }, 2), refused)
  t.throws(() => SigmoidCurve.restore({ slope: Number.NaN, intercept: 0 }), refused)
  const [scores, probabilities] = [Float64Array.of(0, 1), Float64Array.of(0, 1)]
  t.ok(IsotonicCurve.restore({ scores, probabilities }))
  t.throws(() => IsotonicCurve.restore({ scores: scores.toReversed(), probabilities }), refused)
  t.throws(() => IsotonicCurve.restore({ scores, probabilities: probabilities.toReversed() }), refused)
  t.throws(() => IsotonicCurve.restore({ scores, probabilities: Float64Array.of(0, 2) }), refused)
  t.throws(() => IsotonicCurve.restore({ scores, probabilities: Float64Array.of(0) }), refused)
})

function farthest(a: Float64Array, b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0)
}
