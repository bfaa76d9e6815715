// How much more the counts of real days differ than those of independent rows: rows come in clusters. Each column is estimated from its
// own days, and from those of the other columns as far as they are alike.

import { invertTail } from '../../learning/distributions/invert-tail.ts'
import { digamma, trigamma } from '../../learning/distributions/polygamma.ts'

/** One look at a quiet day, as it was judged: the chi-square statistic as it is, and its degrees of freedom. */
export interface QuietLook {
  readonly statistic: number
  readonly df: number
}

export interface Overdispersion {
  /** By how much χ²/df of quiet days is above that of independent rows, at least 1: 2 where every row comes twice. */
  readonly factor: number
  /** Degrees of freedom of that estimate. Infinite where the factor is not estimated. */
  readonly df: number
}

/** Days by which overdispersion is estimated, by default. */
export const CALIBRATION_DAYS = 14
/** Later looks are left out: a change that comes slowly would hide in them. */
export const QUIET_LOOKS_MAX = 60
/** Before days tell: each row is as good as a quarter of an independent one. */
export const ASSUMED_OVERDISPERSION = 4

/** Standard errors from which a column is too far from the others to learn from them, or they from it. */
const APART_FROM = 4
/** Standard errors, where columns are alike, by which they are taken to differ more than they seem to: too much trust raises false alarms. */
const CAUTION = 0.5

/**
 * By column, of one version. A column with fewer looks than calibrationDays has ASSUMED_OVERDISPERSION, or what they say where
 * that is more; undefined where calibrationDays is 0: rows are independent of each other.
 *
 * The others are the mean of χ²/df over their looks, d degrees of freedom in all, moderated as variances of many genes are: as if
 * d₀ more had been seen at the mean of all columns (Smyth 2004, "Linear models and empirical Bayes methods"). d₀ comes from how much more
 * their logarithms differ than chance makes them (DerSimonian and Laird 1986), half a standard error more; it is no more than all the other columns have
 * together. Columns that are far from the median of all stay as they are. O(looks + columns log columns).
 */
export function overdispersionsOf(
  columns: readonly (readonly QuietLook[])[],
  calibrationDays: number,
): (Overdispersion | undefined)[] {
  if (calibrationDays === 0) return columns.map(() => undefined)
  const own = columns.map(meanSquareOf)
  const isKnown = (i: number): boolean => (columns[i] as readonly QuietLook[]).length >= calibrationDays
  const prior = priorOf(own.filter((square, i) => square.df > 0 && isKnown(i)))
  return own.map((square, i) => {
    if (square.df === 0 || !isKnown(i)) {
      return { factor: Math.max(ASSUMED_OVERDISPERSION, square.value), df: Number.POSITIVE_INFINITY }
    }
    const { value, df } = moderated(square, prior)
    return { factor: Math.max(1, value), df }
  })
}

interface MeanSquare {
  readonly value: number
  readonly df: number
}

/** Looks without degrees of freedom say nothing. */
function meanSquareOf(looks: readonly QuietLook[]): MeanSquare {
  let [statistic, df] = [0, 0]
  for (const look of looks) {
    if (look.df === 0) continue
    statistic += look.statistic
    df += look.df
  }
  return { value: df === 0 ? 0 : statistic / df, df }
}

/** What all columns have in common. */
interface Prior {
  readonly median: number
  /** Mean of the logarithms, and by how much they differ beyond chance, as a variance. */
  readonly mean: number
  readonly variance: number
  /** Degrees of freedom of all columns that it is made of. */
  readonly df: number
}

/** Undefined where fewer than two columns are alike. */
function priorOf(squares: readonly MeanSquare[]): Prior | undefined {
  const sorted = squares.map(logOf).sort((a, b) => a - b)
  const median = sorted[(sorted.length - 1) >>> 1] as number
  const alike = squares.filter((square) => isAlike(square, median))
  if (alike.length < 2) return undefined
  const sampling = alike.map(({ df }) => trigamma(df / 2))
  const meanWith = (variance: number): number => {
    const weights = sampling.map((each) => 1 / (each + variance))
    return sumOf(alike, (square, i) => (weights[i] as number) * logOf(square)) / sumOf(weights, (weight) => weight)
  }
  const fixed = meanWith(0)
  const weights = sampling.map((each) => 1 / each)
  const spread = sumOf(alike, (square, i) => (weights[i] as number) * (logOf(square) - fixed) ** 2)
  const weight = sumOf(weights, (each) => each)
  const unit = weight - sumOf(weights, (each) => each * each) / weight
  const freedom = alike.length - 1
  const variance = (Math.max(0, spread - freedom) + CAUTION * Math.sqrt(2 * freedom)) / unit
  return { median, mean: meanWith(variance), variance, df: sumOf(alike, ({ df }) => df) }
}

function moderated(square: MeanSquare, prior: Prior | undefined): MeanSquare {
  if (prior === undefined || !isAlike(square, prior.median)) return square
  const others = prior.df - square.df
  const df = Math.min(others, 2 * invertTail(trigamma, prior.variance))
  const value = Math.exp(prior.mean - logBias(df))
  return { value: (df * value + square.df * square.value) / (df + square.df), df: df + square.df }
}

function isAlike(square: MeanSquare, median: number): boolean {
  return Math.abs(logOf(square) - median) <= APART_FROM * Math.sqrt(trigamma(square.df / 2))
}

/** Its mean is the logarithm of what is estimated. −∞ of 0. */
function logOf({ value, df }: MeanSquare): number {
  return Math.log(value) + logBias(df)
}

/** By how much the mean of the logarithm of χ²/df is below 0. */
function logBias(df: number): number {
  return Math.log(df / 2) - digamma(df / 2)
}

function sumOf<Item>(items: readonly Item[], of: (item: Item, index: number) => number): number {
  return items.reduce((sum, item, i) => sum + of(item, i), 0)
}
