// Isotonic calibration: the growing function of the score that comes nearest to what came true.
import { StateError } from '../errors.ts'
import type { EstimatorState } from '../estimator.ts'
import type { CalibrationCurve, ScoredRows } from './calibration-curve.ts'

/** Scores that are nearer than this are one, as in scikit-learn. */
const SAME_SCORE = 1e-15

/** Straight lines between points; outside of them as at the nearest. */
export class IsotonicCurve implements CalibrationCurve {
  /** Ascending. */
  readonly scores: Float64Array
  /** As many, from 0 to 1, none lower than the one before. */
  readonly probabilities: Float64Array

  constructor(scores: Float64Array, probabilities: Float64Array) {
    this.scores = scores
    this.probabilities = probabilities
  }

  /** O(log points). */
  probabilityOf(score: number): number {
    const { scores, probabilities } = this
    let low = 0
    let high = scores.length - 1
    if (score <= (scores[low] as number)) return probabilities[low] as number
    if (score >= (scores[high] as number)) return probabilities[high] as number
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((scores[middle] as number) <= score) low = middle
      else high = middle
    }
    const from = scores[low] as number
    const base = probabilities[low] as number
    const rise = ((probabilities[high] as number) - base) / ((scores[high] as number) - from)
    return Math.min(rise * (score - from) + base, 1)
  }

  toState(): EstimatorState {
    return { scores: this.scores, probabilities: this.probabilities }
  }

  /** Throws StateError. */
  static restore({ scores, probabilities }: EstimatorState): IsotonicCurve {
    const areBoth = scores instanceof Float64Array && probabilities instanceof Float64Array
    if (!areBoth || scores.length === 0 || scores.length !== probabilities.length) {
      throw new StateError('isotonic: expected as many scores as probabilities')
    }
    const isRising = scores.every(
      (score, k) => Number.isFinite(score) && (k === 0 || score > (scores[k - 1] as number)),
    )
    const areGrowing = probabilities.every((p, k) => p >= (k === 0 ? 0 : (probabilities[k - 1] as number)) && p <= 1)
    if (!isRising || !areGrowing) throw new StateError('isotonic: expected rising scores and growing probabilities')
    return new IsotonicCurve(scores, probabilities)
  }
}

/**
 * Fits the curve by pooling adjacent violators (Ayer et al. 1955; Best, Chakravarti 1990), as scikit-learn's
 * IsotonicRegression(out_of_bounds="clip"): rows of one score are one, with their mean. O(rows log rows).
 */
export function fitIsotonic({ scores, isTrue, sampleWeight }: ScoredRows): IsotonicCurve {
  const weightOf = (row: number): number => sampleWeight?.[row] ?? 1
  const order = Int32Array.from(scores.keys()).filter((row) => weightOf(row) > 0)
  order.sort((a, b) => (scores[a] as number) - (scores[b] as number))
  const points: Point[] = []
  for (const row of order) {
    const score = scores[row] as number
    const last = points.at(-1)
    const weight = weightOf(row)
    const hits = weight * (isTrue[row] as number)
    if (last === undefined || score - last.score >= SAME_SCORE) points.push({ score, weight, hits })
    else {
      last.weight += weight
      last.hits += hits
    }
  }
  return curveOf(points, poolViolators(points))
}

/** Rows of one score. */
interface Point {
  readonly score: number
  weight: number
  /** Weight of the rows that came true. */
  hits: number
}

/** The height of each point: blocks that are not higher than the one before are joined with it, at their mean. */
function poolViolators(points: readonly Point[]): Float64Array {
  const blocks: { end: number; weight: number; hits: number }[] = []
  for (const [k, point] of points.entries()) {
    let { weight, hits } = point
    for (
      let last = blocks.at(-1);
      last !== undefined && last.hits * weight >= hits * last.weight;
      last = blocks.at(-1)
    ) {
      weight += last.weight
      hits += last.hits
      blocks.pop()
    }
    blocks.push({ end: k + 1, weight, hits })
  }
  const heights = new Float64Array(points.length)
  let start = 0
  for (const { end, weight, hits } of blocks) {
    heights.fill(Math.min(hits / weight, 1), start, end)
    start = end
  }
  return heights
}

/** Without the points between two of the same height. */
function curveOf(points: readonly Point[], heights: Float64Array): IsotonicCurve {
  const kept = [...points.keys()].filter((k) => {
    const isEnd = k === 0 || k === points.length - 1
    return isEnd || heights[k] !== heights[k - 1] || heights[k] !== heights[k + 1]
  })
  return new IsotonicCurve(
    Float64Array.from(kept, (k) => (points[k] as Point).score),
    Float64Array.from(kept, (k) => heights[k] as number),
  )
}
