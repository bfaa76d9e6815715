// Isolation trees that were grown, and how strange they find new rows.
import { requireColumnCount } from '../column-count.ts'
import { StateError } from '../errors.ts'
import type { EstimatorState, FittedAnomalyDetector } from '../estimator.ts'
import type { CoverTree } from '../explanation/cover-tree.ts'
import type { Explanation, ExplanationChoice } from '../explanation/explanation.ts'
import { tellPartKept } from '../kept-parts.ts'
import type { RowBlock } from '../matrix.ts'
import { averagePathLength } from './average-path-length.ts'
import { explainIsolation, isolationCovers } from './explain-isolation.ts'
import type { ForestState } from './forest-state.ts'

const BLOCK_ROWS = 256

export class FittedIsolationForest implements FittedAnomalyDetector {
  readonly kind = 'anomaly_detector'
  readonly columnCount: number
  private readonly state: ForestState
  /** Made with the first explanation. */
  private covers: readonly CoverTree[] | undefined

  constructor(state: ForestState) {
    this.columnCount = state.columnCount
    this.state = state
  }

  /** What scores below this are anomalies. */
  get offset(): number {
    return this.state.offset
  }

  /**
   * scikit-learn's score_samples: −2^(−mean path length ÷ c(rows drawn for a tree)), from −1 (strange) to 0.
   * O(rows × trees × depth), tree by tree over blocks of rows, so that a tree stays in the cache.
   */
  scoreSamples(x: RowBlock): Float64Array {
    requireColumnCount(this.columnCount, x)
    const { roots, sampleCount } = this.state
    const scores = new Float64Array(x.rowCount)
    for (let start = 0; start < x.rowCount; start += BLOCK_ROWS) {
      const end = Math.min(start + BLOCK_ROWS, x.rowCount)
      for (let t = 0; t < roots.length; t++) this.addPathLengths(roots[t] as number, x, start, end, scores)
    }
    const longest = roots.length * averagePathLength(sampleCount)
    // With one row a tree nothing is known: scikit-learn's score is then −1/2.
    for (let i = 0; i < scores.length; i++) scores[i] = -(2 ** (longest === 0 ? -1 : -(scores[i] as number) / longest))
    return scores
  }

  decisionFunction(x: RowBlock): Float64Array {
    const scores = this.scoreSamples(x)
    for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] as number) - this.state.offset
    return scores
  }

  explain(x: RowBlock, choice: ExplanationChoice): Explanation {
    requireColumnCount(this.columnCount, x)
    if (this.covers === undefined) {
      this.covers = isolationCovers(this.state)
      tellPartKept()
    }
    return explainIsolation(this.covers, x, choice)
  }

  toState(): EstimatorState {
    return { ...this.state }
  }

  private addPathLengths(root: number, x: RowBlock, start: number, end: number, sums: Float64Array): void {
    const { rights, features, values, missingIsRight } = this.state
    const { columnCount, values: rows } = x
    for (let i = start; i < end; i++) {
      const row = i * columnCount
      let node = root
      for (let right = rights[node] as number; right !== 0; right = rights[node] as number) {
        const value = rows[row + (features[node] as number)] as number
        const threshold = values[node] as number
        const isRight = value > threshold || (Number.isNaN(value) && missingIsRight[node] === 1)
        node = isRight ? root + right : node + 1
      }
      sums[i] = (sums[i] as number) + (values[node] as number)
    }
  }

  /** Checks everything that a walk relies on: every step goes forward, inside its tree, to a column that exists. */
  static restore(state: EstimatorState): FittedIsolationForest {
    const { columnCount, sampleCount, offset, roots, rights, features, values, missingIsRight } = state
    const refuse = (what: string): never => {
      throw new StateError(`isolation_forest: ${what} is not what a fit writes`)
    }
    if (!isCount(columnCount)) return refuse('columnCount')
    if (!isCount(sampleCount)) return refuse('sampleCount')
    if (typeof offset !== 'number' || !Number.isFinite(offset)) return refuse('offset')
    if (!(roots instanceof Int32Array) || roots.length === 0 || roots[0] !== 0) return refuse('roots')
    if (!(rights instanceof Int32Array)) return refuse('rights')
    const nodeCount = rights.length
    if (!(features instanceof Int32Array) || features.length !== nodeCount) return refuse('features')
    if (!(values instanceof Float64Array) || values.length !== nodeCount) return refuse('values')
    if (!(missingIsRight instanceof Uint8Array) || missingIsRight.length !== nodeCount) return refuse('missingIsRight')
    if (!values.every(Number.isFinite)) return refuse('values')
    if (!features.every((feature) => feature >= 0 && feature < columnCount)) return refuse('features')
    for (let t = 0; t < roots.length; t++) {
      const root = roots[t] as number
      const end = t + 1 < roots.length ? (roots[t + 1] as number) : nodeCount
      if (end <= root || end > nodeCount) return refuse('roots')
      for (let node = root; node < end; node++) {
        const right = rights[node] as number
        if (right !== 0 && (root + right <= node + 1 || root + right >= end)) return refuse('rights')
      }
    }
    return new FittedIsolationForest({
      columnCount,
      sampleCount,
      offset,
      roots,
      rights,
      features,
      values,
      missingIsRight,
    })
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}
