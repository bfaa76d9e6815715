// Adds what a new tree says to the outputs so far.
import type { BinnedMatrix } from './column-bins.ts'
import { type GrownTree, markLeftBins } from './grown-tree.ts'

/** For the rows that the tree was grown on, at positions [start, end): by the leaf they ended in, without a walk. */
export function addLeafValues(
  { leaves }: GrownTree,
  rows: Int32Array,
  start: number,
  end: number,
  raw: Float64Array,
  offset: number,
): void {
  for (const leaf of leaves) {
    const value = leaf.value
    const stop = Math.min(end, leaf.end)
    for (let i = Math.max(start, leaf.start); i < stop; i++) {
      const k = offset + (rows[i] as number)
      raw[k] = (raw[k] as number) + value
    }
  }
}

/** For other rows [start, end) that are binned by the same bins: by walking. O(rows × depth). */
export function addByWalk(
  { splits, leaves }: GrownTree,
  { codes, rowCount, binCounts }: BinnedMatrix,
  start: number,
  end: number,
  raw: Float64Array,
  offset: number,
): void {
  const goesLeft = new Uint8Array(256 * splits.length)
  const columns = Int32Array.from(splits, ({ column }) => column * rowCount)
  const children = Int32Array.from(splits.flatMap(({ left, right }) => [right, left]))
  const values = Float64Array.from(leaves, ({ value }) => value)
  splits.forEach(({ column, bin, missingLeft, bitset }, s) => {
    markLeftBins(goesLeft.subarray(256 * s, 256 * (s + 1)), binCounts[column] as number, bin, missingLeft, bitset)
  })
  const root = splits.length === 0 ? ~0 : 0
  for (let i = start; i < end; i++) {
    let node = root
    while (node >= 0) {
      const code = codes[(columns[node] as number) + i] as number
      node = children[2 * node + (goesLeft[256 * node + code] as number)] as number
    }
    raw[offset + i] = (raw[offset + i] as number) + (values[~node] as number)
  }
}
