// The best split of a node that a search has found so far.

/** What the search needs to know about the node. */
export interface NodeSums {
  readonly count: number
  readonly gradient: number
  readonly hessian: number
  /** The node's own value, within its bounds: −gradient / (hessian + l2). */
  readonly value: number
  /** Bounds on the values of the children, from monotonic constraints above. */
  readonly lower: number
  readonly upper: number
}

export interface SplitRules {
  readonly minSamplesLeaf: number
  readonly l2: number
}

/** A child's hessians must sum to this at least, as in scikit-learn. */
export const HESSIAN_MIN = 1e-3
/** Float64 words that a written candidate takes. */
export const CANDIDATE_WORDS = 16
const BITSET_WORDS = 8

/** Gain 0 stands for "no split": only gains above it are kept. */
export class SplitCandidate {
  gain = 0
  column = -1
  /** The last bin that goes left; the bin count − 1 of the column parts the missing from the rest. */
  bin = 0
  missingLeft = false
  isCategorical = false
  leftGradient = 0
  leftHessian = 0
  leftCount = 0
  /** For categories: bit b is set when bin b goes left, the bin of missing values among them. */
  readonly bitset = new Uint32Array(BITSET_WORDS)

  clear(): void {
    this.gain = 0
    this.column = -1
  }

  /** Writes into shared memory, for the other members of a team. */
  write(words: Float64Array, offset: number): void {
    words[offset] = this.gain
    words[offset + 1] = this.column
    words[offset + 2] = this.bin
    words[offset + 3] = (this.missingLeft ? 1 : 0) + (this.isCategorical ? 2 : 0)
    words[offset + 4] = this.leftGradient
    words[offset + 5] = this.leftHessian
    words[offset + 6] = this.leftCount
    for (let w = 0; w < BITSET_WORDS; w++) words[offset + 7 + w] = this.bitset[w] as number
  }

  read(words: Float64Array, offset: number): void {
    this.gain = words[offset] as number
    this.column = words[offset + 1] as number
    this.bin = words[offset + 2] as number
    const flags = words[offset + 3] as number
    this.missingLeft = (flags & 1) !== 0
    this.isCategorical = (flags & 2) !== 0
    this.leftGradient = words[offset + 4] as number
    this.leftHessian = words[offset + 5] as number
    this.leftCount = words[offset + 6] as number
    for (let w = 0; w < BITSET_WORDS; w++) this.bitset[w] = words[offset + 7 + w] as number
  }
}

/** The value of a node, shrinkage aside: Chen and Guestrin 2016, equation 5, held within bounds. */
export function nodeValue(gradient: number, hessian: number, l2: number, lower: number, upper: number): number {
  const value = -gradient / (hessian + l2 + 1e-15)
  return Math.min(Math.max(value, lower), upper)
}
