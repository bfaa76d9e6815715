// What the sample of a logistic Hessian does row by row, in WebAssembly.
import { assembleModule } from '../wasm/assemble-module.ts'
import { expOfNegatives } from '../wasm/exp-code.ts'
import { routine } from '../wasm/routine.ts'
import { F64, I32 } from '../wasm/values.ts'
import { F64x2 } from '../wasm/vectors.ts'
import { compile } from '../wasm/web-assembly.ts'

/** Addresses, and sizes in bytes. */
export interface SampleRoutines {
  /**
   * Writes rows, `size` values each from `source` on, as rows of a block, each times its root: of the rows named by the
   * int32 from `from` to `end`, whose roots are the float64 from `roots` on.
   */
  gatherRows(
    from: number,
    end: number,
    roots: number,
    source: number,
    size: number,
    block: number,
    stride: number,
  ): void
  /** Writes the first rows of a block, up to `end` (8 bytes a row), one behind the other, rowBytes each. */
  scatterRows(block: number, end: number, stride: number, rows: number, rowBytes: number): void
  /**
   * Of rows whose probabilities p lie from `from` to `end`, step bytes apart, and whose float64 weights from `weights`
   * on:
   * lists those whose p (1 − p) is at least `least`, their place (int32) from `rows` and √(weight · p (1 − p)) from
   * `roots`
   * on, and returns how many. Writes Σ weight · p (1 − p) of all of them to `sum`.
   */
  selectRows(
    from: number,
    end: number,
    step: number,
    weights: number,
    rows: number,
    roots: number,
    sum: number,
    least: number,
  ): number
  /** Writes Σ row · point for each of the rows up to `end`, rowBytes each, from `scores` on, step bytes apart. */
  scoreRows(rows: number, end: number, rowBytes: number, point: number, scores: number, step: number): void
  /** Makes the scores up to `end`, a multiple of 16 bytes, 1 ÷ (1 + e^−score). */
  toProbabilities(scores: number, end: number): void
}

const gatherRows = routine(
  'gatherRows',
  { from: I32, end: I32, roots: I32, source: I32, size: I32, block: I32, stride: I32 },
  (w, { from, end, roots, source, size, block, stride }) => {
    const rowBytes = w.keep(size.shiftLeft(3))
    w.each(from, end, 4, () => {
      const value = w.keep(source.plus(I32.load(from).times(rowBytes)))
      const rowEnd = w.keep(value.plus(rowBytes))
      const root = w.keep(F64.load(roots))
      const to = w.keep(block)
      w.each(value, rowEnd, 8, () => {
        w.store(to, F64.load(value).times(root))
        w.add(to, stride)
      })
      w.add(roots, 8)
      w.add(block, 8)
    })
  },
)

const scatterRows = routine(
  'scatterRows',
  { block: I32, end: I32, stride: I32, rows: I32, rowBytes: I32 },
  (w, { block, end, stride, rows, rowBytes }) => {
    w.each(block, end, 8, () => {
      const from = w.keep(block)
      const rowEnd = w.keep(rows.plus(rowBytes))
      w.each(rows, rowEnd, 8, () => {
        w.store(rows, F64.load(from))
        w.add(from, stride)
      })
    })
  },
)

const selectRows = routine(
  'selectRows',
  { from: I32, end: I32, step: I32, weights: I32, rows: I32, roots: I32, sum: I32, least: F64 },
  I32,
  (w, { from, end, step, weights, rows, roots, sum, least }) => {
    const row = w.declare(I32)
    const count = w.declare(I32)
    const total = w.declare(F64)
    w.each(from, end, step, () => {
      const p = w.keep(F64.load(from))
      const curvature = w.keep(p.times(F64.of(1).minus(p)))
      const weighted = w.keep(F64.load(weights).times(curvature))
      w.add(total, weighted)
      w.if(curvature.isBelow(least).isZero(), () => {
        w.store(rows, row)
        w.store(roots, weighted.squareRoot())
        w.add(rows, 4)
        w.add(roots, 8)
        w.add(count, 1)
      })
      w.add(row, 1)
      w.add(weights, 8)
    })
    w.store(sum, total)
    return count
  },
)

const scoreRows = routine(
  'scoreRows',
  { rows: I32, end: I32, rowBytes: I32, point: I32, scores: I32, step: I32 },
  (w, { rows, end, rowBytes, point, scores, step }) => {
    w.while(rows.isBelowUnsigned(end), () => {
      const from = w.keep(point)
      const rowEnd = w.keep(rows.plus(rowBytes))
      const score = w.keep(F64.of(0))
      w.each(rows, rowEnd, 8, () => {
        w.add(score, F64.load(rows).times(F64.load(from)))
        w.add(from, 8)
      })
      w.store(scores, score)
      w.add(scores, step)
    })
  },
)

const toProbabilities = routine('toProbabilities', { scores: I32, end: I32 }, (w, { scores, end }) => {
  w.each(scores, end, 16, () => {
    const x = w.keep(F64x2.load(scores))
    const decay = w.keep(expOfNegatives(w, x.abs().negated()))
    const likelier = w.keep(F64x2.of(1).over(F64x2.of(1).plus(decay)))
    w.store(scores, likelier.where(x.isAbove(0), likelier.times(decay)))
  })
})

/** Imports env.memory and exports SampleRoutines. */
export const SAMPLE_MODULE = compile(
  assembleModule({
    memory: { name: 'memory', isShared: false },
    routines: [gatherRows, scatterRows, selectRows, scoreRows, toProbabilities],
  }),
)
