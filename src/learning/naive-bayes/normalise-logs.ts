// From unnormalised log-probabilities to probabilities.

/**
 * Replaces logs[at … at + count) by exp(log) ÷ Σ exp(log), without overflow: the greatest is taken off first.
 * Where every class is impossible (all −∞), `otherwise`, which sums to 1, is the answer. O(count).
 */
export function normaliseLogs(logs: Float64Array, at: number, count: number, otherwise: Float64Array): void {
  const end = at + count
  let greatest = Number.NEGATIVE_INFINITY
  for (let k = at; k < end; k++) if ((logs[k] as number) > greatest) greatest = logs[k] as number
  if (greatest === Number.NEGATIVE_INFINITY) {
    for (let c = 0; c < count; c++) logs[at + c] = otherwise[c] as number
    return
  }
  let sum = 0
  for (let k = at; k < end; k++) {
    const share = Math.exp((logs[k] as number) - greatest)
    logs[k] = share
    sum += share
  }
  for (let k = at; k < end; k++) logs[k] = (logs[k] as number) / sum
}
