// 2^(i ÷ parts) to more digits than a double has: by exact roots of whole numbers, where Math.pow may be off by the last bit.

const BITS = 200n
const ONE = 1n << BITS

/** Adding and taking it away rounds to a whole number, halves to even. */
export const ROUNDER = 1.5 * 2 ** 52

export interface FinePowers {
  /** 2^(i ÷ parts) for i from 0 to parts − 1, each the nearest double. */
  readonly powers: Float64Array
  /** What each lacks: 2^(i ÷ parts) = power · (1 + rest). */
  readonly rests: Float64Array
}

/** parts: a power of two. */
export function finePowers(parts: number): FinePowers {
  let root = 2n * ONE
  for (let n = 1; n < parts; n *= 2) root = squareRoot(root * ONE)
  const powers = new Float64Array(parts)
  const rests = new Float64Array(parts)
  let power = ONE
  for (let i = 0; i < parts; i++) {
    // Below 2 doubles are 2^-52 apart.
    const nearest = (power + (1n << (BITS - 53n))) >> (BITS - 52n)
    powers[i] = Number(nearest) / 2 ** 52
    const rest = ((power - (nearest << (BITS - 52n))) * 2n ** 120n) / (nearest << (BITS - 52n))
    rests[i] = Number(rest) / 2 ** 120
    power = (power * root) >> BITS
  }
  return { powers, rests }
}

/** Rounded down, by Newton's method. */
function squareRoot(value: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2))
  for (;;) {
    const next = (root + value / root) >> 1n
    if (next >= root) return root
    root = next
  }
}
