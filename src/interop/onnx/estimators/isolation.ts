// The isolation forest: one TreeEnsemble whose leaves hold path lengths.
import { averagePathLength } from '../../../learning/anomaly/average-path-length.ts'
import type { FittedIsolationForest } from '../../../learning/anomaly/fitted-isolation-forest.ts'
import type { ForestState } from '../../../learning/anomaly/forest-state.ts'
import { sumInOrder } from '../formulas.ts'
import type { GraphBuilder, Value } from '../graph-builder.ts'
import { double } from '../tensor.ts'
import { TreeEnsemble } from '../tree-ensemble.ts'

/** One of each a row. */
export interface AnomalyValues {
  /** scikit-learn's decision_function. */
  readonly score: Value
  /** A condition. */
  readonly isAnomaly: Value
}

/**
 * Path lengths have the same bits as ours, and decide: a power that a runtime rounds otherwise changes the score in its
 * last place, and never whether a row is an anomaly.
 */
export function isolationScores(g: GraphBuilder, x: Value, fitted: FittedIsolationForest): AnomalyValues {
  const state = fitted.toState() as unknown as ForestState
  const { roots, rights, features, values, missingIsRight, sampleCount, offset } = state
  const ensemble = new TreeEnsemble()
  for (const [node, right] of rights.entries()) {
    if (right === 0) ensemble.leaf(values[node] as number)
    else ensemble.split(features[node] as number, values[node] as number, missingIsRight[node] !== 1)
  }
  const paths = sumInOrder(g, ensemble.write(g, x, fitted.columnCount), 1)
  const longest = roots.length * averagePathLength(sampleCount)
  const power =
    longest === 0
      ? g.node('Add', [g.node('Mul', [paths, double(0)]), double(0.5)])
      : g.node('Pow', [double(2), g.node('Neg', [g.node('Div', [paths, double(longest)])])])
  const score = g.node('Sub', [g.node('Neg', [power]), double(offset)])
  const isStrange = (path: number): boolean => -(2 ** (longest === 0 ? -1 : -path / longest)) - offset < 0
  const isAnomaly = g.node('LessOrEqual', [paths, double(lastThat(isStrange))])
  return { score, isAnomaly }
}

/** The largest number of at least 0 of which that is true, where it is true up to some number; −1 where it is of none. */
function lastThat(holds: (value: number) => boolean): number {
  if (!holds(0)) return -1
  if (holds(Number.MAX_VALUE)) return Number.MAX_VALUE
  // Doubles of one sign have the order of their bits.
  const bits = new BigInt64Array(1)
  const number = new Float64Array(bits.buffer)
  number[0] = Number.MAX_VALUE
  let [low, high] = [0n, bits[0] as bigint]
  while (high - low > 1n) {
    const middle = (low + high) >> 1n
    bits[0] = middle
    if (holds(number[0] as number)) low = middle
    else high = middle
  }
  bits[0] = low
  return number[0] as number
}
