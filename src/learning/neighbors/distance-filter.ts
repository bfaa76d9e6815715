// A copy of the fitted rows in single precision, and the bound below which none of its rows may be thrown out.

import { powerOfTwoScale } from '../power-of-two-scale.ts'
import { assembleModule } from '../wasm/assemble-module.ts'
import { compile, instantiate, type WasmMemory } from '../wasm/web-assembly.ts'
import { scanRoutine } from './distance-filter-module.ts'
import { distanceOf, isByPowers } from './minkowski.ts'
import type { RowBuilder } from './row-builder.ts'
import { assembleSearch } from './search-module.ts'

/**
 * Plain data that threads share. Rows stand in blocks of 16, column by column within a block, as
 * (value − centre of the column) · scale, which lies from −1 to 1; before them, for each row, the number from which
 * its measure starts (see distance-filter-module.ts). The last block is filled up with zeros.
 * Memory: 4 bytes a value. Built in O(rows × columns). The rows themselves lie in the same memory.
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

/** Of the rows that the builder holds, finite. */
export function buildDistanceFilter(builder: RowBuilder, columnCount: number, p: number): DistanceFilter {
  const norm = p === 1 ? 1 : 2
  const centres = centresOf(builder.rows, columnCount)
  const scale = powerOfTwoScale(builder.widest(centres))
  const part = norm === 1 ? 0 : ownPart(columnCount)
  const radius = builder.buildBlocks(centres, norm, scale, part)
  const bytes = p === 2 ? assembleSearch(columnCount) : assembleFilter(columnCount, norm)
  return {
    memory: builder.memory,
    module: compile(bytes),
    centres,
    scale,
    radius: norm === 1 ? radius : Math.sqrt(radius),
    norm,
  }
}

function assembleFilter(columnCount: number, norm: 1 | 2): Uint8Array<ArrayBuffer> {
  const memory = { name: 'rows', isShared: true }
  return assembleModule({ memory, ownMemory: 'scratch', routines: [scanRoutine(columnCount, norm)] })
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
  const t = distanceOf(reduced, p) * roundingOf(d, p) + slackOf(d, p)
  const scaled = (p > 2 ? t * d ** (0.5 - 1 / p) : t) * filter.scale
  if (filter.norm === 1) {
    return (scaled + 2 ** -23 * (filter.radius + queryNorm)) * (1 + (d + 16) * 2 ** -23) + vanishing(d)
  }
  return (scaled * scaled * (1 + 2 ** -19)) / 2 - queryNorm * queryNorm * ownPart(d) + vanishing(d)
}

/** What double precision loses of a distance: by rounding of the sum, */
export function roundingOf(columnCount: number, p: number): number {
  return 1 + (columnCount + 16) * 2 ** -50 * Math.max(1, 1 / p)
}

/** and by powers too small to be held. */
export function slackOf(columnCount: number, p: number): number {
  if (!isByPowers(p)) return columnCount * 2 ** -1074
  return p === 2 ? Math.sqrt(columnCount) * 2 ** -537 : (columnCount * 2 ** -1074) ** (1 / p)
}

/** What single precision loses by values too small to be held. */
export function vanishing(columnCount: number): number {
  return columnCount * 2 ** -140
}

/** ½, less the share of ½ ‖x‖² and of ½ ‖q‖² that covers the error. */
export function ownPart(columnCount: number): number {
  return (1 - errorShare(columnCount)) / 2
}

function errorShare(columnCount: number): number {
  return (columnCount + 16) * 2 ** -22
}

const SAMPLE = 65

/** The median of each column, on 65 to 129 rows: where single precision has most of its digits. */
function centresOf(rows: Float64Array, columnCount: number): Float64Array {
  const step = columnCount * Math.max(1, Math.floor(rows.length / columnCount / SAMPLE))
  const centres = new Float64Array(columnCount)
  const values = new Float64Array(Math.ceil(rows.length / step))
  for (let j = 0; j < columnCount; j++) {
    for (let i = 0, k = j; i < values.length; i++, k += step) values[i] = rows[k] as number
    centres[j] = values.sort()[values.length >> 1] as number
  }
  return centres
}
