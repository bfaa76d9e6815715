// The loops over all fitted rows that make an index of them, in WebAssembly: a fit is over before JavaScript would be
// compiled, and warm it takes two to four times as long.
import { assembleModule } from '../wasm/assemble-module.ts'
import { routine } from '../wasm/routine.ts'
import type { RoutineWriter } from '../wasm/routine-writer.ts'
import { F64, I32, type Local } from '../wasm/values.ts'
import { compile } from '../wasm/web-assembly.ts'
import { BLOCK_ROWS } from './distance-filter-module.ts'

/** Memory 0, shared, holds rows and blocks; memory 1, `scratch`, is the module's own. Addresses, and sizes in bytes. */
export interface RowBuilderRoutines {
  /** The greatest |value − centre| of its column; the centres lie in scratch. */
  widest(rows: number, end: number, rowBytes: number, centres: number): number
  /**
   * Writes the blocks of a distance filter, of blockBytes each. isNorm1: 0 or 1. A row's first number is `part` of its
   * norm, |value| or value² summed; returns the greatest norm.
   */
  buildBlocks(
    rows: number,
    end: number,
    rowBytes: number,
    centres: number,
    blocks: number,
    blockBytes: number,
    isNorm1: number,
    scale: number,
    part: number,
  ): number
}

const SCRATCH = 1

/** Goes over the values of the row at `rows`, which moves on to the next; body: given value − centre. */
function eachCentred(
  w: RoutineWriter,
  rows: Local<I32>,
  rowBytes: Local<I32>,
  centres: Local<I32>,
  body: (centred: F64) => void,
): void {
  const rowEnd = w.keep(rows.plus(rowBytes))
  const centre = w.keep(centres)
  w.each(rows, rowEnd, 8, () => {
    body(F64.load(rows).minus(F64.load(centre, 0, SCRATCH)))
    w.add(centre, 8)
  })
}

const ROWS = { rows: I32, end: I32, rowBytes: I32, centres: I32 } as const

const widest = routine('widest', ROWS, F64, (w, { rows, end, rowBytes, centres }) => {
  const found = w.declare(F64)
  w.while(rows.isBelowUnsigned(end), () => {
    eachCentred(w, rows, rowBytes, centres, (centred) => w.set(found, centred.abs().max(found)))
  })
  return found
})

const buildBlocks = routine(
  'buildBlocks',
  { ...ROWS, blocks: I32, blockBytes: I32, isNorm1: I32, scale: F64, part: F64 },
  F64,
  (w, { rows, end, rowBytes, centres, blocks, blockBytes, isNorm1, scale, part }) => {
    const rowInBlock = w.declare(I32)
    const greatest = w.declare(F64)
    w.while(rows.isBelowUnsigned(end), () => {
      const first = w.keep(blocks.plus(rowInBlock))
      const to = w.keep(first)
      const sum = w.keep(F64.of(0))
      eachCentred(w, rows, rowBytes, centres, (centred) => {
        const value = w.keep(centred.times(scale))
        w.add(to, 4 * BLOCK_ROWS)
        w.store(to, value.demoted())
        w.add(sum, value.abs().where(isNorm1, value.times(value)))
      })
      w.set(greatest, greatest.max(sum))
      w.store(first, sum.times(part).demoted())
      w.add(rowInBlock, 4)
      w.if(rowInBlock.equals(4 * BLOCK_ROWS), () => {
        w.set(rowInBlock, 0)
        w.add(blocks, blockBytes)
      })
    })
    return greatest
  },
)

/** Imports env.rows (shared) and exports `scratch` and RowBuilderRoutines. */
export const ROW_BUILDER_MODULE = compile(
  assembleModule({
    memory: { name: 'rows', isShared: true },
    ownMemory: 'scratch',
    routines: [widest, buildBlocks],
  }),
)
