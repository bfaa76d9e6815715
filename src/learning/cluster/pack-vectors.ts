// Rows and centres in float32, in the order in which vector-module.ts reads them, and how far that can be trusted.
import type { DistanceMeter } from './distance-meter.ts'
import { PACK_CENTRES } from './tile-routines.ts'
import type { VectorMemory } from './vector-memory.ts'

/** More than any squared length, less than infinity: of the centres that only fill up a pack. */
const FARTHEST = 3e38
/** Makes up for the rounding of the bounds themselves. */
const UPWARDS = 1 + 2 ** -20
/** More than float32 can lose by underflow in a sum of products. */
const UNDERFLOW = 2 ** -120

/** Writes the tiles and lengths of all rows. O(rows × columns). */
export function packRows(meter: DistanceMeter): void {
  meter.packRows(UPWARDS)
}

/**
 * Writes the packs of all centres, and `doubt`. |c|² − 2 c·x in float32 is off by at most
 * (columns + 6) · 2⁻²⁴ · (|c|² + 2 |c| |x|), whichever way products and sums are rounded (Higham 2002, Accuracy and
 * Stability of Numerical Algorithms, 2nd ed., section 3.1). O(clusters × columns).
 */
export function packCentres(vectors: VectorMemory): void {
  const { centres, packs, doubt, clusterCount, columnCount } = vectors
  let longest = 0
  for (let c = 0; c < clusterCount; c++) longest = Math.max(longest, packOne(vectors, centres, c, packs, c))
  for (let c = clusterCount; c % PACK_CENTRES !== 0; c++) {
    packs[Math.floor(c / PACK_CENTRES) * PACK_CENTRES * (columnCount + 1) + (c % PACK_CENTRES)] = FARTHEST
  }
  // Of both distances that are compared.
  const part = 2 * (columnCount + 6) * 2 ** -24 * UPWARDS
  doubt[0] = part * 2 * Math.sqrt(longest) * UPWARDS
  doubt[1] = (part * longest + UNDERFLOW) * UPWARDS
}

/** Writes row i as candidate k, 0 … PACK_CENTRES − 1. O(columns). */
export function packCandidate(vectors: VectorMemory, i: number, k: number): void {
  packOne(vectors, vectors.rows, i, vectors.candidates, k)
}

/** Puts vector `from` at place `to` of packs; returns its squared length. */
function packOne(
  { origin, columnCount }: VectorMemory,
  vectors: Float64Array,
  from: number,
  packs: Float32Array,
  to: number,
): number {
  const at = Math.floor(to / PACK_CENTRES) * PACK_CENTRES * (columnCount + 1) + (to % PACK_CENTRES)
  let squared = 0
  for (let j = 0; j < columnCount; j++) {
    const value = (vectors[from * columnCount + j] as number) - (origin[j] as number)
    packs[at + (j + 1) * PACK_CENTRES] = -2 * value
    squared += value * value
  }
  packs[at] = squared
  return squared
}
