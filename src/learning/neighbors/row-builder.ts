// Rows and their distance filter in one memory, built by WebAssembly.
import { RowWriter } from '../wasm/row-writer.ts'
import { instantiate, newSharedMemory, PAGE_BYTES, PAGES_MAX, type WasmMemory } from '../wasm/web-assembly.ts'
import { BLOCK_ROWS } from './distance-filter-module.ts'
import { ROW_BUILDER_MODULE, type RowBuilderRoutines } from './row-builder-module.ts'

export class RowBuilder {
  readonly memory: WasmMemory<SharedArrayBuffer>
  /** Row-major; zeros to start with. */
  readonly rows: Float64Array
  private readonly columnCount: number
  private readonly scratch: WasmMemory
  private readonly routines: RowBuilderRoutines
  private readonly writer: RowWriter

  private constructor(rowCount: number, columnCount: number, pages: number) {
    this.columnCount = columnCount
    this.memory = newSharedMemory(pages)
    const rowsAt = blockBytesOf(columnCount) * Math.ceil(rowCount / BLOCK_ROWS)
    this.rows = new Float64Array(this.memory.buffer, rowsAt, rowCount * columnCount)
    const exports = instantiate(ROW_BUILDER_MODULE, { rows: this.memory }) as RowBuilderRoutines & {
      scratch: WasmMemory
    }
    this.routines = exports
    this.scratch = exports.scratch
    this.writer = new RowWriter(this.memory)
  }

  /** Null when rows and filter, 12 bytes a value, would need more than the 4 GiB that WebAssembly can address. */
  static make(rowCount: number, columnCount: number): RowBuilder | null {
    const bytes = blockBytesOf(columnCount) * Math.ceil(rowCount / BLOCK_ROWS) + 8 * rowCount * columnCount
    const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES))
    return pages < PAGES_MAX ? new RowBuilder(rowCount, columnCount, pages) : null
  }

  /** Makes the rows [start, end) those of the columns times scale. */
  fillRows(columns: readonly Float64Array[], start: number, end: number, scale: number): void {
    this.writer.write(columns, start, end, scale, this.rows.byteOffset + 8 * start * this.columnCount)
  }

  /** The greatest |value − centre of its column| of all rows. */
  widest(centres: Float64Array): number {
    new Float64Array(this.reserve(centres.byteLength)).set(centres)
    return this.routines.widest(this.rows.byteOffset, this.rowsEnd, 8 * this.columnCount, 0)
  }

  /** Writes the blocks of distance-filter.ts; part: of a row's norm, in its first number. Returns the greatest norm. */
  buildBlocks(centres: Float64Array, norm: 1 | 2, scale: number, part: number): number {
    const { columnCount, rows, rowsEnd } = this
    new Float64Array(this.reserve(centres.byteLength)).set(centres)
    const blockBytes = blockBytesOf(columnCount)
    const isNorm1 = norm === 1 ? 1 : 0
    return this.routines.buildBlocks(rows.byteOffset, rowsEnd, 8 * columnCount, 0, 0, blockBytes, isNorm1, scale, part)
  }

  private get rowsEnd(): number {
    return this.rows.byteOffset + this.rows.byteLength
  }

  private reserve(bytes: number): ArrayBuffer {
    const { buffer } = this.scratch
    if (buffer.byteLength < bytes) this.scratch.grow(Math.ceil((bytes - buffer.byteLength) / PAGE_BYTES))
    return this.scratch.buffer
  }
}

/** A number and columnCount values, in float32, for each row of a block. */
export function blockBytesOf(columnCount: number): number {
  return 4 * BLOCK_ROWS * (columnCount + 1)
}
