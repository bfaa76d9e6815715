// Mean and variance of one column within each class.
import { f64, i32, layout } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import { instantiate } from '../wasm/web-assembly.ts'
import { MOMENTS_MODULE, type MomentRoutines } from './moments-module.ts'

export interface ClassMoments {
  /** Per class, the weight of the rows whose value is not missing. */
  readonly weights: Float64Array
  /** Per class; 0 where the weight is 0. */
  readonly means: Float64Array
  /** Per class, with the weight as divisor; 0 where the weight is 0. */
  readonly variances: Float64Array
  /** |value · scale| is at most this. */
  readonly greatest: number
}

const CHUNK_ROWS = 16_384

/** Takes the moments of columns whose rows have the same classes and weights. */
export class MomentTaker {
  private readonly codes: Int32Array
  private readonly sampleWeight: Float64Array | undefined
  private readonly routines: MomentRoutines
  /** One chunk of rows. */
  private readonly values: Float64Array
  private readonly rowWeights: Float64Array
  private readonly rowCodes: Int32Array
  /** By class: two sums, what values are counted from, and the sum of weights. */
  private readonly pairs: Float64Array
  private readonly origins: Float64Array
  private readonly weights: Float64Array

  /** codes: per row the class, 0 … classCount − 1. Memory: 32 bytes a class, and 330 kB at most. */
  constructor(codes: Int32Array, classCount: number, sampleWeight?: Float64Array) {
    this.codes = codes
    this.sampleWeight = sampleWeight
    const rows = Math.min(CHUNK_ROWS, codes.length)
    const plan = new MemoryPlan()
    const arrays = layout(
      {
        pairs: f64(2 * classCount),
        origins: f64(classCount),
        weights: f64(classCount),
        values: f64(rows),
        rowWeights: f64(rows),
        rowCodes: i32(rows),
      },
      plan,
    )
    const memory = plan.allocateOwn('moments are taken of the classes')
    this.routines = instantiate(MOMENTS_MODULE, { memory }) as MomentRoutines
    const { pairs, origins, weights, values, rowWeights, rowCodes } = arrays.views(memory.buffer)
    this.pairs = pairs
    this.origins = origins
    this.weights = weights
    this.values = values
    this.rowWeights = rowWeights.fill(1)
    this.rowCodes = rowCodes
  }

  /**
   * Moments of column · scale, per class. Values are counted from the mean of the first chunk that has any of the class,
   * and corrected by what it is off the mean of all (Chan, Golub and LeVeque 1983): values far from 0 lose no digits.
   * Missing values are left out. O(rows).
   */
  momentsOf(column: Float64Array, scale: number): ClassMoments {
    const { origins, weights, pairs, values } = this
    origins.fill(0)
    weights.fill(0)
    let greatest = 0
    const sums = new Float64Array(pairs.length)
    for (let start = 0; start < column.length; start += values.length) {
      const end = Math.min(start + values.length, column.length)
      values.set(column.subarray(start, end))
      this.rowCodes.set(this.codes.subarray(start, end))
      if (this.sampleWeight !== undefined) this.rowWeights.set(this.sampleWeight.subarray(start, end))
      greatest = Math.max(greatest, this.addChunk(end - start, scale, sums))
    }
    const means = new Float64Array(weights.length)
    const variances = new Float64Array(weights.length)
    for (let c = 0; c < weights.length; c++) {
      const weight = weights[c] as number
      if (weight === 0) continue
      const off = (sums[2 * c] as number) / weight
      means[c] = (origins[c] as number) + off
      variances[c] = Math.max(0, (sums[2 * c + 1] as number) / weight - off * off)
    }
    return { weights: weights.slice(), means, variances, greatest }
  }

  /** Adds the first rows of the chunk to `sums`; returns their greatest |value|. */
  private addChunk(rowCount: number, scale: number, sums: Float64Array): number {
    const { routines, pairs, origins, weights, values, rowWeights, rowCodes } = this
    const from = values.byteOffset
    const rows = [from, from + 8 * rowCount, rowCodes.byteOffset, rowWeights.byteOffset, scale] as const
    if (weights.includes(0)) {
      pairs.fill(0)
      routines.addValues(...rows, pairs.byteOffset)
      for (let c = 0; c < weights.length; c++) {
        if (weights[c] === 0 && pairs[2 * c] !== 0) origins[c] = (pairs[2 * c + 1] as number) / (pairs[2 * c] as number)
      }
    }
    // Chunk by chunk, so that the error of a million rows is near that of a thousand.
    pairs.fill(0)
    const greatest = routines.addSquares(...rows, pairs.byteOffset, origins.byteOffset, weights.byteOffset)
    for (let k = 0; k < sums.length; k++) sums[k] = (sums[k] as number) + (pairs[k] as number)
    return greatest
  }
}

/** The moments of all classes together. Weight 0 when all values are missing. */
export function pooledMoments({ weights, means, variances }: Omit<ClassMoments, 'greatest'>): {
  weight: number
  mean: number
  variance: number
} {
  let weight = 0
  let mean = 0
  for (let c = 0; c < weights.length; c++) {
    weight += weights[c] as number
    if (weight > 0) mean += ((weights[c] as number) / weight) * ((means[c] as number) - mean)
  }
  let variance = 0
  for (let c = 0; c < weights.length && weight > 0; c++) {
    const off = (means[c] as number) - mean
    variance += ((weights[c] as number) / weight) * ((variances[c] as number) + off * off)
  }
  return { weight, mean, variance }
}
