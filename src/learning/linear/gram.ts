// A block of columns, and the sum of such blocks' products with themselves.
import { DataError } from '../errors.ts'
import { instantiate, newMemory, PAGE_BYTES, PAGES_MAX } from '../wasm/web-assembly.ts'
import { GRAM_MODULE, type GramRoutines } from './gram-module.ts'

/** Columns in a block come padded with zeros to a multiple of this, so that the kernels need no remainder loops. */
export const COLUMN_PAD = 4

export function padded(columnCount: number): number {
  return Math.ceil(columnCount / COLUMN_PAD) * COLUMN_PAD
}

/** One thread's block and sum. Memory: 8 · (width · (stride + width) + sourceLength) bytes. */
export class GramBlock {
  /** Column-major: column j is block[j · stride … j · stride + rowCount − 1]. Zeros to start with. */
  readonly block: Float64Array
  /** Row-major width × width; what lies below the diagonal means nothing. Zeros to start with. */
  readonly gram: Float64Array
  readonly stride: number
  readonly width: number
  /** What gatherRows takes rows from. Zeros to start with. */
  readonly source: Float64Array
  /** What gatherRows takes, and the factor of each: room for `stride`. */
  readonly rows: Int32Array
  readonly roots: Float64Array
  private readonly routines: GramRoutines

  /** width: a multiple of COLUMN_PAD above 0; stride: rows that a block has at most, even. Throws DataError beyond 4 GiB. */
  constructor(width: number, stride: number, sourceLength = 0) {
    const doubles = width * (stride + width)
    const pages = Math.ceil((8 * (doubles + sourceLength) + 12 * stride) / PAGE_BYTES)
    if (pages > PAGES_MAX) throw new DataError(`${width} columns are too many: products of each with each exceed 4 GiB`)
    const memory = newMemory(pages)
    this.routines = instantiate(GRAM_MODULE, { memory }) as GramRoutines
    this.stride = stride
    this.width = width
    this.block = new Float64Array(memory.buffer, 0, width * stride)
    this.gram = new Float64Array(memory.buffer, 8 * width * stride, width * width)
    this.source = new Float64Array(memory.buffer, 8 * doubles, sourceLength)
    this.roots = new Float64Array(memory.buffer, 8 * (doubles + sourceLength), stride)
    this.rows = new Int32Array(memory.buffer, 8 * (doubles + sourceLength + stride), stride)
  }

  /** Makes the first rowCount values of column j those from `start` on, less offset, times scale. O(rowCount). */
  fillColumn(j: number, column: Float64Array, start: number, rowCount: number, offset: number, scale: number): void {
    const from = 8 * j * this.stride
    this.block.set(column.subarray(start, start + rowCount), j * this.stride)
    this.routines.standardize(from, from + 8 * evenly(rowCount), offset, scale)
  }

  /** gram += blockᵀ · block, where row i is row rows[i] of `source`, of `size` values, times roots[i]; i < count. */
  addRows(count: number, size: number): void {
    const { block, stride, source, rows, roots, routines } = this
    const from = rows.byteOffset
    const to = block.byteOffset
    routines.gatherRows(from, from + 4 * count, roots.byteOffset, source.byteOffset, size, to, 8 * stride)
    this.add(count)
  }

  /** gram += blockᵀ · block over the first rowCount > 0 rows. O(rowCount · width² / 2). */
  add(rowCount: number): void {
    const { block, stride, width, gram, routines } = this
    // Rows are taken two at a time.
    if (rowCount % 2 === 1) for (let at = rowCount; at < width * stride; at += stride) block[at] = 0
    routines.addGram(block.byteOffset, 8 * stride, 8 * evenly(rowCount), gram.byteOffset, width)
  }
}

function evenly(count: number): number {
  return count + (count % 2)
}
