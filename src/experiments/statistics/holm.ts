// Several tests at once.

/**
 * p-values adjusted by Holm's step-down method (Holm 1979), each at most 1: those at or below α are significant, and the
 * probability of even one false one is at most α, however the tests depend on each other. O(n log n). Input is left as it is.
 *
 * ps  from 0 to 1
 */
export function holmAdjusted(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((i, j) => (ps[i] as number) - (ps[j] as number))
  const adjusted = new Array<number>(ps.length)
  let largest = 0
  order.forEach((i, rank) => {
    largest = Math.max(largest, (ps.length - rank) * (ps[i] as number))
    adjusted[i] = Math.min(1, largest)
  })
  return adjusted
}
