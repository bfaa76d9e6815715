// Trees written one behind the other into few arrays: how they leave the thread that grew them, and how they are kept.
import type { GrownTree } from './grown-tree.ts'

export const MISSING_LEFT = 1
export const CATEGORICAL = 2
export const BITSET_WORDS = 8

/**
 * splitCounts  splits of each tree; its leaves are one more
 * columns      per split
 * bins         per split: the last bin that goes left; 0 for categories
 * flags        per split: MISSING_LEFT, CATEGORICAL
 * children     two per split, left then right: the index of a split in its tree, always a later one, or ~ that of a leaf
 * bitsets      8 words for each categorical split, in their order: the bins that go left
 * gains        per split
 * values       per leaf
 * leafRows     per leaf its training rows; undefined in what was written before they were kept
 */
export interface TreeBatch {
  readonly splitCounts: Int32Array
  readonly columns: Int32Array
  readonly bins: Uint8Array
  readonly flags: Uint8Array
  readonly children: Int32Array
  readonly bitsets: Uint32Array
  readonly gains: Float64Array
  readonly values: Float64Array
  readonly leafRows?: Uint32Array | undefined
}

/** A batch as trees are grown into it. */
export type GrownBatch = TreeBatch & { readonly leafRows: Uint32Array }

/** Collects trees into a batch. */
export class TreeWriter {
  private readonly splitCounts: number[] = []
  private readonly columns: number[] = []
  private readonly bins: number[] = []
  private readonly flags: number[] = []
  private readonly children: number[] = []
  private readonly bitsets: number[] = []
  private readonly gains: number[] = []
  private readonly values: number[] = []
  private readonly leafRows: number[] = []
  private readonly pooled: Uint8Array

  /** pooled: per column 1 where splits of bins in order are to be written as sets of bins. */
  constructor(pooled: Uint8Array) {
    this.pooled = pooled
  }

  add({ splits, leaves }: GrownTree): void {
    this.splitCounts.push(splits.length)
    for (const { column, bin, missingLeft, bitset: grown, gain, left, right } of splits) {
      const bitset = this.pooled[column] === 1 ? binsUpTo(bin) : grown
      this.columns.push(column)
      this.bins.push(bitset ? 0 : bin)
      this.flags.push((missingLeft ? MISSING_LEFT : 0) + (bitset ? CATEGORICAL : 0))
      this.children.push(left, right)
      if (bitset) this.bitsets.push(...bitset)
      this.gains.push(gain)
    }
    for (const { value, start, end } of leaves) {
      this.values.push(value)
      this.leafRows.push(end - start)
    }
  }

  finish(): GrownBatch {
    return {
      splitCounts: Int32Array.from(this.splitCounts),
      columns: Int32Array.from(this.columns),
      bins: Uint8Array.from(this.bins),
      flags: Uint8Array.from(this.flags),
      children: Int32Array.from(this.children),
      bitsets: Uint32Array.from(this.bitsets),
      gains: Float64Array.from(this.gains),
      values: Float64Array.from(this.values),
      leafRows: Uint32Array.from(this.leafRows),
    }
  }
}

function binsUpTo(bin: number): Uint32Array {
  const bitset = new Uint32Array(BITSET_WORDS)
  for (let b = 0; b <= bin; b++) bitset[b >> 5] = (bitset[b >> 5] as number) | (1 << (b & 31))
  return bitset
}

/** Where each tree of a batch begins. */
interface Place {
  readonly split: number
  readonly bitset: number
  readonly value: number
}

/**
 * One batch of all trees: tree t is the next one of batch t mod outputs mod batches.length, in which the members of a
 * team left them that shared out the outputs of each iteration.
 */
export function mergeBatches(batches: readonly GrownBatch[], outputs: number): GrownBatch {
  const [only] = batches
  if (batches.length === 1 && only) return only
  const places = batches.map(placesOf)
  const next = batches.map(() => 0)
  const order: [batch: GrownBatch, from: Place, to: Place, splits: number][] = []
  const treeCount = batches.reduce((sum, { splitCounts }) => sum + splitCounts.length, 0)
  for (let t = 0; t < treeCount; t++) {
    const m = (t % outputs) % batches.length
    const i = next[m] as number
    next[m] = i + 1
    const batch = batches[m] as GrownBatch
    const at = places[m] as Place[]
    order.push([batch, at[i] as Place, at[i + 1] as Place, batch.splitCounts[i] as number])
  }
  const total = (key: keyof GrownBatch): number => batches.reduce((sum, batch) => sum + batch[key].length, 0)
  const merged: GrownBatch = {
    splitCounts: new Int32Array(treeCount),
    columns: new Int32Array(total('columns')),
    bins: new Uint8Array(total('bins')),
    flags: new Uint8Array(total('flags')),
    children: new Int32Array(total('children')),
    bitsets: new Uint32Array(total('bitsets')),
    gains: new Float64Array(total('gains')),
    values: new Float64Array(total('values')),
    leafRows: new Uint32Array(total('values')),
  }
  let [split, bitset, value] = [0, 0, 0]
  order.forEach(([batch, from, to, splits], t) => {
    merged.splitCounts[t] = splits
    merged.columns.set(batch.columns.subarray(from.split, to.split), split)
    merged.bins.set(batch.bins.subarray(from.split, to.split), split)
    merged.flags.set(batch.flags.subarray(from.split, to.split), split)
    merged.children.set(batch.children.subarray(2 * from.split, 2 * to.split), 2 * split)
    merged.gains.set(batch.gains.subarray(from.split, to.split), split)
    merged.bitsets.set(batch.bitsets.subarray(from.bitset, to.bitset), bitset)
    merged.values.set(batch.values.subarray(from.value, to.value), value)
    merged.leafRows.set(batch.leafRows.subarray(from.value, to.value), value)
    split += to.split - from.split
    bitset += to.bitset - from.bitset
    value += to.value - from.value
  })
  return merged
}

/** Where each tree of a batch begins, and where the last one ends. */
function placesOf({ splitCounts, flags }: TreeBatch): Place[] {
  const places: Place[] = [{ split: 0, bitset: 0, value: 0 }]
  let [split, bitset, value] = [0, 0, 0]
  for (const count of splitCounts) {
    for (const end = split + count; split < end; split++) {
      if (((flags[split] as number) & CATEGORICAL) !== 0) bitset += BITSET_WORDS
    }
    value += count + 1
    places.push({ split, bitset, value })
  }
  return places
}
