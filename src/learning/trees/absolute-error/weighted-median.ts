// The weighted median of a growing set, and the absolute deviations from it.

/**
 * A Fenwick tree over the ranks of up to n targets, of weights and of weighted targets (Fenwick 1994).
 * `add` and `loss` are O(log n).
 */
export class WeightedMedian {
  /** The weight of the set. */
  weight = 0
  /** The median, after `loss`: the mean of two neighbours where the weight splits exactly between them. */
  value = 0
  private total = 0
  private n = 0
  private top = 1
  private readonly targets: Float64Array
  private readonly weights: Float64Array
  private readonly sums: Float64Array

  constructor(countMax: number) {
    this.targets = new Float64Array(countMax)
    this.weights = new Float64Array(countMax + 1)
    this.sums = new Float64Array(countMax + 1)
  }

  /** Starts over with n ranks, whose targets `setTarget` must then give in ascending order. */
  reset(n: number): void {
    this.n = n
    this.top = 1
    while (2 * this.top <= n) this.top *= 2
    this.clear(n)
  }

  setTarget(rank: number, target: number): void {
    this.targets[rank] = target
  }

  /** An empty set, over the same targets. */
  clear(n: number): void {
    this.weights.fill(0, 0, n + 1)
    this.sums.fill(0, 0, n + 1)
    this.weight = 0
    this.total = 0
  }

  add(rank: number, weight: number): void {
    const { weights, sums, n } = this
    const sum = weight * this.targets[rank]!
    for (let i = rank + 1; i <= n; i += i & -i) {
      weights[i]! += weight
      sums[i]! += sum
    }
    this.weight += weight
    this.total += sum
  }

  /** The sum of weighted absolute deviations from the median of the set, which must not be empty. */
  loss(): number {
    const { weights, sums, targets, n } = this
    const half = this.weight / 2
    let at = 0
    let below = 0
    let sumBelow = 0
    let atOrBelow = 0
    let weightAtOrBelow = 0
    // Two descents: past all with less than half of the weight below or at them, and past all with at most half.
    for (let step = this.top; step > 0; step >>= 1) {
      const next = at + step
      if (next <= n && below + weights[next]! < half) {
        at = next
        below += weights[next]!
        sumBelow += sums[next]!
      }
    }
    for (let step = this.top; step > 0; step >>= 1) {
      const next = atOrBelow + step
      if (next <= n && weightAtOrBelow + weights[next]! <= half) {
        atOrBelow = next
        weightAtOrBelow += weights[next]!
      }
    }
    const first = targets[Math.min(at, n - 1)]!
    const second = targets[Math.min(atOrBelow, n - 1)]!
    this.value = first / 2 + second / 2
    // Ranks from `at` on are at least `first`; any point from `first` to `second` gives the same sum.
    return Math.max(0, first * below - sumBelow + (this.total - sumBelow) - first * (this.weight - below))
  }
}
