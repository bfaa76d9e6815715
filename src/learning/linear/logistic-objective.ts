// The penalized mean logistic loss of a design, as a function to minimize that the threads of a team compute together.
import { Breather } from '../breather.ts'
import { turn } from '../fit-context.ts'
import type { TeamMember } from '../parallel/thread-team.ts'
import { BinaryLoss } from './binary-loss.ts'
import type { Objective } from './lbfgs.ts'
import type { LogisticDesign } from './logistic-design.ts'
import { COUPLED_FREE_PRODUCTS, LogisticHessian } from './logistic-hessian.ts'
import { addSoftmaxLoss, CHUNK as SOFTMAX_CHUNK } from './softmax-loss.ts'
import { SparseTerms } from './sparse-terms.ts'

const HARD_FROM = 24
/** A refresh of so many takes about a millisecond. */
const FREE_PRODUCTS = 1e6

/** What all members of the team share; it crosses to other threads. */
export interface SharedLogistic {
  readonly design: LogisticDesign
  /** Of ½ · penalty · coefficient², per feature of the design. */
  readonly penalties: Float64Array
  readonly bandCount: number
  /** 2 × bandCount × sumsLength(design) doubles. */
  readonly sums: SharedArrayBuffer
  /** Rows sampled for the preconditioner; 0 for none. */
  readonly sampleRows: number
  /** blockCount · size² doubles. */
  readonly factors: SharedArrayBuffer
  /** One byte, for the outcome of what only one member does. */
  readonly flags: SharedArrayBuffer
}

/** Runs of variables: one for two classes, else one a class; each holds the coefficients, then the intercept if any. */
export function runCountOf({ classCount }: LogisticDesign): number {
  return classCount === 2 ? 1 : classCount
}

export function runSizeOf({ featureCount, hasIntercept }: LogisticDesign): number {
  return featureCount + (hasIntercept ? 1 : 0)
}

/** Lines that the kernel works on: an even number where there are more than two classes. */
function lineCountOf({ classCount }: LogisticDesign): number {
  return classCount === 2 ? 1 : classCount + (classCount % 2)
}

/** Lines of the dense columns with their bias, the loss, and lines of the sparse ones. */
export function sumsLength(design: LogisticDesign): number {
  return lineCountOf(design) * (design.columns.length + 1 + design.sparse.columnCount) + 1
}

/**
 * Σ weight · loss / Σ weight + ½ Σ penalty · coefficient², as every member of a team computes it: each sums its own
 * bands of rows, and all add up all bands in the same order. So each has the same value, whatever the number of threads,
 * and each runs the same minimizer in step with the others; the barrier in evaluate is where they meet.
 */
export class LogisticObjective implements Objective {
  private readonly shared: SharedLogistic
  private readonly member: TeamMember
  private readonly onIteration: (iteration: number) => void
  private readonly breather: Breather
  private readonly lines: Float64Array
  private readonly ownSums: Float64Array
  private readonly binary: BinaryLoss | undefined
  private readonly sparse: SparseTerms | undefined
  private readonly scratch: Float64Array
  private readonly bandSums: Float64Array
  private readonly hessian: LogisticHessian | undefined
  private readonly flags: Uint8Array
  private parity = 0
  private nextRefresh = 0
  private isFresh = false

  constructor(shared: SharedLogistic, member: TeamMember, onIteration: (iteration: number) => void) {
    const { design } = shared
    this.shared = shared
    this.member = member
    this.onIteration = onIteration
    this.breather = new Breather(member.stop)
    const lineCount = lineCountOf(design)
    this.lines = new Float64Array(lineCount * (design.columns.length + 1))
    // A class that only fills up the last pair has probability 0.
    if (lineCount > runCountOf(design)) this.lines[this.lines.length - 1] = Number.NEGATIVE_INFINITY
    this.ownSums = new Float64Array(sumsLength(design))
    this.sparse = design.sparse.columnCount === 0 ? undefined : new SparseTerms(design.sparse, lineCount)
    this.binary = lineCount === 1 ? new BinaryLoss(design.columns.length) : undefined
    this.scratch = new Float64Array(lineCount === 1 ? 0 : (lineCount + 2) * SOFTMAX_CHUNK)
    this.flags = new Uint8Array(shared.flags)
    this.bandSums = new Float64Array(shared.sums)
    if (shared.sampleRows > 0) {
      this.hessian = new LogisticHessian(design, shared.penalties, shared.sampleRows, new Float64Array(shared.factors))
    }
  }

  evaluate(point: Float64Array, gradient: Float64Array): number {
    const { bandCount } = this.shared
    const length = this.ownSums.length
    this.drawLines(point)
    // Two sets of sums in turn: a thread may still be reading the last set when another starts on the next.
    this.parity = 1 - this.parity
    const base = this.parity * bandCount * length
    for (let band = this.member.index; band < bandCount; band += this.member.count) {
      this.sumBand(band)
      this.bandSums.set(this.ownSums, base + band * length)
    }
    this.member.barrier.wait()
    const total = this.ownSums
    total.set(this.bandSums.subarray(base, base + length))
    for (let band = 1, at = base + length; band < bandCount; band++) {
      for (let i = 0; i < length; i++, at++) total[i] = (total[i] as number) + (this.bandSums[at] as number)
    }
    return this.readTotals(total, point, gradient)
  }

  precondition(vector: Float64Array): void {
    this.hessian?.solve(vector)
  }

  async beforeIteration(iteration: number, point: Float64Array): Promise<void> {
    if (this.member.index === 0) this.onIteration(iteration)
    this.isFresh = false
    if (this.hessian !== undefined && iteration >= this.nextRefresh) {
      await this.refresh(this.hessian, point)
      // One block is cheap, and fresh it is all but Newton's method; many classes pay for theirs with other iterations.
      const usual = this.shared.design.classCount === 2 ? Math.ceil(1.5 * iteration) + 1 : 2 * iteration + 8
      const hard = iteration + Math.max(1, Math.ceil(2 * costOf(this.hessian)))
      this.nextRefresh = this.isHard(iteration, this.hessian) ? Math.min(usual, hard) : usual
    }
    if (this.breather.isTurnDue()) await turn()
  }

  /** A short step of an old preconditioner may be a wrong one, where a problem is hard. */
  async sharpen(iteration: number, point: Float64Array): Promise<boolean> {
    if (this.hessian === undefined || this.isFresh || !this.isHard(iteration, this.hessian)) return false
    await this.refresh(this.hessian, point)
    return true
  }

  /** So many iterations tell of flat directions, as of a weak penalty: then Newton's steps are worth their cost. */
  private isHard(iteration: number, hessian: LogisticHessian): boolean {
    const from = hessian.products <= FREE_PRODUCTS ? HARD_FROM : 3 * HARD_FROM
    return iteration >= from && 4 * costOf(hessian) <= iteration
  }

  /** The work is divided by classes; every member must have left the old factors before, and see the new ones after. */
  private async refresh(hessian: LogisticHessian, point: Float64Array): Promise<void> {
    const { index, count, barrier } = this.member
    this.isFresh = true
    barrier.wait()
    hessian.moveTo(point)
    if (hessian.choosesCoupled()) {
      hessian.coupleClasses(index, count)
      barrier.wait()
      if (index === 0) this.flags[0] = hessian.factorizeCoupled() ? 1 : 0
      barrier.wait()
      if (this.flags[0] === 1) return
      hessian.uncouple()
      barrier.wait()
    }
    for (let k = index; k < runCountOf(this.shared.design); k += count) {
      hessian.refresh(k)
      if (this.breather.isTurnDue()) await turn()
    }
    barrier.wait()
  }

  /** Coefficients and bias on the columns as they are, from variables on standardized ones. */
  private drawLines(point: Float64Array): void {
    const { design } = this.shared
    const { featureCount, denseCount, offsets, scales, hasIntercept } = design
    const lineSize = design.columns.length + 1
    const sparseCount = featureCount - denseCount
    const sparseLines = this.sparse?.coefficients
    const runSize = runSizeOf(design)
    for (let k = 0; k < runCountOf(design); k++) {
      const run = k * runSize
      const line = k * lineSize
      let bias = hasIntercept ? (point[run + featureCount] as number) : 0
      for (let j = 0; j < featureCount; j++) {
        const coefficient = (point[run + j] as number) * (scales[j] as number)
        if (j < denseCount) this.lines[line + j] = coefficient
        else if (sparseLines !== undefined) sparseLines[k * sparseCount + j - denseCount] = coefficient
        bias -= coefficient * (offsets[j] as number)
      }
      this.lines[line + lineSize - 1] = bias
    }
  }

  private sumBand(band: number): void {
    const { design, bandCount } = this.shared
    const { columns, codes, weights, rowCount } = design
    const end = Math.floor(((band + 1) * rowCount) / bandCount)
    const lineCount = lineCountOf(design)
    const { binary, lines, ownSums, scratch, sparse } = this
    const chunk = binary?.rowsMax ?? SOFTMAX_CHUNK
    this.ownSums.fill(0)
    sparse?.sums.fill(0)
    for (let from = Math.floor((band * rowCount) / bandCount); from < end; from += chunk) {
      this.member.stop.throwIfSet()
      const to = Math.min(end, from + chunk)
      if (binary !== undefined) binary.add(columns, codes, weights, lines, from, to, ownSums, sparse)
      else addSoftmaxLoss(columns, codes, weights, lineCount, lines, from, to, ownSums, scratch, sparse)
    }
    if (sparse !== undefined) ownSums.set(sparse.sums, lineCount * (columns.length + 1) + 1)
  }

  private readTotals(total: Float64Array, point: Float64Array, gradient: Float64Array): number {
    const { design, penalties } = this.shared
    const { featureCount, denseCount, offsets, scales, hasIntercept, totalWeight } = design
    const lineSize = design.columns.length + 1
    const runSize = runSizeOf(design)
    const lossAt = lineCountOf(design) * lineSize
    let value = (total[lossAt] as number) / totalWeight
    for (let k = 0; k < runCountOf(design); k++) {
      const run = k * runSize
      const line = k * lineSize
      const residual = total[line + lineSize - 1] as number
      for (let j = 0; j < featureCount; j++) {
        const at = j < denseCount ? line + j : lossAt + 1 + k * (featureCount - denseCount) + j - denseCount
        const product = ((total[at] as number) - (offsets[j] as number) * residual) * (scales[j] as number)
        const pull = (penalties[j] as number) * (point[run + j] as number)
        gradient[run + j] = product / totalWeight + pull
        value += 0.5 * pull * (point[run + j] as number)
      }
      if (hasIntercept) gradient[run + featureCount] = residual / totalWeight
    }
    return value
  }
}

/** Of a refresh, in evaluations of the loss; with few products it counts as cheap, however few the rows are. */
function costOf({ evaluations, products }: LogisticHessian): number {
  return products <= COUPLED_FREE_PRODUCTS ? Math.min(evaluations, 5) : evaluations
}
