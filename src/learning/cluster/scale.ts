// Brings values of any size to where their squares neither overflow nor vanish.

/**
 * A power of two, by which values keep all their digits: 1 for ordinary values, else such that the largest size becomes
 * about 1. The squares of 1e300 overflow, those of 1e-300 vanish, and float32 bounds need a smaller range still.
 */
export function powerOfTwoScale(largest: number): number {
  if (largest === 0 || (largest > 2 ** -32 && largest < 2 ** 32)) return 1
  // 2^1023 is the largest power that is a number.
  return 2 ** Math.min(1023, -Math.floor(Math.log2(largest)))
}
