// Probabilities through the curves of a calibration.
import { IsotonicCurve } from '../../learning/calibration/isotonic-curve.ts'
import { type ProbabilityCalibrator, TINY } from '../../learning/calibration/probability-calibrator.ts'
import { SigmoidCurve } from '../../learning/calibration/sigmoid-curve.ts'
import { exp, log } from './elementary-functions.ts'
import { asNumbers, beside, columnOf, logistic, repeatRow, sumInOrder, toInt64 } from './formulas.ts'
import type { GraphBuilder, Value } from './graph-builder.ts'
import { double, doubles, int64s } from './tensor.ts'

/** Rows × classes, each row of which sums to 1. */
export function calibrated(g: GraphBuilder, probabilities: Value, calibrator: ProbabilityCalibrator): Value {
  const { method, classCount } = calibrator
  const states = calibrator.toState()['curves'] as readonly Parameters<typeof SigmoidCurve.restore>[0][]
  const curves = states.map((state) =>
    method === 'sigmoid' ? SigmoidCurve.restore(state) : IsotonicCurve.restore(state),
  )
  const through = (curve: SigmoidCurve | IsotonicCurve, c: number): Value => {
    const score = scoreOf(g, probabilities, c, calibrator)
    return curve instanceof SigmoidCurve ? throughSigmoid(g, score, curve) : throughPoints(g, score, curve)
  }
  const [binary] = curves
  if (classCount === 2 && binary !== undefined) {
    const second = through(binary, 1)
    return beside(g, [g.node('Sub', [double(1), second]), second])
  }
  const all = beside(g, curves.map(through))
  const sum = g.node('Unsqueeze', [sumInOrder(g, all, 1), int64s([1])])
  const isNone = g.node('Equal', [sum, double(0)])
  const shares = g.node('Div', [all, g.node('Where', [isNone, double(1), sum])])
  return g.node('Where', [isNone, repeatRow(g, all, new Float64Array(classCount).fill(1 / classCount)), shares])
}

/** Of one class, rows × 1: its probability or its log-odds. */
function scoreOf(
  g: GraphBuilder,
  probabilities: Value,
  c: number,
  { scale, classCount }: ProbabilityCalibrator,
): Value {
  const own = columnOf(g, probabilities, c)
  if (scale === 'probability') return own
  const rest = classCount === 2 ? columnOf(g, probabilities, 1 - c) : g.node('Sub', [double(1), own])
  const logOf = (value: Value): Value => log(g, g.node('Max', [value, double(TINY)]))
  return g.node('Sub', [logOf(own), logOf(rest)])
}

function throughSigmoid(g: GraphBuilder, score: Value, { slope, intercept }: SigmoidCurve): Value {
  const line = g.node('Add', [g.node('Mul', [score, double(slope)]), double(intercept)])
  return logistic(g, g.node('Neg', [line]), exp).second
}

/** Straight lines between the points; outside of them as at the nearest. */
function throughPoints(g: GraphBuilder, score: Value, { scores, probabilities }: IsotonicCurve): Value {
  const count = scores.length
  const last = count - 1
  const least = probabilities[0] as number
  const most = probabilities[last] as number
  const isBefore = g.node('LessOrEqual', [score, double(scores[0] as number)])
  const isBehind = g.node('GreaterOrEqual', [score, double(scores[last] as number)])
  const rises = Array.from({ length: count }, (_, k) => {
    if (k === last) return 0
    const height = (probabilities[k + 1] as number) - (probabilities[k] as number)
    return height / ((scores[k + 1] as number) - (scores[k] as number))
  })
  const reached = asNumbers(g, g.node('GreaterOrEqual', [score, doubles(scores, [1, count])]))
  const passed = g.node('ReduceSum', [reached, int64s([1])], { keepdims: 1 })
  const low = toInt64(g, g.node('Max', [g.node('Sub', [passed, double(1)]), double(0)]))
  const at = (numbers: ArrayLike<number>): Value => g.node('Gather', [doubles(numbers), low], { axis: 0 })
  const beyond = g.node('Sub', [score, at(scores)])
  const height = g.node('Add', [g.node('Mul', [at(rises), beyond]), at(probabilities)])
  const between = g.node('Min', [height, double(1)])
  return g.node('Where', [isBefore, double(least), g.node('Where', [isBehind, double(most), between])])
}
