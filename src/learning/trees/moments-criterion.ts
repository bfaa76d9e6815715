// Squared error, and the Gini impurity of two classes, which is the same search: sums of weights and of weighted targets.
import type { Criterion, Cut, LeafLimits } from './criterion.ts'
import { isLeft } from './is-left.ts'

/**
 * With W and T the sums of weights and of weighted targets in the node, w and t those on the left, a cut removes
 * (t·W − T·w)² / (w·(W − w)·W) of the node's sum of squares (Breiman et al. 1984, section 8.4). The score leaves out
 * the last W, which is one for the node. Targets are taken from the node's mean, so that T is about 0 and nothing
 * cancels; with two classes they stay 0 and 1, so that integer weights give exact sums, and equal cuts equal scores.
 */
export class MomentsCriterion implements Criterion {
  weight = 0
  impurity = 0
  value = 0
  private readonly classWeights: Float64Array | null
  private total = 0
  private readonly targets: Float64Array
  private readonly rowWeights: Float64Array
  private readonly nodeWeights: Float64Array
  private readonly nodeTargets: Float64Array
  private histogram = new Float64Array(0)

  /** targets: by row, 0 and 1 with two classes. rowWeights: by row, read at each load. */
  constructor(targets: Float64Array, rowWeights: Float64Array, rowCountMax: number, isTwoClasses: boolean) {
    this.targets = targets
    this.rowWeights = rowWeights
    this.nodeWeights = new Float64Array(rowCountMax)
    this.nodeTargets = new Float64Array(rowCountMax)
    this.classWeights = isTwoClasses ? new Float64Array(2) : null
  }

  load(rows: Int32Array, start: number, n: number, cut: Cut): void {
    const { targets, rowWeights, nodeWeights, nodeTargets } = this
    let weight = 0
    let total = 0
    let min = Infinity
    let max = -Infinity
    for (let i = 0; i < n; i++) {
      const row = rows[start + i]!
      const w = rowWeights[row]!
      const y = targets[row]!
      nodeWeights[i] = w
      nodeTargets[i] = w * y
      weight += w
      total += w * y
      if (y < min) min = y
      if (y > max) max = y
    }
    this.weight = weight
    this.value = Math.min(max, Math.max(min, total / weight))
    if (this.classWeights !== null) {
      this.total = total
      const p = total / weight
      this.impurity = min === max ? 0 : 2 * p * (1 - p)
    } else {
      this.impurity = min === max ? 0 : this.centre(n)
    }
    cut.score = -Infinity
    cut.tolerance = 1e-12 * weight * weight * this.impurity
  }

  /** Takes the node's mean from its targets; gives the mean of their squares. */
  private centre(n: number): number {
    const { nodeWeights, nodeTargets, value } = this
    let total = 0
    let squares = 0
    for (let i = 0; i < n; i++) {
      const w = nodeWeights[i]!
      const t = nodeTargets[i]! - w * value
      nodeTargets[i] = t
      total += t
      if (w > 0) squares += (t * t) / w
    }
    this.total = total
    return squares / this.weight
  }

  histogramPays(n: number, range: number): boolean {
    return n >= 16 && 2 * range <= n
  }

  scanHistogram(codes: Int32Array, n: number, min: number, max: number, limits: LeafLimits, cut: Cut): boolean {
    const cells = 3 * (max - min + 1)
    if (this.histogram.length < cells) this.histogram = new Float64Array(2 * cells)
    const { histogram, nodeWeights, nodeTargets } = this
    histogram.fill(0, 0, cells)
    for (let i = 0; i < n; i++) {
      const cell = 3 * (codes[i]! - min)
      histogram[cell]! += 1
      histogram[cell + 1]! += nodeWeights[i]!
      histogram[cell + 2]! += nodeTargets[i]!
    }
    const { weight, total } = this
    const { rowCountMin, weightMin } = limits
    let bound = cut.score + cut.tolerance
    let raised = false
    let count = histogram[0]!
    let w = histogram[1]!
    let t = histogram[2]!
    let low = 0
    for (let cell = 3; cell < cells; cell += 3) {
      const here = histogram[cell]!
      if (here === 0) continue
      if (count >= rowCountMin && n - count >= rowCountMin && w >= weightMin && weight - w >= weightMin) {
        const d = t * weight - total * w
        const score = (d * d) / (w * (weight - w))
        if (score > bound) {
          raised = true
          bound = score + cut.tolerance
          cut.score = score
          cut.low = min + low
          cut.high = min + cell / 3
          cut.missingLeft = false
        }
      }
      count += here
      w += histogram[cell + 1]!
      t += histogram[cell + 2]!
      low = cell / 3
    }
    return raised
  }

  scanOrder(
    codes: Int32Array,
    order: Int32Array,
    n: number,
    presentCount: number,
    limits: LeafLimits,
    cut: Cut,
  ): boolean {
    const raised = this.scanFrom(codes, order, n, n, 0, 0, 0, limits, cut)
    if (presentCount === n) return raised
    let w = 0
    let t = 0
    for (let p = presentCount; p < n; p++) {
      w += this.nodeWeights[order[p]!]!
      t += this.nodeTargets[order[p]!]!
    }
    return this.scanFrom(codes, order, n, presentCount, n - presentCount, w, t, limits, cut) || raised
  }

  /** Cuts along order[0 … end), with `extra` rows of weight w and total t on the left from the start. */
  private scanFrom(
    codes: Int32Array,
    order: Int32Array,
    n: number,
    end: number,
    extra: number,
    w: number,
    t: number,
    { rowCountMin, weightMin }: LeafLimits,
    cut: Cut,
  ): boolean {
    const { weight, total, nodeWeights, nodeTargets } = this
    const { tolerance } = cut
    let bound = cut.score + tolerance
    let bestAt = -1
    const first = Math.max(0, rowCountMin - extra - 1)
    const last = Math.min(end - 1, n - extra - rowCountMin)
    for (let p = 0; p < first && p < last; p++) {
      const i = order[p]!
      w += nodeWeights[i]!
      t += nodeTargets[i]!
    }
    if (first >= last) return false
    let code = codes[order[first]!]!
    for (let p = first; p < last; p++) {
      const i = order[p]!
      const next = codes[order[p + 1]!]!
      w += nodeWeights[i]!
      t += nodeTargets[i]!
      if (next !== code) {
        code = next
        const d = t * weight - total * w
        const right = weight - w
        const score = (d * d) / (w * right)
        if (score > bound && w >= weightMin && right >= weightMin) {
          bound = score + tolerance
          cut.score = score
          bestAt = p
        }
      }
    }
    if (bestAt < 0) return false
    cut.low = codes[order[bestAt]!]!
    cut.high = codes[order[bestAt + 1]!]!
    cut.missingLeft = extra > 0
    return true
  }

  scanOne(codes: Int32Array, n: number, low: number, missingCode: number, limits: LeafLimits, cut: Cut): boolean {
    const { weight, total, nodeWeights, nodeTargets } = this
    let count = 0
    let w = 0
    let t = 0
    for (let i = 0; i < n; i++) {
      const left = isLeft(codes[i]!, low, missingCode)
      count += left
      w += left * nodeWeights[i]!
      t += left * nodeTargets[i]!
    }
    const d = t * weight - total * w
    const score = (d * d) / (w * (weight - w))
    if (count < limits.rowCountMin || n - count < limits.rowCountMin) return false
    if (w < limits.weightMin || weight - w < limits.weightMin) return false
    if (!(score > cut.score + cut.tolerance)) return false
    cut.score = score
    cut.low = low
    cut.missingLeft = missingCode >= 0
    return true
  }

  /** The mean target of each category: the order in which one cut is the best split (Fisher 1958). */
  scoreCategories(codes: Int32Array, n: number, categoryCount: number, scores: Float64Array): void {
    const weights = new Float64Array(categoryCount)
    scores.fill(0, 0, categoryCount)
    for (let i = 0; i < n; i++) {
      weights[codes[i]!]! += this.nodeWeights[i]!
      scores[codes[i]!]! += this.nodeTargets[i]!
    }
    for (let c = 0; c < categoryCount; c++) scores[c] = scores[c]! / weights[c]!
  }

  tally(): boolean {
    return false
  }

  scanTally(): boolean {
    return false
  }

  scoreTally(): boolean {
    return false
  }

  onlyClass(): number {
    return this.classWeights === null || this.impurity > 0 ? -1 : Math.round(this.value)
  }

  leafClasses(): Float64Array | null {
    if (this.classWeights !== null) {
      this.classWeights[0] = this.weight - this.total
      this.classWeights[1] = this.total
    }
    return this.classWeights
  }

  decrease(score: number): number {
    return ((this.classWeights === null ? 1 : 2) * score) / this.weight
  }
}
