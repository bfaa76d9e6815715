// How many distinct values there are, without keeping them: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007).

const INDEX_BITS = 12
const REGISTERS = 2 ** INDEX_BITS
const BIAS = 0.7213 / (1 + 1.079 / REGISTERS)
/** Below this estimate empty registers tell more than full ones (linear counting). */
const SMALL_MAX = 2.5 * REGISTERS

/** Relative standard error of the estimate: 1.04 / √registers. */
export const DISTINCT_ERROR = 1.04 / Math.sqrt(REGISTERS)

/** 4 KiB. Hashes are two words of 32 bits that any bit of the value changes. */
export class DistinctCount {
  private readonly registers = new Uint8Array(REGISTERS)

  /** O(1). */
  add(high: number, low: number): void {
    const index = high >>> (32 - INDEX_BITS)
    // The rest of the high word, then the low one.
    const rest = (high << INDEX_BITS) | (low >>> (32 - INDEX_BITS))
    const rank = Math.clz32(rest) + 1
    if (rank > (this.registers[index] as number)) this.registers[index] = rank
  }

  /** O(registers). */
  estimate(): number {
    let sum = 0
    let emptyCount = 0
    for (const register of this.registers) {
      sum += 2 ** -register
      if (register === 0) emptyCount += 1
    }
    const raw = (BIAS * REGISTERS * REGISTERS) / sum
    if (raw <= SMALL_MAX && emptyCount > 0) return Math.round(REGISTERS * Math.log(REGISTERS / emptyCount))
    return Math.round(raw)
  }
}
