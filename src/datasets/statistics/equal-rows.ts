// How many rows equal an earlier one, by hashes of rows: exact for some 750,000 different rows, else estimated
// from those rows whose hashes fall into a part of all hashes, which holds all rows of a kind or none.

const ENTRIES_MAX = 0.75 * 2 ** 20
const CAPACITY_FIRST = 2 ** 10

/** Memory: 12 bytes for each place of a table that is at the most three quarters full, so 12 MiB at the most. */
export class EqualRows {
  private highs = new Uint32Array(CAPACITY_FIRST)
  private lows = new Uint32Array(CAPACITY_FIRST)
  /** How many rows have the hash; 0 of a place that is free. */
  private counts = new Uint32Array(CAPACITY_FIRST)
  private entryCount = 0
  /** Only hashes whose last so many bits are 0 are kept. */
  private level = 0

  /** O(1). */
  add(high: number, low: number): void {
    if ((low & this.mask) !== 0) return
    this.put(high >>> 0, low >>> 0, 1)
    if (this.entryCount > ENTRIES_MAX) {
      this.level += 1
      this.rebuild(this.counts.length)
    } else if (this.entryCount > 0.75 * this.counts.length) this.rebuild(2 * this.counts.length)
  }

  /** Rows that equal an earlier one. isExact: false where it is an estimate. */
  get result(): { readonly count: number; readonly isExact: boolean } {
    let rowCount = 0
    for (const count of this.counts) rowCount += count
    return { count: (rowCount - this.entryCount) * 2 ** this.level, isExact: this.level === 0 }
  }

  private get mask(): number {
    return 2 ** this.level - 1
  }

  private put(high: number, low: number, count: number): void {
    const { highs, lows, counts } = this
    const mask = counts.length - 1
    for (let place = (high ^ (low >>> 7)) & mask; ; place = (place + 1) & mask) {
      if (counts[place] === 0) {
        highs[place] = high
        lows[place] = low
        this.entryCount += 1
      } else if (highs[place] !== high || lows[place] !== low) continue
      counts[place] = (counts[place] as number) + count
      return
    }
  }

  private rebuild(capacity: number): void {
    const { mask } = this
    let keptCount = 0
    for (let place = 0; place < this.counts.length; place++) {
      const low = this.lows[place] as number
      if (this.counts[place] === 0 || (low & mask) !== 0) continue
      this.highs[keptCount] = this.highs[place] as number
      this.lows[keptCount] = low
      this.counts[keptCount] = this.counts[place] as number
      keptCount += 1
    }
    const [highs, lows, counts] = [this.highs, this.lows, this.counts].map((words) => words.slice(0, keptCount)) as [
      Uint32Array,
      Uint32Array,
      Uint32Array,
    ]
    if (capacity === this.counts.length) this.counts.fill(0)
    else {
      this.highs = new Uint32Array(capacity)
      this.lows = new Uint32Array(capacity)
      this.counts = new Uint32Array(capacity)
    }
    this.entryCount = 0
    for (let i = 0; i < keptCount; i++) this.put(highs[i] as number, lows[i] as number, counts[i] as number)
  }
}
