// The fitted rows in the form in which they are searched: plain data, which threads share.
import { turn } from '../fit-context.ts'
import { sharedFloat64, sharedUint32 } from '../parallel/shared-arrays.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import { buildDistanceFilter, type DistanceFilter, powerOfTwoScale } from './distance-filter.ts'
import { boundNodes, orderForKdTree } from './kd-tree.ts'

export interface NeighborIndex {
  readonly rowCount: number
  readonly columnCount: number
  /** The order of the Minkowski distance, above 0. */
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
 * Copies the given rows of a matrix into an index; leafSize makes a kd-tree, null none. Values finite.
 * O(rows × (columns + log rows)). Memory with a tree: 8 bytes a value, and about 32 · rows · columns / leafSize for
 * the boxes; without: 12 bytes a value. Throws FitStopped.
 */
export async function indexRows(
  columns: readonly Float64Array[],
  kept: Uint32Array,
  p: number,
  leafSize: number | null,
  stop: StopFlag,
): Promise<NeighborIndex> {
  const order = sharedUint32(kept.length)
  for (let i = 0; i < kept.length; i++) order[i] = kept[i] as number
  if (leafSize !== null) await orderForKdTree(columns, order, leafSize, stop)
  const scale = scaleFor(columns, kept, p, stop)
  const columnCount = columns.length
  const rows = sharedFloat64(kept.length * columnCount)
  const rowsAtOnce = Math.ceil(1_000_000 / columnCount)
  let turned = performance.now()
  for (let start = 0; start < order.length; start += rowsAtOnce) {
    stop.throwIfSet()
    const end = Math.min(order.length, start + rowsAtOnce)
    for (let j = 0; j < columnCount; j++) {
      const column = columns[j] as Float64Array
      for (let i = start; i < end; i++) rows[i * columnCount + j] = (column[order[i] as number] as number) * scale
    }
    if (performance.now() - turned > TURN_MS) {
      await turn()
      turned = performance.now()
    }
  }
  if (leafSize === null) return indexOf(rows, columnCount, p, scale, null)
  return indexOf(rows, columnCount, p, scale, { leafSize, order: placesOf(order, kept) })
}

/** The index of rows that are scaled and in order already. O(rows × columns). */
export function indexOf(
  rows: Float64Array,
  columnCount: number,
  p: number,
  scale: number,
  leaves: { readonly leafSize: number; readonly order: Uint32Array } | null,
): NeighborIndex {
  const rowCount = rows.length / columnCount
  const tree = leaves && { ...leaves, boxes: boundNodes(rows, rowCount, columnCount, leaves.leafSize) }
  const needsFilter = tree === null && rowCount >= FILTER_ROWS_MIN
  const filter = needsFilter ? buildDistanceFilter(rows, rowCount, columnCount, p) : null
  return { rowCount, columnCount, p, scale, rows, tree, filter }
}

/** 1 for all but extreme values. */
function scaleFor(columns: readonly Float64Array[], kept: Uint32Array, p: number, stop: StopFlag): number {
  let greatest = 0
  for (const column of columns) {
    stop.throwIfSet()
    for (let i = 0; i < kept.length; i++) {
      const size = Math.abs(column[kept[i] as number] as number)
      if (size > greatest) greatest = size
    }
  }
  const extreme = 2 ** (600 / Math.max(2, p))
  return greatest > extreme || greatest < 1 / extreme ? powerOfTwoScale(greatest) : 1
}

/** Where each of the ordered rows stands in `kept`, which is ascending; in place. */
function placesOf(order: Uint32Array, kept: Uint32Array): Uint32Array {
  const last = kept.length - 1
  if (kept[last] === last) return order
  const places = new Uint32Array((kept[last] as number) + 1)
  for (let i = 0; i < kept.length; i++) places[kept[i] as number] = i
  for (let i = 0; i < order.length; i++) order[i] = places[order[i] as number] as number
  return order
}
