// Entropy of any number of classes: sums over the weights of classes, kept up row by row.
import type { Criterion, Cut, LeafLimits } from './criterion.ts'
import { isLeft } from './is-left.ts'
import { firstPrincipalScores } from './principal-order.ts'

/** x·log2(x) is looked up for whole weights below this. */
const LOG_TABLE_MAX = 65_536

/**
 * With c and C the weights of the classes on the left and in the node, w and W their sums, the score is
 * Σ f(c) − f(w) + Σ f(C−c) − f(W−w) with f(x) = x·log2 x. Only the terms of one class change when a row moves left. O(1) a row.
 */
export class EntropyCriterion implements Criterion {
  weight = 0
  impurity = 0
  value = 0
  private readonly classWeights: Float64Array
  /** Classes are numbered anew in each node, in the order in which its rows show them: what a scan touches is short. */
  private classCount = 0
  private readonly totals: Float64Array
  private readonly globalOf: Int32Array
  /** By class: its number in the node plus `base`, if that is not below `base`, which grows with each node. */
  private readonly marks: Float64Array
  private base = 1
  private parentScore = 0
  private readonly classes: Int32Array
  private readonly rowWeights: Float64Array
  private readonly nodeClasses: Int32Array
  private readonly nodeWeights: Float64Array
  private readonly left: Float64Array
  private readonly logTable: Float64Array

  constructor(classes: Int32Array, classCount: number, rowWeights: Float64Array, rowCountMax: number) {
    this.classes = classes
    this.rowWeights = rowWeights
    this.nodeClasses = new Int32Array(rowCountMax)
    this.nodeWeights = new Float64Array(rowCountMax)
    this.classWeights = new Float64Array(classCount)
    this.left = new Float64Array(classCount)
    this.totals = new Float64Array(classCount)
    this.globalOf = new Int32Array(classCount)
    this.marks = new Float64Array(classCount)
    this.logTable = new Float64Array(Math.min(LOG_TABLE_MAX, 4 * classes.length + 2))
    for (let x = 2; x < this.logTable.length; x++) this.logTable[x] = x * Math.log2(x)
  }

  load(rows: Int32Array, start: number, n: number, cut: Cut): void {
    const { classes, rowWeights, nodeClasses, nodeWeights, totals, globalOf, marks, base } = this
    let weight = 0
    let classCount = 0
    for (let i = 0; i < n; i++) {
      const row = rows[start + i]!
      const k = classes[row]!
      const w = rowWeights[row]!
      let local = marks[k]! - base
      if (local < 0) {
        local = classCount++
        marks[k] = base + local
        globalOf[local] = k
        totals[local] = 0
      }
      const c = totals[local]!
      nodeClasses[i] = local
      nodeWeights[i] = w
      totals[local] = c + w
      weight += w
    }
    this.base = base + classCount
    this.classCount = classCount
    this.weight = weight
    cut.score = -Infinity
    cut.tolerance = 1e-12 * weight
    if (classCount === 1) {
      this.impurity = 0
    } else {
      let logs = 0
      for (let k = 0; k < classCount; k++) logs += this.xLogX(totals[k]!)
      this.parentScore = logs - this.xLogX(weight)
      this.impurity = -this.parentScore / weight
    }
  }

  onlyClass(): number {
    return this.classCount === 1 ? this.globalOf[0]! : -1
  }

  leafClasses(): Float64Array {
    this.classWeights.fill(0)
    for (let k = 0; k < this.classCount; k++) this.classWeights[this.globalOf[k]!] = this.totals[k]!
    return this.classWeights
  }

  scanOrder(
    codes: Int32Array,
    order: Int32Array,
    n: number,
    presentCount: number,
    limits: LeafLimits,
    cut: Cut,
  ): boolean {
    const raised = this.scanFrom(codes, order, n, n, limits, cut)
    return presentCount === n ? raised : this.scanFrom(codes, order, n, presentCount, limits, cut) || raised
  }

  /** Cuts along order[0 … end), with the rows from order[end] on the left from the start. */
  private scanFrom(
    codes: Int32Array,
    order: Int32Array,
    n: number,
    end: number,
    limits: LeafLimits,
    cut: Cut,
  ): boolean {
    for (let k = 0; k < this.classCount; k++) this.left[k] = 0
    const best = this.findBest(codes, order, n, end, limits, cut)
    if (best < 0) return false
    cut.low = codes[order[best]!]!
    cut.high = codes[order[best + 1]!]!
    cut.missingLeft = end < n
    return true
  }

  private findBest(
    codes: Int32Array,
    order: Int32Array,
    n: number,
    end: number,
    { rowCountMin, weightMin }: LeafLimits,
    cut: Cut,
  ): number {
    const { nodeClasses, nodeWeights, totals, left, weight, classCount } = this
    let w = 0
    let logs = 0
    for (let k = 0; k < classCount; k++) logs += this.xLogX(totals[k]!)
    const extra = n - end
    let best = -1
    // The missing rows first, where they go left, then the others up to the last but one.
    for (let q = -extra; q < end - 1; q++) {
      const p = q < 0 ? n + q : q
      const i = order[p]!
      const k = nodeClasses[i]!
      const v = nodeWeights[i]!
      const c = left[k]!
      const r = totals[k]! - c
      logs += this.xLogX(c + v) - this.xLogX(c) + this.xLogX(r - v) - this.xLogX(r)
      w += v
      left[k] = c + v
      if (q >= 0 && codes[order[p + 1]!]! !== codes[i]!) {
        const right = weight - w
        const score = logs - this.xLogX(w) - this.xLogX(right)
        const count = extra + p + 1
        if (
          score > cut.score + cut.tolerance &&
          count >= rowCountMin &&
          n - count >= rowCountMin &&
          w >= weightMin &&
          right >= weightMin
        ) {
          cut.score = score
          best = p
        }
      }
    }
    return best
  }

  scanOne(codes: Int32Array, n: number, low: number, missingCode: number, limits: LeafLimits, cut: Cut): boolean {
    const { nodeClasses, nodeWeights, left, weight, classCount } = this
    for (let k = 0; k < classCount; k++) left[k] = 0
    let count = 0
    let w = 0
    for (let i = 0; i < n; i++) {
      const goes = isLeft(codes[i]!, low, missingCode)
      const v = goes * nodeWeights[i]!
      count += goes
      w += v
      left[nodeClasses[i]!]! += v
    }
    if (count < limits.rowCountMin || n - count < limits.rowCountMin) return false
    if (w < limits.weightMin || weight - w < limits.weightMin) return false
    const score = this.entropyScore(w)
    if (!(score > cut.score + cut.tolerance)) return false
    cut.score = score
    cut.low = low
    cut.missingLeft = missingCode >= 0
    return true
  }

  /** The score of the classes in `left`, whose weights sum to w. */
  private entropyScore(w: number): number {
    const { left, totals, classCount } = this
    let score = -this.xLogX(w) - this.xLogX(this.weight - w)
    for (let k = 0; k < classCount; k++) score += this.xLogX(left[k]!) + this.xLogX(totals[k]! - left[k]!)
    return score
  }

  private xLogX(x: number): number {
    const whole = x | 0
    if (whole === x && whole < this.logTable.length) return this.logTable[whole]!
    return x > 0 ? x * Math.log2(x) : 0
  }

  /** Two classes: the share of the second, whose order holds the best split. More: a heuristic, see there. */
  scoreCategories(codes: Int32Array, n: number, categoryCount: number, scores: Float64Array): void {
    const { classCount } = this
    const table = new Float64Array(categoryCount * classCount)
    for (let i = 0; i < n; i++) table[codes[i]! * classCount + this.nodeClasses[i]!]! += this.nodeWeights[i]!
    firstPrincipalScores(table, categoryCount, classCount, scores)
  }

  decrease(score: number): number {
    return score - this.parentScore
  }
}
