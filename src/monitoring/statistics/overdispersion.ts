// How much more the counts of real days differ than those of independent rows: rows come in clusters.

/** One look at a quiet day, as it was judged: the chi-square statistic as it is, and its degrees of freedom. */
export interface QuietLook {
  readonly statistic: number
  readonly df: number
}

export interface Overdispersion {
  /** The mean of χ²/df over quiet days, at least 1: 2 where every row comes twice. */
  readonly factor: number
  /** Degrees of freedom of that estimate: those of all days together. Infinite where the factor is not estimated. */
  readonly df: number
}

/** Undefined without looks that say something. O(looks). */
export function overdispersionOf(looks: readonly QuietLook[]): Overdispersion | undefined {
  let [statistic, df] = [0, 0]
  for (const look of looks) {
    if (look.df === 0) continue
    statistic += look.statistic
    df += look.df
  }
  return df === 0 ? undefined : { factor: Math.max(1, statistic / df), df }
}

/** Later looks are left out: a change that comes slowly would hide in them. */
export const QUIET_LOOKS_MAX = 60
