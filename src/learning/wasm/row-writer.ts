// Columns made rows in a memory of WebAssembly.
import { assembleModule } from './assemble-module.ts'
import { routine } from './routine.ts'
import { F64, I32 } from './values.ts'
import { compile, instantiate, PAGE_BYTES, type WasmMemory } from './web-assembly.ts'

/** Bytes of columns that are brought to the routine at a time. */
const SCRATCH_BYTES = 2 ** 18

export class RowWriter {
  private readonly scratch: WasmMemory
  private readonly routines: RowWriterRoutines

  /** Memory beside `memory`: 256 kB, or one row. */
  constructor(memory: WasmMemory<SharedArrayBuffer>) {
    const exports = instantiate(MODULE, { rows: memory }) as RowWriterRoutines & { scratch: WasmMemory }
    this.routines = exports
    this.scratch = exports.scratch
  }

  /** Writes rows [start, end) of the columns, times scale, one behind the other from byte `at` on. O(rows × columns). */
  write(columns: readonly Float64Array[], start: number, end: number, scale: number, at: number): void {
    const rowBytes = 8 * columns.length
    const chunkRows = Math.max(1, Math.min(end - start, Math.floor(SCRATCH_BYTES / rowBytes)))
    const missing = chunkRows * rowBytes - this.scratch.buffer.byteLength
    if (missing > 0) this.scratch.grow(Math.ceil(missing / PAGE_BYTES))
    const chunk = new Float64Array(this.scratch.buffer)
    for (let from = start; from < end; from += chunkRows) {
      const to = Math.min(from + chunkRows, end)
      for (let j = 0; j < columns.length; j++) {
        chunk.set((columns[j] as Float64Array).subarray(from, to), j * chunkRows)
      }
      this.routines.toRows(0, 8 * (to - from), 8 * chunkRows, at + (from - start) * rowBytes, rowBytes, scale)
    }
  }
}

interface RowWriterRoutines {
  /**
   * Writes columns in scratch, `stride` apart, from row `from` to `end` (8 bytes a row), as rows of rowBytes, times
   * scale.
   */
  toRows(from: number, end: number, stride: number, rows: number, rowBytes: number, scale: number): void
}

/** The memory of what is not shared. */
const SCRATCH = 1

const toRows = routine(
  'toRows',
  { from: I32, end: I32, stride: I32, rows: I32, rowBytes: I32, scale: F64 },
  (w, { from, end, stride, rows, rowBytes, scale }) => {
    w.each(from, end, 8, () => {
      const column = w.keep(from)
      const rowEnd = w.keep(rows.plus(rowBytes))
      w.each(rows, rowEnd, 8, () => {
        w.store(rows, F64.load(column, 0, SCRATCH).times(scale))
        w.add(column, stride)
      })
    })
  },
)

const MODULE = compile(
  assembleModule({ memory: { name: 'rows', isShared: true }, ownMemory: 'scratch', routines: [toRows] }),
)
