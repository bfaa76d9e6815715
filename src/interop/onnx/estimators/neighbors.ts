// The votes of the nearest rows: all fitted rows are in the file, and each query is set against every one of them.
import { answerWidth, type Ballot, overallAnswer } from '../../../learning/neighbors/ballot.ts'
import type { FittedKNeighborsClassifier } from '../../../learning/neighbors/k-neighbors-classifier.ts'
import type { FittedKNeighborsRegressor } from '../../../learning/neighbors/k-neighbors-regressor.ts'
import { isByPowers } from '../../../learning/neighbors/minkowski.ts'
import { pollFromState } from '../../../learning/neighbors/neighbors-state.ts'
import { asNumbers, missesAny, repeatRow, reshaped, sumInOrder } from '../formulas.ts'
import type { GraphBuilder, Value } from '../graph-builder.ts'
import { double, doubles, int64, int64s } from '../tensor.ts'
import { squaredGaps } from './squared-gaps.ts'

/** Shares of classes, rows × classes, or means, one a row. */
export function neighborAnswers(
  g: GraphBuilder,
  x: Value,
  fitted: FittedKNeighborsClassifier | FittedKNeighborsRegressor,
): Value {
  const { index, ballot, neighborCount } = pollFromState(fitted.toState(), fitted.kind)
  const { rowCount, columnCount, p, scale, tree } = index
  const rows = new Float64Array(index.rows.length)
  // In the order of the fit: of equal distances the first row counts.
  for (let i = 0; i < rowCount; i++) {
    const place = tree === null ? i : (tree.order[i] as number)
    rows.set(index.rows.subarray(i * columnCount, (i + 1) * columnCount), place * columnCount)
  }
  const isMissing = missesAny(g, x)
  const present = g.node('Where', [g.node('IsNaN', [x]), double(0), x])
  const queries = scale === 1 ? present : g.node('Mul', [present, double(scale)])
  const fittedRows = g.constant(doubles(rows, [rowCount, columnCount]))
  // One query after the other: all at once would take rows × queries × columns of memory.
  const one = g.part()
  const query = one.input(g.unusedName('query_0'), 'double', [columnCount])
  const gaps = one.node('Sub', [reshaped(one, query, [1, columnCount]), fittedRows])
  const distances = reducedDistances(one, gaps, columnCount, p)
  const [nearest, places] = one.nodeOf('TopK', [distances, int64s([neighborCount])], 2, {
    axis: 0,
    largest: 0,
    sorted: 1,
  }) as [Value, Value]
  const answer = castVotes(one, ballot, nearest, places, p)
  one.output(g.unusedName('answer_0'), answer, 'double', [answerWidth(ballot)])
  const body = { graph: one.finish('query') }
  const [answers] = g.nodeOf('Scan', [queries], 1, { body, num_scan_inputs: 1 }) as [Value]
  const overall = repeatRow(g, x, overallAnswer(ballot))
  const given = g.node('Where', [isMissing, overall, answers])
  return ballot.classCount > 0 ? given : reshaped(g, given, [-1])
}

/** gaps: fitted rows × columns. Gives what is compared, one a row: see minkowski.ts. */
function reducedDistances(g: GraphBuilder, gaps: Value, columnCount: number, p: number): Value {
  if (p === 2) return squaredGaps(g, gaps, columnCount, { axis: 1, width: 8 })
  const sizes = g.node('Abs', [gaps])
  if (isByPowers(p)) return sumInOrder(g, p === 1 ? sizes : g.node('Pow', [sizes, double(p)]), 1)
  const largest = g.node('ReduceMax', [sizes, int64s([1])], { keepdims: 1 })
  const flat = reshaped(g, largest, [-1])
  if (p === Number.POSITIVE_INFINITY) return flat
  const isNone = g.node('Equal', [largest, double(0)])
  const shares = g.node('Div', [sizes, g.node('Where', [isNone, double(1), largest])])
  const sum = sumInOrder(g, g.node('Pow', [shares, double(p)]), 1)
  return g.node('Mul', [flat, g.node('Pow', [sum, double(1 / p)])])
}

/** As castVotes of ballot.ts, of one query: votes are added from the nearest on. */
function castVotes(g: GraphBuilder, ballot: Ballot, nearest: Value, places: Value, p: number): Value {
  const { targets, classCount, weights, byDistance } = ballot
  const own = weights === null ? undefined : g.node('Gather', [doubles(weights), places], { axis: 0 })
  const near = byDistance ? closeness(g, nearest, p) : undefined
  const ones = g.node('Add', [g.node('Mul', [nearest, double(0)]), double(1)])
  const votes = own === undefined ? (near ?? ones) : near === undefined ? own : g.node('Mul', [own, near])
  const total = sumInOrder(g, votes, 0)
  if (classCount === 0) {
    const values = g.node('Gather', [doubles(targets), places], { axis: 0 })
    const sum = sumInOrder(g, g.node('Mul', [votes, values]), 0)
    return reshaped(g, g.node('Div', [sum, total]), [1])
  }
  const codes = g.node('Gather', [int64s(targets), places], { axis: 0 })
  const classes = int64s(
    Array.from({ length: classCount }, (_, c) => c),
    [1, classCount],
  )
  const isOf = asNumbers(g, g.node('Equal', [g.node('Unsqueeze', [codes, int64s([1])]), classes]))
  const ofClasses = g.node('Mul', [g.node('Unsqueeze', [votes, int64s([1])]), isOf])
  return g.node('Div', [sumInOrder(g, ofClasses, 0), total])
}

/** 1 ÷ distance in units of the nearest; where that is 0, only those at 0 count. */
function closeness(g: GraphBuilder, distances: Value, p: number): Value {
  const first = g.node('Gather', [distances, int64(0)], { axis: 0 })
  const isZero = g.node('Equal', [first, double(0)])
  const isSame = asNumbers(g, g.node('Equal', [distances, first]))
  const safe = g.node('Where', [isZero, double(1), distances])
  const ratio =
    p < 1
      ? g.node('Pow', [g.node('Div', [first, safe]), double(1 / p)])
      : g.node('Div', [distanceOf(g, first, p), distanceOf(g, safe, p)])
  const shares = g.node('Where', [g.node('Equal', [distances, first]), double(1), ratio])
  return g.node('Where', [isZero, isSame, shares])
}

function distanceOf(g: GraphBuilder, reduced: Value, p: number): Value {
  if (p === 2) return g.node('Sqrt', [reduced])
  return p === 1 || !isByPowers(p) ? reduced : g.node('Pow', [reduced, double(1 / p)])
}
