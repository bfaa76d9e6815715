// Columns made rows in a memory of WebAssembly.
import { assembleModule, type Routine } from './assemble-module.ts'
import { advance, F64, f64, get, I32, i32, load, set, store, whileBelow } from './instructions.ts'
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

const TO_ROWS = ((): Routine => {
  const [FROM, ROWS_END, STRIDE, ROW, ROW_BYTES, SCALE, COLUMN, VALUE_END] = [0, 1, 2, 3, 4, 5, 6, 7]
  return {
    name: 'toRows',
    parameters: [I32, I32, I32, I32, I32, F64],
    results: [],
    locals: [[2, I32]],
    code: whileBelow(
      FROM,
      ROWS_END,
      [...get(FROM), ...set(COLUMN), ...get(ROW), ...get(ROW_BYTES), i32.add, ...set(VALUE_END)],
      whileBelow(
        ROW,
        VALUE_END,
        [...get(ROW), ...get(COLUMN), ...load.f64(0, SCRATCH), ...get(SCALE), f64.mul, ...store.f64()],
        [...get(COLUMN), ...get(STRIDE), i32.add, ...set(COLUMN), ...advance(ROW, 8)],
      ),
      advance(FROM, 8),
    ),
  }
})()

const MODULE = compile(
  assembleModule({ memory: { name: 'rows', isShared: true }, ownMemory: 'scratch', routines: [TO_ROWS] }),
)
