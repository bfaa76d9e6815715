// What the threads of a k-means share.
import type { ClusterSums } from './cluster-sums.ts'

/**
 * All that the threads share; every array lies in a SharedArrayBuffer. Sums are kept by chunk of rows and added up
 * chunk by chunk, so that they do not depend on which thread did which chunk.
 */
export interface LloydState extends ClusterSums {
  readonly rowCount: number
  /** Per chunk, Σ weight · squared distance, once the phase is INERTIA. */
  readonly chunkInertia: Float64Array
  /** See the constants in lloyd-task.ts. */
  readonly control: Int32Array
  readonly iterationsMax: number
  /** Iterations end when the squares of the centres' steps sum to this or less. */
  readonly tolerance: number
}
