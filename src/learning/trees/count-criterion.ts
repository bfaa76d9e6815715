// Gini impurity of classes whose rows weigh whole numbers, as they do in nearly every forest: sums of 32-bit integers.
import type { Criterion, Cut, LeafLimits } from './criterion.ts'
import { firstPrincipalScores } from './principal-order.ts'

/** The weights of a tree's rows must sum to at most this. */
const WEIGHT_SUM_MAX = 2 ** 30
/** Up to this many rows are sorted as bits of one word per code, if the codes are few. */
const FEW_ROWS = 32
const FEW_CODES = 64
/** A code that no row has. */
const NO_CODE = 0x3fffffff
const BASE_MAX = 2 ** 30

/**
 * The same scores as those of ClassCriterion, and the same way to keep them up: with c and C the weights of the classes
 * on the left and in the node, w and W their sums, the score is Σc²/w + Σ(C−c)²/(W−w), where Σ(C−c)² = ΣC² − 2ΣCc + Σc².
 */
export class CountCriterion implements Criterion {
  weight = 0
  impurity = 0
  readonly value = 0
  private readonly classWeights: Float64Array
  /** Classes are numbered anew in each node, in the order in which its rows show them: what a scan touches is short. */
  private classCount = 0
  private readonly totals: Int32Array
  private readonly globalOf: Int32Array
  /** By class: its number in the node plus `base`, if that is not below `base`, which grows with each node. */
  private readonly marks: Int32Array
  private base = 1
  private squares = 0
  private readonly classes: Int32Array
  private readonly rowWeights: Float64Array
  /** Class and weight of each row in one word: the class in the lowest `classBits`. */
  private readonly packed: Int32Array
  /** The same for the rows of the node, with its own numbers for the classes. */
  private readonly nodeRows: Int32Array
  private readonly classBits: number
  private readonly left: Int32Array
  /** Weights per code and class, and rows per code. */
  private histogram = new Int32Array(0)
  private counts = new Int32Array(0)
  /** All 0 between scans. */
  private readonly sets = new Int32Array(FEW_CODES)

  /** rowWeights: by row, read at each `readWeights`; whole numbers that `canCount` accepts. */
  constructor(classes: Int32Array, classCount: number, rowWeights: Float64Array, rowCountMax: number) {
    this.classes = classes
    this.rowWeights = rowWeights
    this.packed = new Int32Array(classes.length)
    this.nodeRows = new Int32Array(rowCountMax)
    this.classBits = bitsOf(classCount)
    this.classWeights = new Float64Array(classCount)
    this.left = new Int32Array(Math.max(2, classCount))
    this.totals = new Int32Array(Math.max(2, classCount))
    this.globalOf = new Int32Array(classCount)
    this.marks = new Int32Array(classCount)
  }

  /** Takes over the weights of the rows of another tree. O(rows). */
  readWeights(): void {
    const { classes, rowWeights, packed, classBits } = this
    for (let row = 0; row < packed.length; row++) packed[row] = (rowWeights[row]! << classBits) | classes[row]!
  }

  load(rows: Int32Array, start: number, n: number, cut: Cut): void {
    if (this.base > BASE_MAX) {
      this.base = 1
      this.marks.fill(0)
    }
    const { packed, nodeRows, classBits, totals, globalOf, marks, base } = this
    const classMask = (1 << classBits) - 1
    let weight = 0
    let classCount = 0
    for (let i = 0; i < n; i++) {
      const both = packed[rows[start + i]!]!
      const k = both & classMask
      const w = both >> classBits
      let local = marks[k]! - base
      if (local < 0) {
        local = classCount++
        marks[k] = base + local
        globalOf[local] = k
        totals[local] = 0
      }
      nodeRows[i] = both - k + local
      totals[local]! += w
      weight += w
    }
    let squares = 0
    for (let k = 0; k < classCount; k++) squares += totals[k]! * totals[k]!
    this.base = base + classCount
    this.classCount = classCount
    this.weight = weight
    this.squares = squares
    this.impurity = classCount === 1 ? 0 : 1 - squares / (weight * weight)
    cut.score = -Infinity
    cut.tolerance = 1e-12 * weight
  }

  onlyClass(): number {
    return this.classCount === 1 ? this.globalOf[0]! : -1
  }

  leafClasses(): Float64Array {
    this.classWeights.fill(0)
    for (let k = 0; k < this.classCount; k++) this.classWeights[this.globalOf[k]!] = this.totals[k]!
    return this.classWeights
  }

  histogramPays(n: number, range: number): boolean {
    return (n <= FEW_ROWS && range <= FEW_CODES) || range * this.classCount <= 3 * n
  }

  scanHistogram(codes: Int32Array, n: number, min: number, max: number, limits: LeafLimits, cut: Cut): boolean {
    if (n <= FEW_ROWS && max - min < FEW_CODES) return this.scanSets(codes, n, min, max, limits, cut)
    const range = max - min + 1
    this.clearTally(range)
    const { histogram, counts, nodeRows, classBits, classCount } = this
    const classMask = (1 << classBits) - 1
    for (let i = 0; i < n; i++) {
      const both = nodeRows[i]!
      histogram[(codes[i]! - min) * classCount + (both & classMask)]! += both >> classBits
    }
    if (limits.rowCountMin > 1) for (let i = 0; i < n; i++) counts[codes[i]! - min]!++
    if (!this.scanCells(n, 0, range - 1, limits, cut)) return false
    cut.low += min
    cut.high += min
    return true
  }

  tally(
    codes: Uint8Array | Uint16Array | Uint32Array,
    offset: number,
    rows: Int32Array,
    start: number,
    n: number,
    range: number,
    extremes: Int32Array,
  ): boolean {
    const { nodeRows, classBits, classCount } = this
    const cellCount = range * classCount
    if (n <= FEW_ROWS || cellCount > n) return false
    this.clearTally(range)
    const { histogram } = this
    addWeights(codes, offset, rows, start, n, nodeRows, classBits, classCount, histogram)
    let first = 0
    let last = cellCount - 1
    while (histogram[first] === 0) first++
    while (histogram[last] === 0) last--
    extremes[0] = Math.floor(first / classCount)
    extremes[1] = Math.floor(last / classCount)
    return true
  }

  private clearTally(range: number): void {
    if (this.counts.length < range) this.counts = new Int32Array(2 * range)
    else this.counts.fill(0, 0, range)
    const cells = range * this.classCount
    if (this.histogram.length < cells) this.histogram = new Int32Array(2 * cells)
    else this.histogram.fill(0, 0, cells)
  }

  scanTally(min: number, max: number, limits: LeafLimits, cut: Cut): boolean {
    return this.scanCells(0, min, max, limits, cut)
  }

  /** Every cut between the codes min … max of the histogram; n and counts are read where limits ask for rows. */
  private scanCells(n: number, min: number, max: number, limits: LeafLimits, cut: Cut): boolean {
    const { histogram, counts, classCount, left, totals, weight, squares } = this
    const { rowCountMin, weightMin } = limits
    for (let k = 0; k < classCount; k++) left[k] = 0
    let bound = cut.score + cut.tolerance
    let raised = false
    let isHighOpen = false
    let count = 0
    let w = 0
    let a = 0
    let b = 0
    for (let code = min; code <= max; code++) {
      const before = w
      const base = code * classCount
      for (let k = 0; k < classCount; k++) {
        const v = histogram[base + k]!
        if (v === 0) continue
        const c = left[k]!
        a += v * (2 * c + v)
        b += v * totals[k]!
        w += v
        left[k] = c + v
      }
      if (w === before) continue
      if (isHighOpen) cut.high = code
      if (code === max) break
      isHighOpen = false
      if (rowCountMin > 1) {
        count += counts[code]!
        if (count < rowCountMin || n - count < rowCountMin) continue
      }
      const right = weight - w
      const score = (a * right + (squares - 2 * b + a) * w) / (w * right)
      if (score > bound && w >= weightMin && right >= weightMin) {
        raised = true
        isHighOpen = true
        bound = score + cut.tolerance
        cut.score = score
        cut.low = code
      }
    }
    if (raised) cut.missingLeft = false
    return raised
  }

  /** Like scanHistogram for few rows and codes: the rows of a code are the bits of one word, and come out in order of code. */
  private scanSets(codes: Int32Array, n: number, min: number, max: number, limits: LeafLimits, cut: Cut): boolean {
    const { sets, classCount, nodeRows, classBits, left, totals, weight, squares } = this
    const classMask = (1 << classBits) - 1
    const range = max - min + 1
    for (let i = 0; i < n; i++) sets[codes[i]! - min]! |= 1 << i
    for (let k = 0; k < classCount; k++) left[k] = 0
    let bound = cut.score + cut.tolerance
    let raised = false
    let count = 0
    let w = 0
    let a = 0
    let b = 0
    let low = 0
    for (let code = 0; code < range; code++) {
      let set = sets[code]!
      if (set === 0) continue
      sets[code] = 0
      if (count >= limits.rowCountMin && n - count >= limits.rowCountMin && count > 0) {
        const right = weight - w
        const score = (a * right + (squares - 2 * b + a) * w) / (w * right)
        if (score > bound && w >= limits.weightMin && right >= limits.weightMin) {
          raised = true
          bound = score + cut.tolerance
          cut.score = score
          cut.low = min + low
          cut.high = min + code
        }
      }
      while (set !== 0) {
        const i = 31 - Math.clz32(set & -set)
        set &= set - 1
        const both = nodeRows[i]!
        const k = both & classMask
        const v = both >> classBits
        const c = left[k]!
        a += v * (2 * c + v)
        b += v * totals[k]!
        w += v
        left[k] = c + v
        count++
      }
      low = code
    }
    if (raised) cut.missingLeft = false
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
    const raised = this.scanFrom(codes, order, n, n, limits, cut)
    return presentCount === n ? raised : this.scanFrom(codes, order, n, presentCount, limits, cut) || raised
  }

  /** Cuts along order[0 … end), with the rows from order[end] on the left from the start. */
  private scanFrom(
    codes: Int32Array,
    order: Int32Array,
    n: number,
    end: number,
    { rowCountMin, weightMin }: LeafLimits,
    cut: Cut,
  ): boolean {
    const { nodeRows, classBits, totals, left, weight, squares, classCount } = this
    const classMask = (1 << classBits) - 1
    for (let k = 0; k < classCount; k++) left[k] = 0
    const extra = n - end
    let bound = cut.score + cut.tolerance
    let best = -1
    let w = 0
    let a = 0
    let b = 0
    // The missing rows first, where they go left, then the others up to the last but one.
    for (let q = -extra; q < end - 1; q++) {
      const p = q < 0 ? n + q : q
      const i = order[p]!
      const both = nodeRows[i]!
      const k = both & classMask
      const v = both >> classBits
      const c = left[k]!
      a += v * (2 * c + v)
      b += v * totals[k]!
      w += v
      left[k] = c + v
      if (q < 0 || codes[order[p + 1]!]! === codes[i]!) continue
      const right = weight - w
      const score = (a * right + (squares - 2 * b + a) * w) / (w * right)
      const count = extra + p + 1
      if (score > bound && count >= rowCountMin && n - count >= rowCountMin && w >= weightMin && right >= weightMin) {
        bound = score + cut.tolerance
        cut.score = score
        best = p
      }
    }
    if (best < 0) return false
    cut.low = codes[order[best]!]!
    cut.high = codes[order[best + 1]!]!
    cut.missingLeft = extra > 0
    return true
  }

  scanOne(codes: Int32Array, n: number, low: number, missingCode: number, limits: LeafLimits, cut: Cut): boolean {
    const count = this.sumLeft(codes, n, low, missingCode < 0 ? NO_CODE : missingCode)
    if (count < limits.rowCountMin || n - count < limits.rowCountMin) return false
    return this.scoreLeft(low, missingCode, limits, cut)
  }

  scoreTally(min: number, low: number, limits: LeafLimits, cut: Cut): boolean {
    const { histogram, classCount, left } = this
    for (let k = 0; k < classCount; k++) left[k] = 0
    for (let code = min; code <= low; code++) {
      const base = code * classCount
      for (let k = 0; k < classCount; k++) left[k]! += histogram[base + k]!
    }
    return this.scoreLeft(low, -1, limits, cut)
  }

  /** Raises the cut if `left`, the weights of the classes there, scores higher. */
  private scoreLeft(low: number, missingCode: number, limits: LeafLimits, cut: Cut): boolean {
    const { left, totals, weight, classCount } = this
    let w = 0
    let a = 0
    let b = 0
    for (let k = 0; k < classCount; k++) {
      const c = left[k]!
      const r = totals[k]! - c
      w += c
      a += c * c
      b += r * r
    }
    const right = weight - w
    if (w < limits.weightMin || right < limits.weightMin) return false
    const score = (a * right + b * w) / (w * right)
    if (!(score > cut.score + cut.tolerance)) return false
    cut.score = score
    cut.low = low
    cut.missingLeft = missingCode >= 0
    return true
  }

  /** Sums the weights of the classes on the left; gives the count of the rows there. */
  private sumLeft(codes: Int32Array, n: number, low: number, missingCode: number): number {
    const { nodeRows, classBits, left, classCount } = this
    const classMask = (1 << classBits) - 1
    let count = 0
    if (classCount === 2) {
      let both = 0
      let second = 0
      for (let i = 0; i < n; i++) {
        const code = codes[i]!
        // All ones on the left, zero on the right: the sides are as good as random, and no branch could be guessed.
        const goes = ((code - low - 1) | ((code ^ missingCode) - 1)) >> 31
        const row = nodeRows[i]! & goes
        const v = row >> classBits
        count -= goes
        both += v
        second += v & -(row & classMask)
      }
      left[0] = both - second
      left[1] = second
      return count
    }
    for (let k = 0; k < classCount; k++) left[k] = 0
    for (let i = 0; i < n; i++) {
      const code = codes[i]!
      const goes = ((code - low - 1) | ((code ^ missingCode) - 1)) >> 31
      const both = nodeRows[i]!
      count -= goes
      left[both & classMask]! += (both >> classBits) & goes
    }
    return count
  }

  /** Two classes: the share of the second, whose order holds the best split. More: a heuristic, see there. */
  scoreCategories(codes: Int32Array, n: number, categoryCount: number, scores: Float64Array): void {
    const { classCount } = this
    const table = new Float64Array(categoryCount * classCount)
    const classMask = (1 << this.classBits) - 1
    for (let i = 0; i < n; i++) {
      const both = this.nodeRows[i]!
      table[codes[i]! * classCount + (both & classMask)]! += both >> this.classBits
    }
    firstPrincipalScores(table, categoryCount, classCount, scores)
  }

  decrease(score: number): number {
    return score - this.squares / this.weight
  }
}

/** A loop by itself, for the reason that split-rows.ts gives. */
function addWeights(
  codes: Uint8Array | Uint16Array | Uint32Array,
  offset: number,
  rows: Int32Array,
  start: number,
  n: number,
  nodeRows: Int32Array,
  classBits: number,
  classCount: number,
  histogram: Int32Array,
): void {
  const classMask = (1 << classBits) - 1
  for (let i = 0; i < n; i++) {
    const both = nodeRows[i]!
    const cell = codes[offset + rows[start + i]!]! * classCount + (both & classMask)
    histogram[cell]! += both >> classBits
  }
}

function bitsOf(classCount: number): number {
  return 32 - Math.clz32(Math.max(1, classCount - 1))
}

/** Whether whole weights up to weightMax, with so large a sum, are small enough to be counted here. */
export function canCount(classCount: number, weightMax: number, weightSum: number): boolean {
  return weightMax < 2 ** (31 - bitsOf(classCount)) && weightSum <= WEIGHT_SUM_MAX
}
