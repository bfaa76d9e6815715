// The logistic loss of two classes and its gradient in WebAssembly: the hot loops of a binary fit, two rows at a time.
import { assembleModule } from '../wasm/assemble-module.ts'
import { expOfNegatives } from '../wasm/exp-code.ts'
import { routine } from '../wasm/routine.ts'
import type { RoutineWriter } from '../wasm/routine-writer.ts'
import { F64, I32, type Local } from '../wasm/values.ts'
import { F64x2, I32x4, sumOfLanes } from '../wasm/vectors.ts'
import { compile } from '../wasm/web-assembly.ts'

/** Addresses; rows are pairs of float64, so what goes up to an end is a multiple of 16 bytes. */
export interface BinaryLossRoutines {
  /** Adds to the scores up to `end` four columns, `stride` bytes apart, times the four float64 at `coefficients`. */
  addColumns(scores: number, end: number, columns: number, stride: number, coefficients: number): void
  /**
   * Makes scores up to `end` residuals, σ(score) − code, the codes int32. Writes pairs of sums to `answer`: residuals,
   * max(score, 0) − code · score, and the product of 1 + e^−|score|, at most 2 a row.
   */
  toResiduals(scores: number, end: number, codes: number, answer: number): void
  /** Adds to the four float64 at `sums` the products of residuals up to `end` with four columns. */
  addProducts(residuals: number, end: number, columns: number, stride: number, sums: number): void
}

const PAIR_BYTES = 16

/** The addresses of the first rows of four columns. */
function fourColumns(w: RoutineWriter, first: Local<I32>, stride: Local<I32>) {
  const second = w.keep(first.plus(stride))
  const third = w.keep(second.plus(stride))
  return [first, second, third, w.keep(third.plus(stride))] as const
}

function moveOn(w: RoutineWriter, columns: readonly Local<I32>[]): void {
  for (const column of columns) w.add(column, PAIR_BYTES)
}

const addColumns = routine(
  'addColumns',
  { scores: I32, end: I32, columns: I32, stride: I32, coefficients: I32 },
  (w, { scores, end, columns, stride, coefficients }) => {
    const four = fourColumns(w, columns, stride)
    const factors = four.map((_, j) => w.keep(F64x2.loadSplat(coefficients, 8 * j)))
    w.each(scores, end, PAIR_BYTES, () => {
      const product = (j: 0 | 1 | 2 | 3): F64x2 => (factors[j] as Local<F64x2>).times(F64x2.load(four[j]))
      const score = F64x2.load(scores).plus(product(0).plus(product(1)))
      w.store(scores, score.plus(product(2).plus(product(3))))
      moveOn(w, four)
    })
  },
)

const toResiduals = routine(
  'toResiduals',
  { scores: I32, end: I32, codes: I32, answer: I32 },
  (w, { scores, end, codes, answer }) => {
    const residualSum = w.declare(F64x2)
    const linearSum = w.declare(F64x2)
    const product = w.keep(F64x2.of(1))
    w.each(scores, end, PAIR_BYTES, () => {
      const x = w.keep(F64x2.load(scores))
      const y = w.keep(I32x4.loadHalf(codes).firstTwoAsF64())
      const decay = w.keep(expOfNegatives(w, x.abs().negated()))
      const factor = w.keep(F64x2.of(1).plus(decay))
      const likelier = w.keep(F64x2.of(1).over(factor))
      w.set(product, product.times(factor))
      w.add(linearSum, x.max(0).minus(y.times(x)))
      const residual = w.keep(likelier.where(x.isAbove(0), decay.times(likelier)).minus(y))
      w.store(scores, residual)
      w.add(residualSum, residual)
      w.add(codes, 8)
    })
    ;[residualSum, linearSum, product].forEach((sum, i) => {
      w.store(answer, sum, 16 * i)
    })
  },
)

const addProducts = routine(
  'addProducts',
  { residuals: I32, end: I32, columns: I32, stride: I32, sums: I32 },
  (w, { residuals, end, columns, stride, sums }) => {
    const four = fourColumns(w, columns, stride)
    const pairs = four.map(() => w.declare(F64x2))
    w.each(residuals, end, PAIR_BYTES, () => {
      const residual = w.keep(F64x2.load(residuals))
      pairs.forEach((pair, j) => {
        w.set(pair, residual.times(F64x2.load(four[j] as Local<I32>)).plus(pair))
      })
      moveOn(w, four)
    })
    pairs.forEach((pair, j) => {
      w.store(sums, F64.load(sums, 8 * j).plus(sumOfLanes(pair)), 8 * j)
    })
  },
)

/** Imports env.memory and exports BinaryLossRoutines. */
export const BINARY_LOSS_MODULE = compile(
  assembleModule({
    memory: { name: 'memory', isShared: false },
    routines: [addColumns, toResiduals, addProducts],
  }),
)
