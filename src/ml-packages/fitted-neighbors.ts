// Votes of the nearest training rows.

import KNN, { type Distance } from 'ml-knn'
import { requireColumnCount } from '../learning/column-count.ts'
import type { EstimatorState, FittedClassifier } from '../learning/estimator.ts'
import type { RowBlock } from '../learning/matrix.ts'

export interface Neighbors {
  readonly columnCount: number
  readonly classCount: number
  readonly neighborCount: number
  /** Of the Minkowski metric; Infinity is the Chebyshev distance. */
  readonly power: number
  readonly isByDistance: boolean
  /** What `rows` were multiplied by, and rows to predict are. */
  readonly scale: number
  /** Training rows, row-major. */
  readonly rows: Float64Array
  readonly codes: Int32Array
}

/** Scaled training values lie within ±2; beyond this, rows to predict are equally far from all of them. */
const FAR = 1e30

/** A training row. The package copies rows by slice(); as its own copy, a point that is found still knows its row. */
class Point extends Array<number> {
  row = 0
  override slice(): this {
    return this
  }
}

export class FittedNeighbors implements FittedClassifier {
  readonly kind = 'classifier'
  readonly columnCount: number
  readonly classCount: number
  private readonly neighbors: Neighbors
  private readonly knn: KNN

  constructor(neighbors: Neighbors) {
    this.neighbors = neighbors
    this.columnCount = neighbors.columnCount
    this.classCount = neighbors.classCount
    const points = Array.from(neighbors.codes, (_, row) => {
      const point = new Point()
      for (let j = 0; j < this.columnCount; j++) point.push(neighbors.rows[row * this.columnCount + j] as number)
      point.row = row
      return point
    })
    // No labels: they would become a coordinate, by which the tree would split without pruning anything.
    this.knn = new KNN(points, [], {
      k: neighbors.neighborCount,
      distance: distanceOf(this.columnCount, neighbors.power),
    })
  }

  predictProbabilities(x: RowBlock): Float64Array {
    requireColumnCount(this.columnCount, x)
    const { rowCount, values } = x
    const { columnCount, classCount } = this
    const { neighborCount, scale, codes } = this.neighbors
    const probabilities = new Float64Array(rowCount * classCount)
    const query = new Float64Array(columnCount)
    for (let i = 0; i < rowCount; i++) {
      for (let j = 0; j < columnCount; j++) {
        query[j] = Math.max(-FAR, Math.min(FAR, (values[i * columnCount + j] as number) * scale))
      }
      const nearest = this.knn.kdTree.nearest(query, neighborCount)
      const weights = this.weigh(nearest.map(([, distance]) => distance))
      let total = 0
      for (const weight of weights) total += weight
      nearest.forEach(([point], n) => {
        const k = i * classCount + (codes[(point as Point).row] as number)
        probabilities[k] = (probabilities[k] as number) + (weights[n] as number)
      })
      for (let k = i * classCount; k < (i + 1) * classCount; k++)
        probabilities[k] = (probabilities[k] as number) / total
    }
    return probabilities
  }

  /** Rows at distance 0 outvote all others, as in scikit-learn. */
  private weigh(distances: readonly number[]): number[] {
    if (!this.neighbors.isByDistance) return distances.map(() => 1)
    const nearest = Math.min(...distances)
    return nearest === 0
      ? distances.map((distance) => (distance === 0 ? 1 : 0))
      : distances.map((distance) => nearest / distance)
  }

  toState(): EstimatorState {
    return { ...this.neighbors }
  }
}

/**
 * The distance of the first columnCount coordinates. The package's own goes by the length of p: it takes the distance to
 * a splitting plane, for which p is an object without length, as 0, and so never leaves out a part of the tree.
 */
function distanceOf(columnCount: number, power: number): Distance {
  if (power === 2) {
    return (p, q) => {
      let sum = 0
      for (let j = 0; j < columnCount; j++) sum += ((p[j] as number) - (q[j] as number)) ** 2
      return Math.sqrt(sum)
    }
  }
  if (power === Infinity) {
    return (p, q) => {
      let most = 0
      for (let j = 0; j < columnCount; j++) most = Math.max(most, Math.abs((p[j] as number) - (q[j] as number)))
      return most
    }
  }
  const chebyshev = distanceOf(columnCount, Infinity)
  return (p, q) => {
    // In parts of the greatest difference, since high powers overflow or underflow.
    const most = chebyshev(p, q)
    if (!(most > 0)) return most
    let sum = 0
    for (let j = 0; j < columnCount; j++) sum += (Math.abs((p[j] as number) - (q[j] as number)) / most) ** power
    return most * sum ** (1 / power)
  }
}
