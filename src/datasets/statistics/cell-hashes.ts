// Hashes of cells: two words of 32 bits for each value, equal for equal values. Not for secrets, and of this process alone.

const NUMBER = new Float64Array(1)
const WORDS = new Uint32Array(NUMBER.buffer)
/** Drawn anew by each process: nobody outside can choose values that share a hash. */
const SEEDS = crypto.getRandomValues(new Int32Array(4))

/** The finisher of MurmurHash3 (Appleby): every bit of the word changes half of the result's. */
export function mixed(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** The words of the hash that was made last. */
export const hash = { high: 0, low: 0 }

/** −0 is 0. */
export function hashNumber(value: number): void {
  NUMBER[0] = value + 0
  const low = WORDS[0] as number
  const high = WORDS[1] as number
  hash.high = mixed(mixed(low ^ (SEEDS[0] as number)) ^ high)
  hash.low = mixed(mixed(high ^ (SEEDS[1] as number)) ^ low)
}

/** Of strings and booleans, told apart by their type. O(length). */
export function hashLevel(level: string | number | boolean): void {
  if (typeof level === 'number') {
    hashNumber(level)
    return
  }
  const text = String(level)
  let high = (SEEDS[2] as number) ^ (typeof level === 'string' ? 1 : 2)
  let low = SEEDS[3] as number
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    high = Math.imul(high ^ code, 0x01000193)
    low = Math.imul(low ^ code, 0x85ebca77)
    low = (low << 13) | (low >>> 19)
  }
  hash.high = mixed(high ^ text.length)
  hash.low = mixed(low ^ high)
}
