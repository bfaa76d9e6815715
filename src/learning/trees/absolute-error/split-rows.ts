// Divides the rows of a node between its children, in one pass over the codes of one column.
// Each loop is a function by itself: V8 compiles a long loop while it runs, knows nothing yet of what comes after it,
// and would leave the compiled code there again and again.
import { isLeft } from './is-left.ts'

type Codes = Uint8Array | Uint16Array | Uint32Array

/**
 * Of rows[start … start+n), those with codes up to `low`, or missingCode (−1 for none), come first, and the others into
 * `spare`; each side keeps its order. The codes are those of the column at `offset`. Gives the end of the left. O(n).
 */
export function splitByCode(
  codes: Codes,
  offset: number,
  rows: Int32Array,
  start: number,
  n: number,
  low: number,
  missingCode: number,
  spare: Int32Array,
): number {
  let left = start
  let right = 0
  for (let i = start; i < start + n; i++) {
    const row = rows[i]!
    const goes = isLeft(codes[offset + row]!, low, missingCode)
    rows[left] = row
    spare[right] = row
    left += goes
    right += 1 - goes
  }
  return left
}

/** The same by category: goesLeft has a 1 for each that goes left. */
export function splitByCategory(
  codes: Codes,
  offset: number,
  rows: Int32Array,
  start: number,
  n: number,
  goesLeft: Uint8Array,
  spare: Int32Array,
): number {
  let left = start
  let right = 0
  for (let i = start; i < start + n; i++) {
    const row = rows[i]!
    const goes = goesLeft[codes[offset + row]!]!
    rows[left] = row
    spare[right] = row
    left += goes
    right += 1 - goes
  }
  return left
}

/** Copies the first `count` to rows[at …]. */
export function copyRows(rows: Int32Array, at: number, spare: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) rows[at + i] = spare[i]!
}
