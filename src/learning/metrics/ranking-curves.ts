// The curves behind ROC and precision-recall plots: how many rows of each side stand above every score.

/**
 * Cumulative counts from the highest score down, one entry per distinct score: rows with at least that score that are
 * of the class, and that are not. The last entries are the totals.
 */
export interface RankingCurve {
  readonly truePositives: Float64Array
  readonly falsePositives: Float64Array
}

/** A curve as points, in the order in which the threshold falls. */
export interface CurvePoints {
  readonly x: Float64Array
  readonly y: Float64Array
}

/**
 * scores      one per row, no NaN; the higher the likelier
 * isPositive  1 for the rows of the class, else 0
 * O(rows log rows), by the native sort of the scores of either side.
 */
export function rankingCurve(scores: Float64Array, isPositive: Uint8Array): RankingCurve {
  let positiveCount = 0
  for (let i = 0; i < isPositive.length; i++) positiveCount += isPositive[i] as number
  const positives = new Float64Array(positiveCount)
  const negatives = new Float64Array(scores.length - positiveCount)
  for (let i = 0, p = 0, n = 0; i < scores.length; i++) {
    if (isPositive[i] === 1) positives[p++] = scores[i] as number
    else negatives[n++] = scores[i] as number
  }
  positives.sort()
  negatives.sort()
  const truePositives = new Float64Array(scores.length)
  const falsePositives = new Float64Array(scores.length)
  let count = 0
  let p = positives.length
  let n = negatives.length
  while (p > 0 || n > 0) {
    const score = Math.max(
      p > 0 ? (positives[p - 1] as number) : -Infinity,
      n > 0 ? (negatives[n - 1] as number) : -Infinity,
    )
    while (p > 0 && (positives[p - 1] as number) >= score) p--
    while (n > 0 && (negatives[n - 1] as number) >= score) n--
    truePositives[count] = positives.length - p
    falsePositives[count] = negatives.length - n
    count++
  }
  return { truePositives: truePositives.subarray(0, count), falsePositives: falsePositives.subarray(0, count) }
}

/** scikit-learn's roc_curve without dropping points: from (0, 0), false positive rate → true positive rate. */
export function rocPoints({ truePositives, falsePositives }: RankingCurve): CurvePoints {
  const [positives, negatives] = [truePositives.at(-1) as number, falsePositives.at(-1) as number]
  const x = new Float64Array(truePositives.length + 1)
  const y = new Float64Array(truePositives.length + 1)
  for (let i = 0; i < truePositives.length; i++) {
    x[i + 1] = (falsePositives[i] as number) / negatives
    y[i + 1] = (truePositives[i] as number) / positives
  }
  return { x, y }
}

/** scikit-learn's precision_recall_curve from its end, without the point (0, 1) that it adds: recall → precision. */
export function precisionRecallPoints({ truePositives, falsePositives }: RankingCurve): CurvePoints {
  const positives = truePositives.at(-1) as number
  const x = new Float64Array(truePositives.length)
  const y = new Float64Array(truePositives.length)
  for (let i = 0; i < x.length; i++) {
    const count = truePositives[i] as number
    x[i] = count / positives
    y[i] = count / (count + (falsePositives[i] as number))
  }
  return { x, y }
}

/** scikit-learn's auc of roc_curve, by trapezoids. */
export function areaUnder({ x, y }: CurvePoints): number {
  let area = 0
  for (let i = 1; i < x.length; i++) {
    area += (((x[i] as number) - (x[i - 1] as number)) * ((y[i] as number) + (y[i - 1] as number))) / 2
  }
  return area
}

/** scikit-learn's average_precision_score: Σ (recall − recall before) · precision. */
export function averagePrecision({ x, y }: CurvePoints): number {
  let area = 0
  for (let i = 0; i < x.length; i++) {
    area += ((x[i] as number) - (i === 0 ? 0 : (x[i - 1] as number))) * (y[i] as number)
  }
  return area
}

/**
 * The mean of curves over a grid of `count` evenly spaced x from 0 to 1, each taken as straight between its points and
 * at its highest where it rises straight up: scikit-learn's example of a macro-average ROC curve.
 */
export function meanCurve(curves: readonly CurvePoints[], count: number): CurvePoints {
  const x = Float64Array.from({ length: count }, (_, i) => i / (count - 1))
  const y = new Float64Array(count)
  for (const curve of curves) {
    let at = 0
    for (let i = 0; i < count; i++) {
      const target = x[i] as number
      while (at + 1 < curve.x.length && (curve.x[at + 1] as number) <= target) at++
      y[i] = (y[i] as number) + valueBetween(curve, at, target) / curves.length
    }
  }
  return { x, y }
}

function valueBetween({ x, y }: CurvePoints, at: number, target: number): number {
  const [x0, y0] = [x[at] as number, y[at] as number]
  if (at + 1 >= x.length || x0 === target) return y0
  const [x1, y1] = [x[at + 1] as number, y[at + 1] as number]
  return y0 + ((y1 - y0) * (target - x0)) / (x1 - x0)
}

/**
 * At most `max` of the points: the first, the last, and between them the first point at or beyond each of evenly spaced
 * distances along the curve (|Δx| + |Δy|). All that is kept is a point of the curve. O(points).
 */
export function thinCurve({ x, y }: CurvePoints, max: number): CurvePoints {
  if (x.length <= max) return { x, y }
  const travelled = new Float64Array(x.length)
  for (let i = 1, length = 0; i < x.length; i++) {
    length += Math.abs((x[i] as number) - (x[i - 1] as number)) + Math.abs((y[i] as number) - (y[i - 1] as number))
    travelled[i] = length
  }
  const step = (travelled[x.length - 1] as number) / (max - 1)
  const kept = [0]
  for (let i = 1; i < x.length - 1 && kept.length < max - 1; i++) {
    if ((travelled[i] as number) >= step * kept.length) kept.push(i)
  }
  kept.push(x.length - 1)
  return { x: Float64Array.from(kept, (i) => x[i] as number), y: Float64Array.from(kept, (i) => y[i] as number) }
}
