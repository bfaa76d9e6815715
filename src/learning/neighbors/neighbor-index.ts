// The fitted rows in the form in which they are searched: plain data, which threads share.
import { turn } from '../fit-context.ts'
import { sharedFloat64, sharedUint32 } from '../parallel/shared-arrays.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import { powerOfTwoScale } from '../power-of-two-scale.ts'
import { scanColumn } from '../wasm/column-scan.ts'
import { buildDistanceFilter, type DistanceFilter } from './distance-filter.ts'
import { boundNodes, orderForKdTree } from './kd-tree.ts'
import { isByPowers } from './minkowski.ts'
import { RowBuilder } from './row-builder.ts'

export interface NeighborIndex {
  readonly rowCount: number
  readonly columnCount: number
  /** The order of the Minkowski distance, above 0; infinity for chebyshev. */
  readonly p: number
  /** A power of two by which the rows are multiplied, so that their squares neither overflow nor vanish. */
  readonly scale: number
  /** Row-major, scaled, in shared memory; in leaf order when there is a tree. */
  readonly rows: Float64Array
  readonly tree: KdTree | null
  /** For a search without a tree; null when the rows are few, or too many for it. */
  readonly filter: DistanceFilter | null
}

/** See kd-tree.ts for its shape. */
export interface KdTree {
  readonly leafSize: number
  /** The place of each row among the fitted ones. */
  readonly order: Uint32Array
  readonly boxes: Float64Array
}

/** Fewer rows than this are searched without a filter: its first blocks are exact anyway. */
const FILTER_ROWS_MIN = 64
const TURN_MS = 40

/**
 * Copies rows of a matrix into an index: the kept ones, or all where these are null. leafSize makes a kd-tree, null none.
 * Values finite. O(rows × (columns + log rows)). Memory with a tree: 8 bytes a value, and about
 * 32 · rows · columns / leafSize for the boxes; without: 12 bytes a value. Throws FitStopped.
 */
export async function indexRows(
  columns: readonly Float64Array[],
  kept: Uint32Array | null,
  p: number,
  leafSize: number | null,
  stop: StopFlag,
): Promise<NeighborIndex> {
  const columnCount = columns.length
  const rowCount = kept?.length ?? (columns[0] as Float64Array).length
  const scale = scaleFor(columns, kept, p, stop)
  const order = kept !== null || leafSize !== null ? orderOf(kept, rowCount) : null
  if (leafSize !== null) await orderForKdTree(columns, order as Uint32Array, leafSize, stop)
  const store = newRowStore(rowCount, columnCount, leafSize !== null)
  const rowsAtOnce = Math.ceil(1_000_000 / columnCount)
  let turned = performance.now()
  for (let start = 0; start < rowCount; start += rowsAtOnce) {
    stop.throwIfSet()
    const end = Math.min(rowCount, start + rowsAtOnce)
    if (order === null && store.builder !== null) store.builder.fillRows(columns, start, end, scale)
    else copyRows(columns, order, start, end, scale, store.rows)
    if (performance.now() - turned > TURN_MS) {
      await turn()
      turned = performance.now()
    }
  }
  const leaves = leafSize === null ? null : { leafSize, order: placesOf(order as Uint32Array, kept) }
  return indexOf(store, columnCount, p, scale, leaves)
}

/** Where rows are to lie; the builder makes a filter of them, where there is to be one. */
export interface RowStore {
  readonly rows: Float64Array
  readonly builder: RowBuilder | null
}

export function newRowStore(rowCount: number, columnCount: number, isForTree: boolean): RowStore {
  const needsFilter = !isForTree && rowCount >= FILTER_ROWS_MIN
  const builder = needsFilter ? RowBuilder.make(rowCount, columnCount) : null
  return { rows: builder?.rows ?? sharedFloat64(rowCount * columnCount), builder }
}

/** The index of rows that are in their store, scaled and in order. O(rows × columns). */
export function indexOf(
  { rows, builder }: RowStore,
  columnCount: number,
  p: number,
  scale: number,
  leaves: { readonly leafSize: number; readonly order: Uint32Array } | null,
): NeighborIndex {
  const rowCount = rows.length / columnCount
  const tree = leaves && { ...leaves, boxes: boundNodes(rows, rowCount, columnCount, leaves.leafSize) }
  const filter = builder === null ? null : buildDistanceFilter(builder, columnCount, p)
  return { rowCount, columnCount, p, scale, rows, tree, filter }
}

function orderOf(kept: Uint32Array | null, rowCount: number): Uint32Array {
  const order = sharedUint32(rowCount)
  if (kept !== null) order.set(kept)
  else for (let i = 0; i < rowCount; i++) order[i] = i
  return order
}

function copyRows(
  columns: readonly Float64Array[],
  order: Uint32Array | null,
  start: number,
  end: number,
  scale: number,
  rows: Float64Array,
): void {
  columns.forEach((column, j) => {
    for (let i = start, k = start * columns.length + j; i < end; i++, k += columns.length) {
      rows[k] = (column[order === null ? i : (order[i] as number)] as number) * scale
    }
  })
}

/** 1 for all but extreme values. */
function scaleFor(columns: readonly Float64Array[], kept: Uint32Array | null, p: number, stop: StopFlag): number {
  let greatest = 0
  for (const column of columns) {
    stop.throwIfSet()
    if (kept === null) {
      const { min, max } = scanColumn(column)
      greatest = Math.max(greatest, -min, max)
      continue
    }
    for (let i = 0; i < kept.length; i++) {
      const size = Math.abs(column[kept[i] as number] as number)
      if (size > greatest) greatest = size
    }
  }
  const extreme = 2 ** (600 / (isByPowers(p) ? Math.max(2, p) : 2))
  return greatest > extreme || greatest < 1 / extreme ? powerOfTwoScale(greatest) : 1
}

/** Where each of the ordered rows stands in `kept`, which is ascending; in place. */
function placesOf(order: Uint32Array, kept: Uint32Array | null): Uint32Array {
  if (kept === null) return order
  const places = new Uint32Array((kept.at(-1) as number) + 1)
  for (let i = 0; i < kept.length; i++) places[kept[i] as number] = i
  for (let i = 0; i < order.length; i++) order[i] = places[order[i] as number] as number
  return order
}
