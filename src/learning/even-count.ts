// Vectors of two lanes take things in pairs.

/** The count, or one more where it is odd. */
export function evenly(count: number): number {
  return count + (count % 2)
}
