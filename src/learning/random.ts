// Seeded random numbers: the same seed and stream give the same sequence on every machine and thread.

const TWO_32 = 2 ** 32

/**
 * xoshiro128** (Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators"), seeded by splitmix32.
 * Period 2^128 − 1; O(1) a draw. `stream` gives independent generators for one seed, such as one a tree,
 * so that a model does not depend on which thread grew which tree.
 */
export class Random {
  private a: number
  private b: number
  private c: number
  private d: number

  /** seed and stream: integers from 0 to 2^32 − 1. */
  constructor(seed: number, stream = 0) {
    let state = (seed ^ Math.imul(stream + 1, 0x9e3779b9)) | 0
    const splitmix = (): number => {
      state = (state + 0x9e3779b9) | 0
      let z = state
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return z ^ (z >>> 15)
    }
    this.a = splitmix()
    this.b = splitmix() ^ Math.imul(seed, 0x85ebca6b)
    this.c = splitmix() ^ Math.imul(stream, 0xc2b2ae35)
    this.d = splitmix() | 1
  }

  /** An integer from 0 to 2^32 − 1. */
  uint32(): number {
    const multiplied = Math.imul(this.b, 5)
    const result = Math.imul((multiplied << 7) | (multiplied >>> 25), 9)
    const t = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= t
    this.d = (this.d << 11) | (this.d >>> 21)
    return result >>> 0
  }

  /** A number from 0 (included) to 1 (excluded), with 53 random bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992
  }

  /** An integer from 0 to bound − 1, every one equally likely. bound: 1 … 2^32. */
  integer(bound: number): number {
    let drawn = this.uint32()
    // Only what is this high can be above the last whole multiple of bound: a slow remainder is seldom taken.
    if (drawn > TWO_32 - bound) {
      const limit = TWO_32 - (TWO_32 % bound)
      while (drawn >= limit) drawn = this.uint32()
    }
    // drawn % bound, which is slow for doubles. Exact: the quotient is 2^-32 or more below the next whole number.
    return drawn - Math.floor(drawn / bound) * bound
  }

  /** A standard normal number, by the polar method of Marsaglia and Bray 1964. */
  normal(): number {
    for (;;) {
      const u = 2 * this.uniform() - 1
      const v = 2 * this.uniform() - 1
      const s = u * u + v * v
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s)
    }
  }

  /** Puts the values into a random order, in place (Fisher and Yates). O(n). */
  shuffle(values: Int32Array | Uint32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      const held = values[i] as number
      values[i] = values[j] as number
      values[j] = held
    }
  }
}
