// Strings of one column by the bytes in which they were written, so that a known one costs no string.

const ENTRIES_FIRST = 16
const ENTRIES_MAX = 1024
/** Slots that are looked at: strings may be chosen to share one. What lies beyond counts as not remembered. */
const PROBES_MAX = 32
/** Bytes of all entries; what does not fit is not remembered. */
const POOL_BYTES_MAX = 2 ** 16

/** Codes by bytes: a hash table with open addressing. It forgets nothing, and takes no more once it is full. */
export class ByteLevels {
  private hashes = new Int32Array(ENTRIES_FIRST)
  private codes = new Int32Array(ENTRIES_FIRST)
  /** Where in the pool each entry begins, and the last one ends. */
  private starts = new Int32Array(ENTRIES_FIRST + 1)
  private pool = new Uint8Array(256)
  /** Twice as many as entries fit, a power of two; −1 is empty. */
  private slots = new Int32Array(2 * ENTRIES_FIRST).fill(-1)
  private count = 0

  /** The code that was remembered for bytes[start, end), or −1. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const { slots, hashes, starts, pool } = this
    const mask = slots.length - 1
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const entry = slots[(hash + probe) & mask] as number
      if (entry < 0) return -1
      const from = starts[entry] as number
      const length = (starts[entry + 1] as number) - from
      if (hashes[entry] !== hash || length !== end - start) continue
      let i = 0
      while (i < length && pool[from + i] === bytes[start + i]) i++
      if (i === length) return this.codes[entry] as number
    }
    return -1
  }

  remember(bytes: Uint8Array, start: number, end: number, hash: number, code: number): void {
    const from = this.starts[this.count] as number
    const to = from + end - start
    if (this.count === ENTRIES_MAX || to > POOL_BYTES_MAX) return
    if (this.count === this.codes.length) this.grow()
    while (to > this.pool.length) this.pool = resized(this.pool, new Uint8Array(this.pool.length * 2))
    for (let i = start; i < end; i++) this.pool[from + i - start] = bytes[i] as number
    this.hashes[this.count] = hash
    this.codes[this.count] = code
    this.place(this.count++)
    this.starts[this.count] = to
  }

  private place(entry: number): void {
    const mask = this.slots.length - 1
    const hash = this.hashes[entry] as number
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const slot = (hash + probe) & mask
      if ((this.slots[slot] as number) >= 0) continue
      this.slots[slot] = entry
      return
    }
  }

  private grow(): void {
    const size = 2 * this.codes.length
    this.hashes = resized(this.hashes, new Int32Array(size))
    this.codes = resized(this.codes, new Int32Array(size))
    this.starts = resized(this.starts, new Int32Array(size + 1))
    this.slots = new Int32Array(2 * size).fill(-1)
    for (let entry = 0; entry < this.count; entry++) this.place(entry)
  }
}

function resized<A extends Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(from: A, to: A): A {
  to.set(from)
  return to
}

/** A hash of bytes[start, end) (FNV-1a). */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  return hash
}
