// A copy of the fitted rows in single precision, and the bound below which none of its rows may be thrown out.
import { compile, instantiate, newSharedMemory, PAGE_BYTES, PAGES_MAX, type WasmMemory } from '../wasm/web-assembly.ts'
import { assembleFilter, BLOCK_ROWS } from './distance-filter-module.ts'
import { distanceOf } from './minkowski.ts'

/**
 * Plain data that threads share. Rows stand in blocks of 16, column by column within a block, as
 * (value − centre of the column) · scale, which lies from −1 to 1; before them, for each row, the number from which
 * its measure starts (see distance-filter-module.ts). The last block is filled up with zeros.
 * Memory: 4 bytes a value. Built in O(rows × columns).
 */
export interface DistanceFilter {
  readonly memory: WasmMemory<SharedArrayBuffer>
  readonly module: object
  /** The middle of most values of a column: far from it digits are lost. */
  readonly centres: Float64Array
  /** A power of two. */
  readonly scale: number
  /** The greatest norm of a row, after centring and scaling. */
  readonly radius: number
  /** The norm in which the module measures: 1 when p is 1, else 2. */
  readonly norm: 1 | 2
}

interface FilterExports {
  readonly scratch: WasmMemory
  scan(rows: number, blockCount: number, query: number, limit: number, found: number): number
}

/** rows: row-major, finite. Null when the copy would need more than the 4 GiB that WebAssembly can address. */
export function buildDistanceFilter(
  rows: Float64Array,
  rowCount: number,
  columnCount: number,
  p: number,
): DistanceFilter | null {
  const blockValues = BLOCK_ROWS * (columnCount + 1)
  const pages = Math.max(1, Math.ceil((Math.ceil(rowCount / BLOCK_ROWS) * blockValues * 4) / PAGE_BYTES))
  if (pages >= PAGES_MAX) return null
  const norm = p === 1 ? 1 : 2
  const { centres, scale } = centreAndScale(rows, columnCount)
  const memory = newSharedMemory(pages)
  const values = new Float32Array(memory.buffer)
  let radius = 0
  for (let i = 0; i < rowCount; i++) {
    let sum = 0
    const start = Math.floor(i / BLOCK_ROWS) * blockValues + (i % BLOCK_ROWS)
    for (let j = 0, k = start + BLOCK_ROWS; j < columnCount; j++, k += BLOCK_ROWS) {
      const value = ((rows[i * columnCount + j] as number) - (centres[j] as number)) * scale
      values[k] = value
      sum += norm === 1 ? Math.abs(value) : value * value
    }
    if (norm === 2) values[start] = (sum / 2) * (1 - errorShare(columnCount))
    if (sum > radius) radius = sum
  }
  const module = compile(assembleFilter(columnCount, norm))
  return { memory, module, centres, scale, radius: norm === 1 ? radius : Math.sqrt(radius), norm }
}

/** The module at work in this thread. */
export function instantiateFilter({ module, memory }: DistanceFilter): FilterExports {
  return instantiate(module, { rows: memory }) as FilterExports
}

/** Writes a query as the filter's rows are written, and returns its norm. */
export function writeQuery(filter: DistanceFilter, queries: Float64Array, from: number, into: Float32Array): number {
  const { centres, scale, norm } = filter
  let sum = 0
  for (let j = 0; j < centres.length; j++) {
    const value = ((queries[from + j] as number) - (centres[j] as number)) * scale
    into[j] = value
    sum += norm === 1 ? Math.abs(value) : value * value
  }
  return norm === 1 ? sum : Math.sqrt(sum)
}

/** Of queries farther from the centre than this, in units of the farthest row, single precision says nothing. */
export const QUERY_NORM_MAX = 1e15

/**
 * The limit for the module so that no row is lost whose reduced distance, as computed in double precision, is at
 * most `reduced`; for queries of a norm up to QUERY_NORM_MAX.
 *
 * Let t be the distance that `reduced` means, after scaling, x a row and q the query. Rounding to single precision
 * moves each by at most u = 2^−24 of its norm. With p above 2, ‖x‖₂ ≤ d^(1/2 − 1/p) ‖x‖p; below, ‖x‖₂ ≤ ‖x‖p.
 *
 * Norm 1: the measure exceeds t by at most u (‖x‖ + ‖q‖), and by d u of itself for its additions.
 *
 * Norm 2: ½‖x − q‖² = ½‖x‖² − x·q + ½‖q‖² is at most ½t² (1 + 2^−20) + 2^−26 (‖x‖² + ‖q‖²) after rounding x and q, by
 * the triangle inequality and (a + b)² ≤ (1 + η) a² + (1 + 1/η) b². Computing ½‖x‖² − x·q in single precision errs by
 * at most (d + 3) u (‖x‖² + ½‖q‖²), fused or not. An errorShare of ½‖x‖² and of ½‖q‖² covers both: the part of x is
 * in the number from which its measure starts, so that rows far out cost only themselves.
 */
export function filterLimit(filter: DistanceFilter, reduced: number, p: number, queryNorm: number): number {
  const d = filter.centres.length
  // What double precision loses: by rounding of the sum, and by powers too small to be held.
  const rounding = 1 + (d + 16) * 2 ** -50 * Math.max(1, 1 / p)
  const t = distanceOf(reduced, p) * rounding + (p === 2 ? Math.sqrt(d) * 2 ** -537 : (d * 2 ** -1074) ** (1 / p))
  const scaled = (p > 2 ? t * d ** (0.5 - 1 / p) : t) * filter.scale
  const vanishing = d * 2 ** -140
  if (filter.norm === 1) {
    return (scaled + 2 ** -23 * (filter.radius + queryNorm)) * (1 + (d + 16) * 2 ** -23) + vanishing
  }
  return (scaled * scaled * (1 + 2 ** -19) - queryNorm * queryNorm * (1 - errorShare(d))) / 2 + vanishing
}

function errorShare(columnCount: number): number {
  return (columnCount + 16) * 2 ** -22
}

const SAMPLE = 501

/** The median of each column, on at most 1,001 rows, and the power of two that brings all values within 1 of it. */
function centreAndScale(rows: Float64Array, columnCount: number): { centres: Float64Array; scale: number } {
  const rowCount = rows.length / columnCount
  const step = Math.max(1, Math.floor(rowCount / SAMPLE))
  const sampled = Math.ceil(rowCount / step)
  const centres = Float64Array.from({ length: columnCount }, (_, j) => {
    const values = Float64Array.from({ length: sampled }, (_, i) => rows[i * step * columnCount + j] as number)
    return values.sort()[sampled >> 1] as number
  })
  let widest = 0
  for (let k = 0; k < rows.length; ) {
    for (let j = 0; j < columnCount; j++, k++) {
      const distance = Math.abs((rows[k] as number) - (centres[j] as number))
      if (distance > widest) widest = distance
    }
  }
  return { centres, scale: powerOfTwoScale(widest) }
}

/** A power of two that brings a size to between 1/2 and 1, nearly; 1 for a size of 0. */
export function powerOfTwoScale(size: number): number {
  if (size === 0) return 1
  return 2 ** -Math.max(-1000, Math.min(1000, Math.ceil(Math.log2(size))))
}
