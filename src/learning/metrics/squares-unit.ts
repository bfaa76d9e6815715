// A unit in which values of any size have squares that are numbers.
import { powerOfTwoScale } from '../power-of-two-scale.ts'

/** Values beyond it, or all below its inverse, have squares that overflow or vanish. */
const EXTREME = 2 ** 400

/** A power of two to divide all columns by: 1 but for extreme values, so that others stay exact. O(values). */
export function squaresUnit(...columns: readonly Float64Array[]): number {
  let largest = 0
  for (const values of columns) for (const value of values) largest = Math.max(largest, Math.abs(value))
  const isExtreme = largest > EXTREME || (largest > 0 && largest < 1 / EXTREME)
  return isExtreme && Number.isFinite(largest) ? 1 / powerOfTwoScale(largest) : 1
}
