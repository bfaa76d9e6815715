// Fetches the codes of a node's rows. Three functions of one text, so that each sees one kind of array and stays fast.

/** out[i] = codes[offset + rows[start + i]] for i < n; extremes receives the lowest and the highest. O(n). */
export function gatherNarrow(
  codes: Uint16Array,
  offset: number,
  rows: Int32Array,
  start: number,
  n: number,
  out: Int32Array,
  extremes: Int32Array,
): void {
  let max = 0
  let min = 0x7fffffff
  for (let i = 0; i < n; i++) {
    const code = codes[offset + rows[start + i]!]!
    out[i] = code
    if (code > max) max = code
    if (code < min) min = code
  }
  extremes[0] = min
  extremes[1] = max
}

/** The same for matrices with at most 255 distinct values in any column: half the memory to run through. */
export function gatherTiny(
  codes: Uint8Array,
  offset: number,
  rows: Int32Array,
  start: number,
  n: number,
  out: Int32Array,
  extremes: Int32Array,
): void {
  let max = 0
  let min = 0x7fffffff
  for (let i = 0; i < n; i++) {
    const code = codes[offset + rows[start + i]!]!
    out[i] = code
    if (code > max) max = code
    if (code < min) min = code
  }
  extremes[0] = min
  extremes[1] = max
}

/** The same for matrices with a column of more than 65,535 distinct values. */
export function gatherWide(
  codes: Uint32Array,
  offset: number,
  rows: Int32Array,
  start: number,
  n: number,
  out: Int32Array,
  extremes: Int32Array,
): void {
  let max = 0
  let min = 0x7fffffff
  for (let i = 0; i < n; i++) {
    const code = codes[offset + rows[start + i]!]!
    out[i] = code
    if (code > max) max = code
    if (code < min) min = code
  }
  extremes[0] = min
  extremes[1] = max
}
