// Lines in the columns: linear, ridge, lasso and logistic regression.
import type { FittedLinearRegressor } from '../../../learning/linear/fitted-linear-regressor.ts'
import type { FittedLogisticRegression } from '../../../learning/linear/fitted-logistic-regression.ts'
import { exp32 } from '../elementary-functions.ts'
import {
  beforeGroups,
  beside,
  ORDERED_TERMS_MAX,
  repeatRow,
  reshaped,
  softmax,
  spreadClasses,
  startedWith,
  sumInOrder,
} from '../formulas.ts'
import type { GraphBuilder, Value } from '../graph-builder.ts'
import { doubles } from '../tensor.ts'

/** One number a row: the same bits as ours up to ORDERED_TERMS_MAX columns. */
export function linearNumbers(g: GraphBuilder, x: Value, { coefficients, intercept }: FittedLinearRegressor): Value {
  return reshaped(g, linesOf(g, x, coefficients, [intercept]), [-1])
}

/** Class probabilities, rows × classes. Scores have the same bits as ours, as long as they are no more than those. */
export function logisticProbabilities(g: GraphBuilder, x: Value, fitted: FittedLogisticRegression): Value {
  const { coefficients, intercepts, seenClasses, classCount } = fitted
  if (intercepts.length === 0) {
    return repeatRow(
      g,
      x,
      Array.from({ length: classCount }, (_, c) => (c === seenClasses[0] ? 1 : 0)),
    )
  }
  const lines = linesOf(g, x, coefficients, intercepts)
  // For two classes the score is the logarithm of the odds of the second.
  const scores = intercepts.length === 1 ? beside(g, [repeatRow(g, lines, [0]), lines]) : lines
  return spreadClasses(g, softmax(g, scores, exp32), seenClasses, classCount)
}

/** Rows × lines. coefficients: row-major lines × columns. */
export function linesOf(g: GraphBuilder, x: Value, coefficients: Float64Array, intercepts: ArrayLike<number>): Value {
  const lineCount = intercepts.length
  const d = coefficients.length / lineCount
  if (coefficients.length > ORDERED_TERMS_MAX) {
    const byColumn = Float64Array.from(
      coefficients,
      (_, k) => coefficients[(k % lineCount) * d + Math.floor(k / lineCount)] as number,
    )
    const products = g.node('MatMul', [x, doubles(byColumn, [d, lineCount])])
    return g.node('Add', [products, doubles(intercepts, [1, lineCount])])
  }
  const terms = g.node('Mul', [beforeGroups(g, x), doubles(coefficients, [1, lineCount, d])])
  return sumInOrder(g, startedWith(g, terms, intercepts, d), 2)
}
