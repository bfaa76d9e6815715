// The product of a block of columns with itself in WebAssembly: the hot loop of least squares, lasso and the logistic
// Hessian.
import { assembleModule } from '../wasm/assemble-module.ts'
import { routine } from '../wasm/routine.ts'
import { F64, I32, type Local } from '../wasm/values.ts'
import { F64x2, sumOfLanes } from '../wasm/vectors.ts'
import { compile } from '../wasm/web-assembly.ts'

/** Addresses, and sizes in bytes. */
export interface GramRoutines {
  /** Values from `from` to `end`, a multiple of 16 bytes, become (value − offset) · scale. */
  standardize(from: number, end: number, offset: number, scale: number): void
  /**
   * gram += blockᵀ · block, on and above the diagonal, and within the tiles of 2 × 4 that it crosses. Columns of the
   * block
   * lie `stride` apart, of which rowBytes, a multiple of 16 above 0, count; `width` of them, a multiple of 4 above 0.
   */
  addGram(block: number, stride: number, rowBytes: number, gram: number, width: number): void
}

const standardize = routine(
  'standardize',
  { from: I32, end: I32, offset: F64, scale: F64 },
  (w, { from, end, offset, scale }) => {
    w.each(from, end, 16, () => {
      w.store(from, F64x2.load(from).minus(F64x2.splat(offset)).times(F64x2.splat(scale)))
    })
  },
)

/** Tiles of 2 × 4 sums stay in registers: 6 loads for 8 products. */
const addGram = routine(
  'addGram',
  { block: I32, stride: I32, rowBytes: I32, gram: I32, width: I32 },
  (w, { block, stride, rowBytes, gram, width }) => {
    const [i, j, row, out] = [w.declare(I32), w.declare(I32), w.declare(I32), w.declare(I32)]
    const sums = [0, 1].map(() => [0, 1, 2, 3].map(() => w.declare(F64x2)))
    const columns = (first: Local<I32>, count: 2 | 4): Local<I32>[] => {
      const addresses = [w.keep(block.plus(first.times(stride)))]
      while (addresses.length < count) addresses.push(w.keep((addresses.at(-1) as Local<I32>).plus(stride)))
      return addresses
    }
    /** Adds the products of two columns with four to gram; `out` is the address of the first. */
    const addTile = (lefts: readonly Local<I32>[], rights: readonly Local<I32>[]): void => {
      for (const sum of sums.flat()) w.set(sum, 0)
      w.set(row, 0)
      w.repeat(() => {
        const pairs = lefts.map((left) => w.keep(F64x2.load(left.plus(row))))
        rights.forEach((right, b) => {
          const value = w.keep(F64x2.load(right.plus(row)))
          pairs.forEach((pair, a) => {
            w.add((sums[a] as Local<F64x2>[])[b] as Local<F64x2>, pair.times(value))
          })
        })
        w.add(row, 16)
        return row.isBelowUnsigned(rowBytes)
      })
      sums.forEach((sumsOfRow, a) => {
        sumsOfRow.forEach((sum, b) => {
          w.store(out, F64.load(out, 8 * b).plus(sumOfLanes(sum)), 8 * b)
        })
        const gramRow = width.shiftLeft(3)
        w.set(out, a === 0 ? out.plus(gramRow) : out.minus(gramRow))
      })
    }
    w.each(i, width, 2, () => {
      const lefts = columns(i, 2)
      w.set(j, i.and(-4))
      w.set(out, j.plus(i.times(width)).shiftLeft(3).plus(gram))
      w.each(j, width, 4, () => {
        addTile(lefts, columns(j, 4))
        w.add(out, 32)
      })
    })
  },
)

/** Imports env.memory and exports GramRoutines. */
export const GRAM_MODULE = compile(
  assembleModule({ memory: { name: 'memory', isShared: false }, routines: [standardize, addGram] }),
)
