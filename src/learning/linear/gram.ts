// A block of columns, and the sum of such blocks' products with themselves.

import { DataError } from '../errors.ts'
import { evenly } from '../even-count.ts'
import { instantiate, newMemory, PAGE_BYTES, PAGES_MAX, type WasmMemory } from '../wasm/web-assembly.ts'
import { GRAM_MODULE, type GramRoutines } from './gram-module.ts'

/** Columns in a block come padded with zeros to a multiple of this, so that the kernels need no remainder loops. */
export const COLUMN_PAD = 4

export function padded(columnCount: number): number {
  return Math.ceil(columnCount / COLUMN_PAD) * COLUMN_PAD
}

/** One thread's block and sum. Memory: 8 · (width · (stride + width) + extra) bytes. */
export class GramBlock {
  /** Column-major: column j is block[j · stride … j · stride + rowCount − 1]. Zeros to start with. */
  readonly block: Float64Array
  /** Row-major width × width; what lies below the diagonal means nothing. Zeros to start with. */
  readonly gram: Float64Array
  readonly stride: number
  readonly width: number
  protected readonly memory: WasmMemory
  /** Room in the same memory for whoever extends this. */
  protected readonly extra: Float64Array
  private readonly routines: GramRoutines

  /**
   * width: a multiple of COLUMN_PAD above 0; stride: rows that a block has at most, even. Throws DataError beyond 4
   * GiB.
   */
  constructor(width: number, stride: number, extra = 0) {
    const length = width * (stride + width)
    const pages = Math.ceil((8 * (length + extra)) / PAGE_BYTES)
    if (pages > PAGES_MAX) throw new DataError(`${width} columns are too many: products of each with each exceed 4 GiB`)
    const memory = newMemory(pages)
    this.memory = memory
    this.routines = instantiate(GRAM_MODULE, { memory }) as GramRoutines
    this.stride = stride
    this.width = width
    this.block = new Float64Array(memory.buffer, 0, width * stride)
    this.gram = new Float64Array(memory.buffer, 8 * width * stride, width * width)
    this.extra = new Float64Array(memory.buffer, 8 * length, extra)
  }

  /** Makes the first rowCount values of column j those from `start` on, less offset, times scale. O(rowCount). */
  fillColumn(j: number, column: Float64Array, start: number, rowCount: number, offset: number, scale: number): void {
    const from = 8 * j * this.stride
    this.block.set(column.subarray(start, start + rowCount), j * this.stride)
    this.routines.standardize(from, from + 8 * evenly(rowCount), offset, scale)
  }

  /** gram += blockᵀ · block over the first rowCount > 0 rows. O(rowCount · width² / 2). */
  add(rowCount: number): void {
    const { block, stride, width, gram, routines } = this
    // Rows are taken two at a time.
    if (rowCount % 2 === 1) for (let at = rowCount; at < width * stride; at += stride) block[at] = 0
    routines.addGram(block.byteOffset, 8 * stride, 8 * evenly(rowCount), gram.byteOffset, width)
  }
}
