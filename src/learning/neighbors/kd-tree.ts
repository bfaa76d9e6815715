// The shape and the making of a kd-tree: rows are put into leaf order, and every node gets its bounding box.
import { turn } from '../fit-context.ts'
import { sharedFloat64 } from '../parallel/shared-arrays.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import { selectSmallest } from './select-smallest.ts'

/** Rows looked at, at most, when a node chooses the column to split. */
const SAMPLE = 128
const TURN_MS = 40

/**
 * Levels below the root of a tree of `rowCount` rows. The tree is complete: node 1 is the root, nodes 2i and 2i + 1
 * are the halves of node i, and place t of level l holds the rows from ⌊rowCount · t / 2^l⌋ on. So the shape follows
 * from two numbers, and nothing of it needs to be stored.
 */
export function kdTreeDepth(rowCount: number, leafSize: number): number {
  let depth = 0
  while (Math.ceil(rowCount / 2 ** depth) > leafSize) depth++
  return depth
}

/**
 * The row indices in leaf order: each node is cut at its median in the column of the widest range (Bentley 1975),
 * measured on at most 128 of its rows. O(rows × (columns + log rows)); two numbers of
 * memory a row. Throws FitStopped.
 *
 * columns  values without NaN, column-major; not written to
 * rows     the indices of the rows that count; put into order in place
 */
export async function orderForKdTree(
  columns: readonly Float64Array[],
  rows: Uint32Array,
  leafSize: number,
  stop: StopFlag,
): Promise<void> {
  const depth = kdTreeDepth(rows.length, leafSize)
  const keys = new Float64Array(rows.length)
  // Depth first, so that the rows of a subtree stay in the cache.
  const waiting = depth > 0 ? [1] : []
  let turned = performance.now()
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    stop.throwIfSet()
    if (performance.now() - turned > TURN_MS) {
      await turn()
      turned = performance.now()
    }
    const level = 31 - Math.clz32(node)
    const place = node - 2 ** level
    const start = nodeStart(rows.length, level, place)
    const end = nodeStart(rows.length, level, place + 1)
    const middle = nodeStart(rows.length, level + 1, 2 * place + 1)
    const column = columns[widestColumn(columns, rows, start, end)] as Float64Array
    for (let i = start; i < end; i++) keys[i] = column[rows[i] as number] as number
    selectSmallest(keys, rows, start, end, middle)
    if (level + 1 < depth) waiting.push(2 * node + 1, 2 * node)
  }
}

/** The first row, in leaf order, of a place of a level. */
export function nodeStart(rowCount: number, level: number, place: number): number {
  return Math.floor((rowCount * place) / 2 ** level)
}

/**
 * The bounding box of every node, lowest and highest value of each column interleaved: of node i and column j at
 * 2 (i · columnCount + j). Node 0 is nobody. O(rows × columns).
 *
 * rows  row-major, in leaf order. The boxes lie in shared memory.
 */
export function boundNodes(rows: Float64Array, rowCount: number, columnCount: number, leafSize: number): Float64Array {
  const depth = kdTreeDepth(rowCount, leafSize)
  const width = 2 * columnCount
  const boxes = sharedFloat64(width * 2 ** (depth + 1))
  for (let leaf = 0, node = 2 ** depth; leaf < 2 ** depth; leaf++, node++) {
    const end = nodeStart(rowCount, depth, leaf + 1) * columnCount
    for (let j = 0; j < columnCount; j++) {
      let lowest = Number.POSITIVE_INFINITY
      let highest = Number.NEGATIVE_INFINITY
      for (let k = nodeStart(rowCount, depth, leaf) * columnCount + j; k < end; k += columnCount) {
        const value = rows[k] as number
        if (value < lowest) lowest = value
        if (value > highest) highest = value
      }
      boxes[node * width + 2 * j] = lowest
      boxes[node * width + 2 * j + 1] = highest
    }
  }
  for (let node = 2 ** depth - 1; node >= 1; node--) {
    const left = 2 * node * width
    const right = left + width
    for (let k = 0; k < width; k += 2) {
      boxes[node * width + k] = Math.min(boxes[left + k] as number, boxes[right + k] as number)
      boxes[node * width + k + 1] = Math.max(boxes[left + k + 1] as number, boxes[right + k + 1] as number)
    }
  }
  return boxes
}

function widestColumn(columns: readonly Float64Array[], rows: Uint32Array, start: number, end: number): number {
  const step = Math.max(1, Math.floor((end - start) / SAMPLE))
  let widest = 0
  let range = Number.NEGATIVE_INFINITY
  for (let j = 0; j < columns.length; j++) {
    const column = columns[j] as Float64Array
    let lowest = Number.POSITIVE_INFINITY
    let highest = Number.NEGATIVE_INFINITY
    for (let i = start; i < end; i += step) {
      const value = column[rows[i] as number] as number
      if (value < lowest) lowest = value
      if (value > highest) highest = value
    }
    if (highest - lowest > range) {
      range = highest - lowest
      widest = j
    }
  }
  return widest
}
