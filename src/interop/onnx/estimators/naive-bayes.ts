// All naive Bayes: logs of probabilities, summed column by column.
import type {
  CategoryTables,
  FittedCategoricalNaiveBayes,
} from '../../../learning/naive-bayes/fitted-categorical-naive-bayes.ts'
import type {
  ClassNormals,
  FittedGaussianNaiveBayes,
} from '../../../learning/naive-bayes/fitted-gaussian-naive-bayes.ts'
import type { FittedTermNaiveBayes, TermWeights } from '../../../learning/naive-bayes/fitted-term-naive-bayes.ts'
import { exp } from '../elementary-functions.ts'
import { beforeGroups, missesAny, repeatRow, softmax, startedWith, sumInOrder, toInt64 } from '../formulas.ts'
import type { GraphBuilder, Value } from '../graph-builder.ts'
import { double, doubles, int64s } from '../tensor.ts'

/** Class probabilities, rows × classes; so of all three. A row that misses values is judged by those that it has. */
export function gaussianProbabilities(g: GraphBuilder, x: Value, fitted: FittedGaussianNaiveBayes): Value {
  const { columnCount: d, scale, priors, means, variances } = fitted.toState() as unknown as ClassNormals
  const shape = [1, priors.length, d]
  const precisions = variances.map((variance) => (variance > 0 ? 1 / variance : 0))
  const scaled = scale === 1 ? x : g.node('Mul', [x, double(scale)])
  const off = g.node('Sub', [beforeGroups(g, scaled), doubles(means, shape)])
  const squares = g.node('Mul', [g.node('Mul', [off, off]), doubles(precisions, shape)])
  const constants = priors.map((prior, c) => {
    let sum = Math.log(prior)
    for (let k = c * d; k < (c + 1) * d; k++) sum -= logNormaliser(variances[k] as number)
    return sum
  })
  const halves = g.node('Mul', [sumInOrder(g, squares, 2), double(0.5)])
  const ofAll = g.node('Sub', [doubles(constants, [1, priors.length]), halves])

  const half = g.node('Mul', [g.node('Mul', [off, double(0.5)]), off])
  const normalisers = variances.map(logNormaliser)
  const terms = g.node('Add', [doubles(normalisers, shape), g.node('Mul', [half, doubles(precisions, shape)])])
  const saysNothing: number[] = Array.from(precisions, (precision) => (precision === 0 ? Number.NaN : 0))
  // A term is NaN where the value is missing or the column says nothing.
  const isLeftOut = g.node('IsNaN', [g.node('Add', [terms, doubles(saysNothing, shape)])])
  const present = g.node('Neg', [g.node('Where', [isLeftOut, double(0), terms])])
  const ofPresent = sumInOrder(g, startedWith(g, present, priors.map(Math.log), d), 2)
  return fromLogs(g, g.node('Where', [missesAny(g, x), ofPresent, ofAll]), priors)
}

export function categoricalProbabilities(g: GraphBuilder, x: Value, fitted: FittedCategoricalNaiveBayes): Value {
  const { categoryCounts, priors, logs } = fitted.toState() as unknown as CategoryTables
  const [d, classCount] = [categoryCounts.length, priors.length]
  // One row of the table a category, and a last one of zeros for what is none.
  const unknown = logs.length / classCount
  const table = new Float64Array(logs.length + classCount)
  table.set(logs)
  const starts = new Float64Array(d)
  for (let j = 1; j < d; j++) starts[j] = (starts[j - 1] as number) + (categoryCounts[j - 1] as number)
  const counts = doubles(Float64Array.from(categoryCounts), [1, d])
  const isBelow = g.node('And', [g.node('Less', [x, counts]), g.node('GreaterOrEqual', [x, double(0)])])
  const isKnown = g.node('And', [isBelow, g.node('Equal', [g.node('Floor', [x]), x])])
  const places = g.node('Where', [isKnown, g.node('Add', [x, doubles(starts, [1, d])]), double(unknown)])
  const terms = g.node('Gather', [doubles(table, [unknown + 1, classCount]), toInt64(g, places)], { axis: 0 })
  const first = new Float64Array(d * classCount)
  first.set(priors.map(Math.log))
  return fromLogs(g, sumInOrder(g, g.node('Add', [terms, doubles(first, [1, d, classCount])]), 1), priors)
}

/** Of multinomial and complement naive Bayes. */
export function termProbabilities(g: GraphBuilder, x: Value, fitted: FittedTermNaiveBayes): Value {
  const { priors, biases, logs } = fitted.toState() as unknown as TermWeights
  const [classCount, d] = [priors.length, fitted.columnCount]
  const values = beforeGroups(g, x)
  const products = g.node('Mul', [values, doubles(logs, [1, classCount, d])])
  // What is not there says nothing, not even of a class that cannot have it.
  const terms = g.node('Where', [g.node('Equal', [values, double(0)]), double(0), products])
  return fromLogs(g, sumInOrder(g, startedWith(g, terms, biases, d), 2), priors)
}

/** Shares by unnormalised logs; the priors where every class is impossible. */
function fromLogs(g: GraphBuilder, logs: Value, priors: Float64Array): Value {
  const greatest = g.node('ReduceMax', [logs, int64s([1])], { keepdims: 1 })
  const isImpossible = g.node('Equal', [greatest, double(Number.NEGATIVE_INFINITY)])
  return g.node('Where', [isImpossible, repeatRow(g, logs, priors), softmax(g, logs, exp)])
}

/** log √(2π variance); 0 for a column that says nothing. */
function logNormaliser(variance: number): number {
  return variance > 0 ? 0.5 * (Math.log(2 * Math.PI) + Math.log(variance)) : 0
}
