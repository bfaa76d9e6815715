// Whether one library's scores on the splits of a table are better than another's, beyond noise.

export interface Verdict {
  readonly verdict: 'win' | 'tie' | 'loss'
  /** The mean over the splits of ours − theirs; −1 where only ours has no score, 1 where only theirs has none. */
  readonly difference: number
}

/** Below it a difference is a tie, however steady: half a point of accuracy or of R². */
const TIE = 0.005

/**
 * Compares paired scores, one a split. A win or a loss is a mean difference of more than half a point and of more than
 * two standard errors of the paired differences.
 */
export function compareScores(ours: readonly (number | null)[], theirs: readonly (number | null)[]): Verdict {
  const hasOurs = ours.every((score) => score !== null)
  const hasTheirs = theirs.every((score) => score !== null)
  if (!hasOurs || !hasTheirs) {
    if (hasOurs === hasTheirs) return { verdict: 'tie', difference: 0 }
    return hasOurs ? { verdict: 'win', difference: 1 } : { verdict: 'loss', difference: -1 }
  }
  const differences = ours.map((score, i) => (score as number) - (theirs[i] as number))
  const count = differences.length
  const mean = differences.reduce((sum, value) => sum + value, 0) / count
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const standardError = Math.sqrt(squares / Math.max(count - 1, 1) / count)
  if (Math.abs(mean) <= Math.max(TIE, 2 * standardError)) return { verdict: 'tie', difference: mean }
  return { verdict: mean > 0 ? 'win' : 'loss', difference: mean }
}
