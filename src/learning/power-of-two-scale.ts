// Powers of two by which values of any size come near 1: to multiply by one is exact.

/** The power from 0.5 to 1 times 1/|value|, so that value · scale is at most 1; 1 for 0. */
export function powerOfTwoScale(value: number): number {
  const magnitude = Math.abs(value)
  if (magnitude === 0) return 1
  // Clamped so that neither the scale nor its inverse is subnormal or infinite.
  const exponent = Math.min(1000, Math.max(-1000, Math.ceil(Math.log2(magnitude))))
  return 2 ** -exponent
}
