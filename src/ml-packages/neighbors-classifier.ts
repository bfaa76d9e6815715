// k nearest neighbours, which ml-knn's kd-tree finds.
import { ParameterError, StateError } from '../learning/errors.ts'
import type { Classifier, ClassTarget, EstimatorState, FitContext, FittedClassifier } from '../learning/estimator.ts'
import { type Matrix, toRowBlock } from '../learning/matrix.ts'
import { choice, integer, none, type ParameterValues, parameter, readParameters, real } from '../learning/parameters.ts'
import { checkRows, countOf, finiteNumbersOf, shapeOf } from './check-rows.ts'
import { FittedNeighbors } from './fitted-neighbors.ts'

/**
 * scikit-learn's KNeighborsClassifier. Among neighbours of equal distance it is the tree that decides which are taken.
 * Fitting is O(rows log² rows), not to be stopped inside the package; a prediction is O(rows × columns) at worst.
 */
export class NeighborsClassifier implements Classifier {
  static readonly parameters = {
    n_neighbors: parameter(5, integer({ min: 1 })),
    /** "distance": neighbours vote with the inverse of their distance. */
    weights: parameter('uniform', choice('uniform', 'distance')),
    metric: parameter('minkowski', choice('minkowski', 'euclidean', 'manhattan', 'chebyshev')),
    /** The power of the Minkowski metric. */
    p: parameter(2, real({ min: 1, max: 100 })),
    /** Taken and ignored: the package knows one tree, one leaf size and one thread. */
    algorithm: parameter('auto', choice('auto', 'kd_tree')),
    leaf_size: parameter(30, integer({ min: 1 })),
    n_jobs: parameter(null, none, integer()),
  }
  readonly kind = 'classifier'
  readonly abilities = { missing: false, categories: false, weights: false }
  private readonly given: ParameterValues<typeof NeighborsClassifier.parameters>

  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.given = readParameters(NeighborsClassifier.parameters, given)
  }

  /**
   * x: finite numbers. Throws DataError for rows that checkRows refuses, ParameterError when n_neighbors exceeds the
   * rows.
   */
  async fit(x: Matrix, y: ClassTarget, context: FitContext, sampleWeight?: Float64Array): Promise<FittedClassifier> {
    context.stop.throwIfSet()
    checkRows(x, sampleWeight)
    const { n_neighbors: neighborCount, weights } = this.given
    if (neighborCount > x.rowCount) {
      const message = `expected at most the ${x.rowCount} training rows, got ${neighborCount}`
      throw new ParameterError([{ parameter: 'n_neighbors', message }])
    }
    const { values } = toRowBlock(x)
    const scale = scaleOf(values)
    context.report(1, 1, 'rows')
    return new FittedNeighbors({
      columnCount: x.columns.length,
      classCount: y.classNames.length,
      neighborCount,
      power: this.power(),
      isByDistance: weights === 'distance',
      scale,
      rows: values.map((value) => value * scale),
      codes: y.codes.slice(),
    })
  }

  restore(state: EstimatorState): FittedClassifier {
    const { columnCount, classCount } = shapeOf(state)
    const neighborCount = countOf(state, 'neighborCount')
    const { power, isByDistance, scale, codes } = state
    if (!(codes instanceof Int32Array) || codes.some((code) => code < 0 || code >= classCount)) {
      throw new StateError('expected class codes')
    }
    if (neighborCount > codes.length) throw new StateError('expected at least as many rows as neighbours')
    const rows = finiteNumbersOf(state, 'rows', codes.length * columnCount)
    if (typeof power !== 'number' || !(power >= 1)) throw new StateError('expected the power of a metric')
    if (typeof scale !== 'number' || !(scale > 0 && scale < Infinity)) throw new StateError('expected a scale')
    if (typeof isByDistance !== 'boolean') throw new StateError('expected how neighbours vote')
    return new FittedNeighbors({
      columnCount,
      classCount,
      neighborCount,
      power,
      isByDistance,
      scale,
      rows,
      codes,
    })
  }

  private power(): number {
    const { metric, p } = this.given
    return { minkowski: p, euclidean: 2, manhattan: 1, chebyshev: Infinity }[metric]
  }
}

/**
 * A power of two that brings the greatest value near 1: no square overflows then, squares of values that matter do not
 * underflow, and multiplying by it rounds nothing.
 */
function scaleOf(values: Float64Array): number {
  const most = values.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0)
  return most === 0 ? 1 : 2 ** Math.max(-1022, Math.min(1022, -Math.floor(Math.log2(most))))
}
