// A preconditioner for logistic regression: the diagonal blocks of its Hessian, from a sample of the rows.
import { factorize, solveFactorized } from './cholesky.ts'
import { HESSIAN_SIZE_MAX, type LogisticDesign } from './logistic-design.ts'
import { SampleGram } from './sample-gram.ts'

/** Rows per variable: at this many the sampled block differs from the true one by some per cent. */
const ROWS_PER_VARIABLE = 250
const ROWS_PER_VARIABLE_MIN = 5
/** Products that are always affordable; beyond them the sample may cost about as much as two evaluations. */
const FREE_PRODUCTS = 1e8

/** How many rows to sample; 0 when the blocks would cost more than they save. Depends on the shape of the data alone. */
export function sampleSize({ rowCount, featureCount, hasIntercept, classCount }: LogisticDesign): number {
  const size = featureCount + (hasIntercept ? 1 : 0)
  if (size === 0 || size > HESSIAN_SIZE_MAX) return 0
  const blockCount = classCount === 2 ? 1 : classCount
  const affordable = Math.floor(Math.max((8 * rowCount) / size, FREE_PRODUCTS / (blockCount * size * size)))
  const wanted = Math.max(ROWS_PER_VARIABLE * size, Math.floor(rowCount / (blockCount === 1 ? 40 : 64)))
  const rows = Math.min(rowCount, wanted, affordable)
  return rows >= Math.min(rowCount, ROWS_PER_VARIABLE_MIN * size) ? rows : 0
}

/** Up to this many variables in all, classes may be coupled: one matrix of their square. */
const COUPLED_SIZE_MAX = 1000
/** Classes less likely than this in a row do not couple with others there. */
const COUPLED_FROM = 0.006
/** The same where that is affordable and no row is left out: then it is Newton's method. */
const COUPLED_FROM_EXACT = 1e-9
/** What coupling may cost, in evaluations of the loss: it saves more iterations than that. */
const COUPLED_EVALUATIONS = 30
/** Some milliseconds, which small problems may always take. */
export const COUPLED_FREE_PRODUCTS = 4e6

/** Doubles that the factors of a design take. */
export function factorsLength({ featureCount, hasIntercept, classCount }: LogisticDesign): number {
  const size = featureCount + (hasIntercept ? 1 : 0)
  const blockCount = classCount === 2 ? 1 : classCount
  const isCoupled = blockCount > 1 && blockCount * size <= COUPLED_SIZE_MAX
  return size * size * blockCount * (isCoupled ? blockCount : 1)
}

/**
 * The Hessian over the sampled rows, factorized, in one of two forms. `blocks`: block k is
 * Σ weight · p (1 − p) · x xᵀ / Σ weight + penalties, p the probability of class k; what couples classes is left out,
 * which is right while the classes are about equally likely. `coupled`: with the products −p q of two classes, of those
 * that a row has any doubt about: near the optimum these are few, and then it costs little more.
 * Memory: sample · (size + 1 + classes) doubles here, factorsLength(design) in `factors`, and while coupling a quarter
 * of that.
 */
export class LogisticHessian {
  readonly size: number
  private readonly blockCount: number
  private readonly rowCount: number
  private readonly sample: SampleGram
  private readonly weightSum: number
  private readonly isWhole: boolean
  private readonly penalties: Float64Array
  private readonly factors: Float64Array
  /** What the last refresh cost: in products, and in evaluations of the loss. */
  products = 0
  evaluations = 0
  private readonly evaluationProducts: number
  private isCoupled = false
  private coupledFrom = COUPLED_FROM

  /** factors: factorsLength(design) doubles, where the Cholesky factors go; may be shared between threads. */
  constructor(design: LogisticDesign, penalties: Float64Array, rowCount: number, factors: Float64Array) {
    this.blockCount = design.classCount === 2 ? 1 : design.classCount
    this.sample = new SampleGram(design, rowCount, this.blockCount)
    this.size = this.sample.size
    this.rowCount = rowCount
    this.isWhole = rowCount === design.rowCount
    this.penalties = penalties
    this.factors = factors
    this.weightSum =
      design.weights === undefined ? rowCount : this.sample.weights.reduce((sum, weight) => sum + weight, 0)
    this.evaluationProducts = 2 * design.rowCount * this.size * this.blockCount
  }

  /** Computes every sampled row's probabilities at a point: blockCount runs of size values. O(rows · point). */
  moveTo(point: Float64Array): void {
    this.sample.moveTo(point)
  }

  /** Whether to couple at the point of the last moveTo; if not, every block wants a refresh. O(rows · classes). */
  choosesCoupled(): boolean {
    const { size, blockCount, evaluationProducts } = this
    const variables = blockCount * size
    const factorProducts = variables ** 3 / 6
    this.isCoupled = false
    if (blockCount > 1 && variables <= COUPLED_SIZE_MAX) {
      for (const from of this.isWhole ? [COUPLED_FROM_EXACT, COUPLED_FROM] : [COUPLED_FROM]) {
        const products = this.countPairs(from) * size * size + factorProducts
        if (products > Math.max(COUPLED_EVALUATIONS * evaluationProducts, COUPLED_FREE_PRODUCTS)) continue
        this.isCoupled = true
        this.coupledFrom = from
        this.products = products
        this.evaluations = products / evaluationProducts
        return true
      }
    }
    this.products = (blockCount * size * size * (this.rowCount + size / 3)) / 2
    this.evaluations = this.products / evaluationProducts
    return false
  }

  /** Of classes that a row has any doubt about, over all rows; a class with itself is one. */
  private countPairs(from: number): number {
    const { blockCount } = this
    const { probabilities } = this.sample
    let pairs = 0
    for (let i = 0; i < this.rowCount; i++) {
      let doubts = 0
      for (let k = 0, at = i * blockCount; k < blockCount; k++, at++)
        if ((probabilities[at] as number) >= from) doubts++
      pairs += (doubts * (doubts + 1)) / 2
    }
    return pairs
  }

  /** Sums the rows of the coupled matrix that belong to classes index, index + count, … */
  coupleClasses(index: number, count: number): void {
    const { size, blockCount, factors, penalties } = this
    const { rows, weights, probabilities } = this.sample
    const variables = blockCount * size
    const packedSize = (size * (size + 1)) / 2
    // x xᵀ is the same for every pair of classes but for a factor, and symmetric: half of it, in one run, is enough.
    const product = new Float64Array(packedSize)
    const sums = new Float64Array(((blockCount * (blockCount + 1)) / 2) * packedSize)
    const doubtful = new Int32Array(blockCount)
    const levels = new Float64Array(blockCount)
    for (let i = 0; i < this.rowCount; i++) {
      let doubts = 0
      for (let k = 0, at = i * blockCount; k < blockCount; k++, at++) {
        if ((probabilities[at] as number) >= this.coupledFrom) doubtful[doubts++] = k
      }
      if (doubts < 2) continue
      packOuterProduct(product, rows, i * size, size)
      const weight = (weights[i] as number) / this.weightSum
      for (let a = 0; a < doubts; a++) {
        const k = doubtful[a] as number
        if (k % count !== index) continue
        const p = probabilities[i * blockCount + k] as number
        levels[k] = (levels[k] as number) + weight * p * (1 - p)
        for (let b = 0; b <= a; b++) {
          const l = doubtful[b] as number
          const q = probabilities[i * blockCount + l] as number
          addScaled(sums, ((k * (k + 1)) / 2 + l) * packedSize, product, weight * p * (k === l ? 1 - p : -q))
        }
      }
    }
    for (let k = index; k < blockCount; k += count) {
      for (let l = 0; l <= k; l++) {
        let from = ((k * (k + 1)) / 2 + l) * packedSize
        const at = k * size * variables + l * size
        for (let r = 0; r < size; r++) {
          for (let c = 0; c <= r; c++, from++) {
            factors[at + r * variables + c] = sums[from] as number
            factors[at + c * variables + r] = sums[from] as number
          }
        }
      }
      const ridge =
        Math.max(levels[k] as number, 1e-12) *
        (this.isWhole ? (this.coupledFrom === COUPLED_FROM ? 1e-6 : 1e-10) : 1e-3)
      for (let j = 0; j < size; j++) {
        const at = (k * size + j) * (variables + 1)
        factors[at] = (factors[at] as number) + ridge + (penalties[j] ?? 0)
      }
    }
  }

  /** Factorizes the coupled matrix once all its rows are summed. False, with the matrix spoilt, when it cannot. */
  factorizeCoupled(): boolean {
    return factorize(this.factors, this.blockCount * this.size)
  }

  /** Back to blocks, each of which wants a refresh. */
  uncouple(): void {
    this.isCoupled = false
  }

  /** Makes and factorizes block k at the point of the last moveTo. O(rows · size²), less for rows that are certain. */
  refresh(k: number): void {
    const { size } = this
    const curvatureSum = this.sample.sumCurvature(k)

    // What a sample cannot know, such as a column that is constant in it, must not count as certain.
    const level = Math.max(curvatureSum / this.weightSum, 1e-12)
    let ridge = level * (this.isWhole ? 1e-8 : 1e-3)
    for (let attempt = 0; attempt < 8; attempt++, ridge *= 100) {
      if (this.factorizeBlock(k, ridge)) return
    }
    const at = k * size * size
    this.factors.fill(0, at, at + size * size)
    for (let j = 0; j < size; j++) this.factors[at + j * size + j] = 1
  }

  /** Overwrites v with P⁻¹ v. O(blockCount · size²). */
  solve(v: Float64Array): void {
    const { size } = this
    if (this.isCoupled) solveFactorized(this.factors, size * this.blockCount, v)
    else for (let k = 0; k < this.blockCount; k++) solveFactorized(this.factors, size, v, k * size * size, k * size)
  }

  private factorizeBlock(k: number, ridge: number): boolean {
    const { size, factors, penalties, weightSum } = this
    const { gram, width } = this.sample
    const at = k * size * size
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) factors[at + i * size + j] = (gram[j * width + i] as number) / weightSum
      const diagonal = at + i * size + i
      factors[diagonal] = (factors[diagonal] as number) + ridge + (penalties[i] ?? 0)
    }
    return factorize(factors, size, at)
  }
}

/** The lower triangle of x xᵀ, row after row. */
function packOuterProduct(product: Float64Array, x: Float64Array, xAt: number, size: number): void {
  for (let i = 0, to = 0; i < size; i++) {
    const value = x[xAt + i] as number
    for (let j = 0; j <= i; j++, to++) product[to] = value * (x[xAt + j] as number)
  }
}

function addScaled(sums: Float64Array, at: number, product: Float64Array, factor: number): void {
  for (let i = 0, to = at; i < product.length; i++, to++) {
    sums[to] = (sums[to] as number) + factor * (product[i] as number)
  }
}
