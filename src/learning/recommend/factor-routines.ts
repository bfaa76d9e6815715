// The loops of alternating least squares and of its scores, in WebAssembly: four float32 an instruction.
import { routine } from '../wasm/routine.ts'
import type { RoutineWriter } from '../wasm/routine-writer.ts'
import { type AnyRoutine, F32, F64, I32, type Local } from '../wasm/values.ts'
import { F32x4 } from '../wasm/vectors.ts'

/** Vectors of four float32 that a product with the Gram matrix holds at once: more do not fit the registers. */
const BLOCK_VECTORS = 8
/** Squared residuals from which a system counts as solved, as in `implicit`. */
const RESIDUAL_MIN = 1e-20
/** Rows whose Gram matrix is summed together; tables have a multiple of them. */
export const GRAM_ROWS = 4

/** Addresses, unless said otherwise. */
export interface SolverFunctions {
  /** Adds Σ y · yᵀ over the rows from `rows` to `end`, whole groups of GRAM_ROWS, to the upper triangle of `out`, in whole vectors. */
  addGram(rows: number, end: number, out: number): void
  /**
   * Does `steps` steps of conjugate gradients, from where `solved` stands, for each entry whose list begins at `starts`, up to
   * `end`. others and weights: int32 and float32, of all lists. scratch: three rows. An entry without a list becomes 0.
   */
  solveRows(
    starts: number,
    end: number,
    others: number,
    weights: number,
    solved: number,
    table: number,
    gram: number,
    scratch: number,
    steps: number,
  ): void
}

export interface ScoreFunctions {
  /** Writes the product of the row at `vector` with each row from `rows` to `end`, float32, to `out`. */
  scoreRows(vector: number, rows: number, end: number, out: number): void
}

/** stride: float32 of a row, a multiple of 4. */
export function solverRoutines(stride: number): readonly AnyRoutine[] {
  const rowBytes = 4 * stride
  const dot = dotRoutine(stride)

  /** out = gram · vector, times `sign`. */
  const multiply = routine(
    'multiply',
    { gram: I32, vector: I32, out: I32, sign: F32 },
    (w, { gram, vector, out, sign }) => {
      const end = w.keep(vector.plus(rowBytes))
      for (let first = 0; first < rowBytes; first += 16 * BLOCK_VECTORS) {
        const offsets = offsetsOf(first, Math.min(rowBytes, first + 16 * BLOCK_VECTORS))
        const sums = offsets.map(() => w.keep(F32x4.of(0)))
        const row = w.keep(gram)
        const at = w.keep(vector)
        w.each(at, end, 4, () => {
          const factor = w.keep(F32x4.loadSplat(at))
          for (const [k, offset] of offsets.entries()) {
            w.add(sums[k] as Local<F32x4>, F32x4.load(row, offset).times(factor))
          }
          w.add(row, rowBytes)
        })
        for (const [k, offset] of offsets.entries()) {
          w.store(out, (sums[k] as Local<F32x4>).times(F32x4.splat(sign)), offset)
        }
      }
    },
  )

  /** out += (base · (1 + a) + sign · a · (y · vector)) · y for each entry of a list, whose weight is a and whose row is y. */
  const addEntries = routine(
    'addEntries',
    { ...{ vector: I32, out: I32, others: I32, end: I32, weights: I32, table: I32 }, base: F32, sign: F32 },
    (w, { vector, out, others, end, weights, table, base, sign }) => {
      w.each(others, end, 4, () => {
        const row = w.keep(table.plus(I32.load(others).times(rowBytes)))
        const weight = w.keep(F32.load(weights))
        const product = dot.of({ a: row, b: vector }).demoted()
        const factor = weight.plus(1).times(base).plus(weight.times(sign).times(product))
        const spread = w.keep(F32x4.splat(factor))
        for (const offset of offsetsOf(0, rowBytes)) {
          w.store(out, F32x4.load(out, offset).plus(F32x4.load(row, offset).times(spread)), offset)
        }
        w.add(weights, 4)
      })
    },
  )

  const solveRows = routine(
    'solveRows',
    {
      ...{ starts: I32, end: I32, others: I32, weights: I32, solved: I32, table: I32 },
      ...{ gram: I32, scratch: I32, steps: I32 },
    },
    (w, { starts, end, others, weights, solved, table, gram, scratch, steps }) => {
      const residual = scratch
      const direction = w.keep(scratch.plus(rowBytes))
      const product = w.keep(scratch.plus(2 * rowBytes))
      w.each(starts, end, 4, () => {
        const first = w.keep(I32.load(starts).shiftLeft(2))
        const last = w.keep(I32.load(starts, 4).shiftLeft(2))
        const list = () => ({ others: others.plus(first), end: others.plus(last), weights: weights.plus(first), table })
        w.if(
          first.equals(last),
          () => w.fill(solved, 0, rowBytes),
          () => {
            w.call(multiply, { gram, vector: solved, out: residual, sign: F32.of(-1) })
            w.call(addEntries, { ...list(), vector: solved, out: residual, base: F32.of(1), sign: F32.of(-1) })
            w.copy(direction, residual, I32.of(rowBytes))
            const squared = w.keep(dot.of({ a: residual, b: residual }))
            const step = w.declare(I32)
            w.count(step, 0, steps, (out) => {
              w.branch(out, squared.isBelow(RESIDUAL_MIN))
              w.call(multiply, { gram, vector: direction, out: product, sign: F32.of(1) })
              w.call(addEntries, { ...list(), vector: direction, out: product, base: F32.of(0), sign: F32.of(1) })
              const length = w.keep(squared.over(dot.of({ a: direction, b: product })).demoted())
              const spread = w.keep(F32x4.splat(length))
              for (const offset of offsetsOf(0, rowBytes)) {
                const moved = F32x4.load(direction, offset).times(spread)
                w.store(solved, F32x4.load(solved, offset).plus(moved), offset)
                const left = F32x4.load(product, offset).times(spread)
                w.store(residual, F32x4.load(residual, offset).minus(left), offset)
              }
              const next = w.keep(dot.of({ a: residual, b: residual }))
              const share = w.keep(F32x4.splat(next.over(squared).demoted()))
              for (const offset of offsetsOf(0, rowBytes)) {
                const kept = F32x4.load(direction, offset).times(share)
                w.store(direction, F32x4.load(residual, offset).plus(kept), offset)
              }
              w.set(squared, next)
            })
          },
        )
        w.add(solved, rowBytes)
      })
    },
  )

  const addGram = routine('addGram', { rows: I32, end: I32, out: I32 }, (w, { rows, end, out }) => {
    w.each(rows, end, GRAM_ROWS * rowBytes, () => {
      const line = w.keep(out)
      const i = w.declare(I32)
      w.count(
        i,
        0,
        I32.of(rowBytes),
        () => {
          const own = w.keep(rows.plus(i))
          const factors = rowsOfGroup(rowBytes).map((offset) => w.keep(F32x4.loadSplat(own, offset)))
          const from = w.keep(i.and(-16))
          const at = w.keep(line.plus(from))
          const stop = w.keep(line.plus(rowBytes))
          const row = w.keep(rows.plus(from))
          w.each(at, stop, 16, () => {
            let sum: F32x4 = F32x4.load(at)
            for (const [k, offset] of rowsOfGroup(rowBytes).entries()) {
              sum = sum.plus(F32x4.load(row, offset).times(factors[k] as F32x4))
            }
            w.store(at, sum)
            w.add(row, 16)
          })
          w.add(line, rowBytes)
        },
        4,
      )
    })
  })
  return [addGram, solveRows]
}

/** stride: float32 of a row, a multiple of 4. */
export function scoreRoutine(stride: number): AnyRoutine {
  const dot = dotRoutine(stride)
  return routine('scoreRows', { vector: I32, rows: I32, end: I32, out: I32 }, (w, { vector, rows, end, out }) => {
    w.each(rows, end, 4 * stride, () => {
      w.store(out, dot.of({ a: rows, b: vector }).demoted())
      w.add(out, 4)
    })
  })
}

/** The product of two rows: four sums of vectors, and their lanes in float64. */
function dotRoutine(stride: number) {
  return routine('dot', { a: I32, b: I32 }, F64, (w: RoutineWriter, { a, b }) => {
    const offsets = offsetsOf(0, 4 * stride)
    const sums = offsets.slice(0, 4).map((offset) => w.keep(F32x4.load(a, offset).times(F32x4.load(b, offset))))
    for (const [k, offset] of offsets.slice(4).entries()) {
      w.add(sums[k % 4] as Local<F32x4>, F32x4.load(a, offset).times(F32x4.load(b, offset)))
    }
    let sum: F32x4 = sums[0] as F32x4
    for (const other of sums.slice(1)) sum = sum.plus(other)
    const lanes = w.keep(sum)
    const [first, second, third, fourth] = ([0, 1, 2, 3] as const).map((lane) => lanes.lane(lane).promoted())
    return (first as F64).plus(second as F64).plus((third as F64).plus(fourth as F64))
  })
}

/** Of each vector of a row between two bytes of it. */
function offsetsOf(start: number, end: number): number[] {
  return Array.from({ length: (end - start) / 16 }, (_, k) => start + 16 * k)
}

function rowsOfGroup(rowBytes: number): number[] {
  return Array.from({ length: GRAM_ROWS }, (_, k) => k * rowBytes)
}
