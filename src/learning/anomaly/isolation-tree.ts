// Grows one isolation tree: random cuts until rows are alone.
import { turn } from '../fit-context.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { Random } from '../random.ts'
import { averagePathLength } from './average-path-length.ts'

/**
 * Nodes in pre-order: the left child of a node is the next one.
 *
 * rights          the right child's index, counted from the tree's root; 0 in a leaf
 * features        the column that is compared; 0 in a leaf
 * values          the threshold, at most which goes left; in a leaf the path length: depth + c(rows in the leaf)
 * missingIsRight  1 where a missing value goes right
 */
export interface IsolationTree {
  readonly rights: Int32Array
  readonly features: Int32Array
  readonly values: Float64Array
  readonly missingIsRight: Uint8Array
}

const TURN_MS = 40

/**
 * At each node a column is drawn among those that differ there, and a threshold uniformly between its least and largest
 * value, as scikit-learn's ExtraTreeRegressor with max_features 1 does. Rows that miss the value go all to one side, by
 * the toss of a coin; where none did, the side that took more rows is the side of missing values later on. A column of
 * which all known values are equal can still part the known from the missing.
 *
 * columns   values by column; not changed
 * rows      the tree's rows, all different; put into another order
 * features  the columns it may use; put into another order
 * O(rows · depth) where few columns are constant; 25 bytes a row and what it returns.
 */
export async function growIsolationTree(
  columns: readonly Float64Array[],
  rows: Int32Array,
  features: Int32Array,
  depthMax: number,
  random: Random,
  stop: StopFlag,
): Promise<IsolationTree> {
  const nodeCountMax = 2 * rows.length - 1
  const tree = {
    rights: new Int32Array(nodeCountMax),
    features: new Int32Array(nodeCountMax),
    values: new Float64Array(nodeCountMax),
    missingIsRight: new Uint8Array(nodeCountMax),
  }
  // Waiting nodes, five numbers each: first row, end, depth, columns that may differ, and whose right child it is (or −1).
  const waiting = [0, rows.length, 0, features.length, -1]
  let nodeCount = 0
  let seen = 0
  let lastTurn = performance.now()
  while (waiting.length > 0) {
    const parent = waiting.pop() as number
    let differing = waiting.pop() as number
    const depth = waiting.pop() as number
    const end = waiting.pop() as number
    const start = waiting.pop() as number
    const node = nodeCount++
    if (parent >= 0) tree.rights[parent] = node
    let cut: Cut | undefined
    // Columns found constant stand behind the others, for the whole subtree.
    while (depth < depthMax && end - start > 1 && differing > 0) {
      const drawn = random.integer(differing)
      const feature = features[drawn] as number
      cut = drawCut(columns[feature] as Float64Array, rows, start, end, feature, random)
      seen += end - start
      if (cut !== undefined) break
      differing--
      features[drawn] = features[differing] as number
      features[differing] = feature
    }
    if (seen > 10_000) {
      seen = 0
      stop.throwIfSet()
      if (performance.now() - lastTurn > TURN_MS) {
        await turn()
        lastTurn = performance.now()
      }
    }
    if (cut === undefined) {
      tree.values[node] = depth + averagePathLength(end - start)
      continue
    }
    const middle = partition(columns[cut.feature] as Float64Array, rows, start, end, cut)
    const missingIsRight = cut.hasMissing ? cut.missingIsRight : end - middle > middle - start
    tree.features[node] = cut.feature
    tree.values[node] = cut.threshold
    tree.missingIsRight[node] = missingIsRight ? 1 : 0
    waiting.push(middle, end, depth + 1, differing, node)
    waiting.push(start, middle, depth + 1, differing, -1)
  }
  return {
    rights: tree.rights.slice(0, nodeCount),
    features: tree.features.slice(0, nodeCount),
    values: tree.values.slice(0, nodeCount),
    missingIsRight: tree.missingIsRight.slice(0, nodeCount),
  }
}

interface Cut {
  readonly feature: number
  readonly threshold: number
  readonly hasMissing: boolean
  readonly missingIsRight: boolean
}

/** A random cut of a column, or undefined where it has nothing to part. */
function drawCut(
  column: Float64Array,
  rows: Int32Array,
  start: number,
  end: number,
  feature: number,
  random: Random,
): Cut | undefined {
  let least = Number.POSITIVE_INFINITY
  let largest = Number.NEGATIVE_INFINITY
  let missingCount = 0
  for (let k = start; k < end; k++) {
    const value = column[rows[k] as number] as number
    if (value < least) least = value
    if (value > largest) largest = value
    if (Number.isNaN(value)) missingCount++
  }
  if (missingCount === end - start || (least === largest && missingCount === 0)) return undefined
  if (least === largest) return { feature, threshold: least, hasMissing: true, missingIsRight: true }
  const u = random.uniform()
  // Not least + u · (largest − least): the difference may overflow.
  const between = least * (1 - u) + largest * u
  const threshold = between > least && between < largest ? between : least
  return {
    feature,
    threshold,
    hasMissing: missingCount > 0,
    missingIsRight: missingCount > 0 && random.uniform() < 0.5,
  }
}

/** Puts the rows that go left before those that go right; returns where the right ones begin. */
function partition(
  column: Float64Array,
  rows: Int32Array,
  start: number,
  end: number,
  { threshold, missingIsRight }: Cut,
): number {
  let left = start
  let right = end
  while (left < right) {
    const row = rows[left] as number
    const value = column[row] as number
    if (value <= threshold || (Number.isNaN(value) && !missingIsRight)) left++
    else {
      right--
      rows[left] = rows[right] as number
      rows[right] = row
    }
  }
  return left
}
