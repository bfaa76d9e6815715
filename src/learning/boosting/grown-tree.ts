// A tree as it comes from growing: in bins, with the place of each leaf's rows.

/** Ends a branch. */
export interface GrownLeaf {
  /** Shrunk: what it adds to the prediction of its rows. */
  value: number
  /** Its rows stand at positions [start, end) of the row space that it was grown in. */
  readonly start: number
  readonly end: number
}

export interface GrownSplit {
  readonly column: number
  /** The last bin that goes left, for numbers. */
  readonly bin: number
  readonly missingLeft: boolean
  /** The bins that go left, 256 bits, for categories. */
  readonly bitset: Uint32Array | null
  readonly gain: number
  /** Index among splits, or ~index among leaves. */
  left: number
  right: number
}

/** Splits come before those below them, the root first. A tree without splits is leaf 0. */
export interface GrownTree {
  readonly splits: readonly GrownSplit[]
  readonly leaves: readonly GrownLeaf[]
}

/** Marks in goesLeft (256 places) which bins go left. binCount is the bin of missing values. */
export function markLeftBins(
  goesLeft: Uint8Array,
  binCount: number,
  bin: number,
  missingLeft: boolean,
  bitset: Uint32Array | null,
): void {
  for (let b = 0; b < 256; b++) {
    if (bitset !== null) goesLeft[b] = ((bitset[b >> 5] as number) >>> (b & 31)) & 1
    else goesLeft[b] = b <= bin ? 1 : 0
  }
  goesLeft[binCount] = missingLeft ? 1 : 0
}
