// Centres that were found, and the nearest of them for new rows.
import { requireColumnCount } from '../column-count.ts'
import { StateError } from '../errors.ts'
import type { EstimatorState, FittedClusterer } from '../estimator.ts'
import type { RowBlock } from '../matrix.ts'
import { powerOfTwoScale } from './scale.ts'
import { squaredDistance } from './squared-distance.ts'

export class FittedKMeans implements FittedClusterer {
  readonly kind = 'clusterer'
  readonly columnCount: number
  readonly clusterCount: number
  /** Row-major clusters × columns. */
  readonly centres: Float64Array
  /** Σ weight · squared distance of the fitted rows to their centres. */
  readonly inertia: number
  readonly iterations: number

  constructor(columnCount: number, centres: Float64Array, inertia: number, iterations: number) {
    this.columnCount = columnCount
    this.clusterCount = centres.length / columnCount
    this.centres = centres
    this.inertia = inertia
    this.iterations = iterations
  }

  /** The first of the nearest centres of each row. O(rows × clusters × columns). */
  predict(x: RowBlock): Int32Array {
    requireColumnCount(this.columnCount, x)
    const { columnCount, clusterCount } = this
    const labels = new Int32Array(x.rowCount)
    const scale = powerOfTwoScale(this.centres.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0))
    const centres = this.centres.map((value) => value * scale)
    const row = new Float64Array(columnCount)
    for (let i = 0; i < x.rowCount; i++) {
      for (let j = 0; j < columnCount; j++) row[j] = (x.values[i * columnCount + j] as number) * scale
      let best = 0
      let least = Number.POSITIVE_INFINITY
      for (let c = 0; c < clusterCount; c++) {
        const squared = squaredDistance(row, 0, centres, c * columnCount, columnCount)
        if (squared < least) {
          least = squared
          best = c
        }
      }
      labels[i] = best
    }
    return labels
  }

  toState(): EstimatorState {
    return {
      columnCount: this.columnCount,
      centres: this.centres,
      // Plain data has no infinity: the inertia of values about 1e300.
      inertia: Number.isFinite(this.inertia) ? this.inertia : null,
      iterations: this.iterations,
    }
  }

  static restore({ columnCount, centres, inertia, iterations }: EstimatorState): FittedKMeans {
    if (!Number.isSafeInteger(columnCount) || (columnCount as number) < 1) throw new StateError('k_means: columnCount')
    if (!(centres instanceof Float64Array) || centres.length === 0 || centres.length % (columnCount as number) !== 0) {
      throw new StateError('k_means: centres')
    }
    if (!centres.every(Number.isFinite)) throw new StateError('k_means: centres')
    if (inertia !== null && (typeof inertia !== 'number' || !(inertia >= 0))) throw new StateError('k_means: inertia')
    if (!Number.isSafeInteger(iterations) || (iterations as number) < 0) throw new StateError('k_means: iterations')
    return new FittedKMeans(columnCount as number, centres, inertia ?? Number.POSITIVE_INFINITY, iterations as number)
  }
}
