// Puts the rows of one node into the order of their codes: the hot path of every split that is searched by sorting.

/** Up to this many rows one packed integer holds a code and a position. */
const SMALL = 32
const SMALL_BITS = 5

/**
 * Sorts positions 0 … n−1 by code, equal codes in the order of their positions. Chooses by the size of the node:
 * insertion for up to 32 rows; counting where the codes span at most twice the rows; else one scatter into about n
 * buckets of neighbouring codes, finished by insertion, which is O(n) for codes that are spread and falls back to a
 * radix sort for those that are not.
 * Memory: 16 bytes a row of the largest node.
 */
export class CodeSorter {
  private readonly counts: Int32Array
  private readonly spare: Int32Array
  private readonly packed = new Int32Array(SMALL)

  constructor(rowCountMax: number) {
    this.counts = new Int32Array(Math.max(2 * rowCountMax, 2048) + 1)
    this.spare = new Int32Array(rowCountMax)
  }

  /** codes: those of the node's rows, from min to max, less than 2^26 apart. order: overwritten up to n. */
  sort(codes: Int32Array, n: number, min: number, max: number, order: Int32Array): void {
    if (n <= SMALL) {
      sortFew(codes, n, min, this.packed, order)
      return
    }
    const range = max - min + 1
    let shift = 0
    while (range >>> shift > 2 * n) shift++
    scatter(codes, n, min, shift, range, this.counts, order)
    if (shift > 0 && !insertNearlySorted(codes, n, order)) this.sortByRadix(codes, n, min, range, order)
  }

  private sortByRadix(codes: Int32Array, n: number, min: number, range: number, order: Int32Array): void {
    const { counts, spare } = this
    for (let p = 0; p < n; p++) order[p] = p
    for (let shift = 0; range >>> shift > 0; shift += 11) {
      counts.fill(0, 0, 2049)
      for (let i = 0; i < n; i++) counts[(((codes[i]! - min) >>> shift) & 2047) + 1]!++
      for (let d = 0; d < 2048; d++) counts[d + 1]! += counts[d]!
      for (let p = 0; p < n; p++) {
        const i = order[p]!
        spare[counts[((codes[i]! - min) >>> shift) & 2047]!++] = i
      }
      for (let p = 0; p < n; p++) order[p] = spare[p]!
    }
  }
}

function sortFew(codes: Int32Array, n: number, min: number, packed: Int32Array, order: Int32Array): void {
  for (let i = 0; i < n; i++) {
    const key = ((codes[i]! - min) << SMALL_BITS) | i
    let q = i
    while (q > 0 && packed[q - 1]! > key) {
      packed[q] = packed[q - 1]!
      q--
    }
    packed[q] = key
  }
  for (let p = 0; p < n; p++) order[p] = packed[p]! & (SMALL - 1)
}

/** A stable counting sort by (code − min) >> shift. */
function scatter(
  codes: Int32Array,
  n: number,
  min: number,
  shift: number,
  range: number,
  counts: Int32Array,
  order: Int32Array,
): void {
  const bucketCount = ((range - 1) >>> shift) + 1
  counts.fill(0, 0, bucketCount)
  for (let i = 0; i < n; i++) counts[(codes[i]! - min) >>> shift]!++
  let place = 0
  for (let b = 0; b < bucketCount; b++) {
    const count = counts[b]!
    counts[b] = place
    place += count
  }
  for (let i = 0; i < n; i++) order[counts[(codes[i]! - min) >>> shift]!++] = i
}

/** False when it gave up because the order was far from sorted. */
function insertNearlySorted(codes: Int32Array, n: number, order: Int32Array): boolean {
  let movesLeft = 8 * n
  for (let p = 1; p < n; p++) {
    const i = order[p]!
    const code = codes[i]!
    let q = p
    while (q > 0 && codes[order[q - 1]!]! > code) {
      order[q] = order[q - 1]!
      q--
    }
    order[q] = i
    movesLeft -= p - q
    if (movesLeft < 0) return false
  }
  return true
}
