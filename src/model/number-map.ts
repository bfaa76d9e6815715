// Codes by numbers, for numbers that callers choose: V8 hashes the integers of a Map without a seed, so that some thousand
// of them, chosen well, keep a thread busy for seconds.

const BYTE_VALUES = 256
const KEY_BYTES = 8
const CAPACITY_FIRST = 16
const EMPTY = -1
/** Integers below this have places of their own: most codes, flags and small counts. */
const DIRECT = 256

/** Of this process: nobody outside can know which numbers share a slot. */
const TABLES = crypto.getRandomValues(new Int32Array(KEY_BYTES * BYTE_VALUES))
const NUMBER = new Float64Array(1)
const WORDS = new Uint32Array(NUMBER.buffer)

/**
 * Integers ≥ 0 by numbers: open addressing with linear probing over simple tabulation hashing (Pătraşcu and Thorup, "The
 * power of simple tabulation hashing", 2012), which takes O(1) expected probes for any numbers chosen without knowledge of
 * the tables. −0 is 0, as in a Map; NaN is no key. Memory: 24 to 48 bytes a number, and a KiB.
 */
export class NumberMap {
  size = 0
  private readonly direct = new Int32Array(DIRECT).fill(EMPTY)
  private hashedCount = 0
  private keys = new Float64Array(CAPACITY_FIRST)
  private codes = new Int32Array(CAPACITY_FIRST).fill(EMPTY)

  /** The code of a number, or −1. */
  get(key: number): number {
    return isDirect(key) ? (this.direct[key] as number) : (this.codes[this.slotOf(key)] as number)
  }

  set(key: number, code: number): void {
    if (this.get(key) === EMPTY) this.size += 1
    if (isDirect(key)) {
      this.direct[key] = code
      return
    }
    if (2 * this.hashedCount >= this.codes.length) this.grow()
    const slot = this.slotOf(key)
    if (this.codes[slot] === EMPTY) this.hashedCount += 1
    this.keys[slot] = key
    this.codes[slot] = code
  }

  /** What collisions cost: places that the look for a number passes before its own, in the mean. O(places). */
  get meanDisplacement(): number {
    const { keys, codes, hashedCount } = this
    const mask = codes.length - 1
    let sum = 0
    for (const [slot, code] of codes.entries()) {
      if (code !== EMPTY) sum += (slot - hashOf(keys[slot] as number)) & mask
    }
    return hashedCount === 0 ? 0 : sum / hashedCount
  }

  /** Where the number is, or would be. */
  private slotOf(key: number): number {
    const { keys, codes } = this
    const mask = codes.length - 1
    for (let slot = hashOf(key) & mask; ; slot = (slot + 1) & mask) {
      if (codes[slot] === EMPTY || keys[slot] === key) return slot
    }
  }

  private grow(): void {
    const { keys, codes } = this
    this.keys = new Float64Array(2 * keys.length)
    this.codes = new Int32Array(2 * codes.length).fill(EMPTY)
    codes.forEach((code, slot) => {
      if (code === EMPTY) return
      const to = this.slotOf(keys[slot] as number)
      this.keys[to] = keys[slot] as number
      this.codes[to] = code
    })
  }
}

/** −0 is 0. */
function isDirect(key: number): boolean {
  const integer = key | 0
  return integer === key && integer >= 0 && integer < DIRECT
}

function hashOf(key: number): number {
  NUMBER[0] = key
  const low = WORDS[0] as number
  const high = WORDS[1] as number
  return (
    (TABLES[low & 0xff] as number) ^
    (TABLES[0x100 | ((low >>> 8) & 0xff)] as number) ^
    (TABLES[0x200 | ((low >>> 16) & 0xff)] as number) ^
    (TABLES[0x300 | (low >>> 24)] as number) ^
    (TABLES[0x400 | (high & 0xff)] as number) ^
    (TABLES[0x500 | ((high >>> 8) & 0xff)] as number) ^
    (TABLES[0x600 | ((high >>> 16) & 0xff)] as number) ^
    (TABLES[0x700 | (high >>> 24)] as number)
  )
}
