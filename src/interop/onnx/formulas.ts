// What several estimators and steps say in the same operators. Numbers are float64, rows are the first dimension.
import type { GraphBuilder, Value } from './graph-builder.ts'
import { double, doubles, int64, int64s } from './tensor.ts'

/** e to each of the values: which of the functions that our loops have. */
export type Exponential = (g: GraphBuilder, x: Value) => Value

/** Terms of a row up to which sums are made in order; beyond, by a matrix product, whose order nobody states. */
export const ORDERED_TERMS_MAX = 8_192

/**
 * Sums along an axis, one term after the other from the first on, as our loops do: CumSum keeps that order, where ReduceSum
 * and MatMul do not. The axis is gone from what comes of it.
 */
export function sumInOrder(g: GraphBuilder, terms: Value, axis: number): Value {
  return g.node('Gather', [g.node('CumSum', [terms, int64(axis)]), int64(-1)], { axis })
}

/** Terms with a number that is there before the first of each sum. starts: [groups]; terms: rows × groups × count. */
export function startedWith(g: GraphBuilder, terms: Value, starts: ArrayLike<number>, count: number): Value {
  const first = new Float64Array(starts.length * count)
  for (let k = 0; k < starts.length; k++) first[k * count] = starts[k] as number
  return g.node('Add', [terms, doubles(first, [1, starts.length, count])])
}

/** A constant row, once for each row of `like`. */
export function repeatRow(g: GraphBuilder, like: Value, row: ArrayLike<number>): Value {
  const rows = g.node('Slice', [g.node('Shape', [like]), int64s([0]), int64s([1])])
  const shape = g.node('Concat', [rows, int64s([row.length])], { axis: 0 })
  return g.node('Expand', [doubles(row, [1, row.length]), shape])
}

/** Column k of a matrix, still as a matrix. */
export function columnOf(g: GraphBuilder, matrix: Value, k: number): Value {
  return columnsOf(g, matrix, [k])
}

export function columnsOf(g: GraphBuilder, matrix: Value, places: ArrayLike<number>): Value {
  return g.node('Gather', [matrix, int64s(places)], { axis: 1 })
}

/** Matrices beside each other. */
export function beside(g: GraphBuilder, matrices: readonly Value[]): Value {
  return matrices.length === 1 ? (matrices[0] as Value) : g.node('Concat', matrices, { axis: 1 })
}

/**
 * The number of each code in a table that has one more, for missing values. O(1) a value. codes: whole numbers from 0 to
 * length − 2, or NaN.
 */
export function lookUp(g: GraphBuilder, codes: Value, table: ArrayLike<number>): Value {
  return g.node('Gather', [doubles(table), placesOf(g, codes, table.length - 1)], { axis: 0 })
}

/** Codes as indices; `missing` for NaN. */
export function placesOf(g: GraphBuilder, codes: Value, missing: number): Value {
  const present = g.node('Where', [g.node('IsNaN', [codes]), double(missing), codes])
  return toInt64(g, present)
}

/** What a condition says as 1 and 0. */
export function asNumbers(g: GraphBuilder, condition: Value): Value {
  return g.node('Cast', [condition], { to: 11 })
}

export function toInt64(g: GraphBuilder, values: Value): Value {
  return g.node('Cast', [values], { to: 7 })
}

/**
 * Scores to exp(score) ÷ Σ exp(score): the greatest is taken off first, and sums go from the first class on. Equal scores
 * come to equal probabilities. Rows × classes.
 */
export function softmax(g: GraphBuilder, scores: Value, exponential: Exponential): Value {
  const greatest = g.node('ReduceMax', [scores, int64s([1])], { keepdims: 1 })
  const powers = exponential(g, g.node('Sub', [scores, greatest]))
  const sum = g.node('Unsqueeze', [sumInOrder(g, powers, 1), int64s([1])])
  return g.node('Div', [powers, sum])
}

/** The probabilities of two classes from the log-odds of the second, rows × 1: neither loses digits. */
export function logistic(
  g: GraphBuilder,
  odds: Value,
  exponential: Exponential,
): { readonly first: Value; readonly second: Value } {
  const small = exponential(g, g.node('Neg', [g.node('Abs', [odds])]))
  const whole = g.node('Add', [small, double(1)])
  const likelier = g.node('Div', [double(1), whole])
  const other = g.node('Div', [small, whole])
  const isSecond = g.node('Greater', [odds, double(0)])
  return {
    first: g.node('Where', [isSecond, other, likelier]),
    second: g.node('Where', [isSecond, likelier, other]),
  }
}

/** Columns of some classes at their places among all; the others are 0. */
export function spreadClasses(
  g: GraphBuilder,
  probabilities: Value,
  places: ArrayLike<number>,
  classCount: number,
): Value {
  const seen = Array.from(places)
  if (seen.length === classCount) return probabilities
  const zero = repeatRow(g, probabilities, [0])
  const from = Array.from({ length: classCount }, (_, c) => (seen.includes(c) ? seen.indexOf(c) : seen.length))
  return columnsOf(g, beside(g, [probabilities, zero]), from)
}

/** A condition of each row: whether any of its values is missing. Rows × 1. */
export function missesAny(g: GraphBuilder, matrix: Value): Value {
  const marks = asNumbers(g, g.node('IsNaN', [matrix]))
  return g.node('Greater', [g.node('ReduceMax', [marks, int64s([1])], { keepdims: 1 }), double(0)])
}

/** A matrix of rows × columns as rows × 1 × columns, to be set against each row of another. */
export function beforeGroups(g: GraphBuilder, matrix: Value): Value {
  return g.node('Unsqueeze', [matrix, int64s([1])])
}

export function reshaped(g: GraphBuilder, value: Value, shape: readonly number[]): Value {
  return g.node('Reshape', [value, int64s(shape)])
}
