// How strange a row is beside the rows of the training: an isolation forest of some of them, and the scores of others, which say
// how often ordinary rows score as high.

import type { FittedIsolationForest } from '../learning/anomaly/fitted-isolation-forest.ts'
import type { RowBlock } from '../learning/matrix.ts'

/** Of the ordinary rows so many may be called anomalous at the most. */
export const ANOMALY_SHARE_MAX = 0.1

/** A column of a version's schema, as the forest sees it. */
export interface ForestColumn {
  /** Index in the schema. */
  readonly place: number
  /** Of categories, by code: the share of the training rows that have it, so that what is rare lies apart. Undefined of numbers and times. */
  readonly shares: Float64Array | undefined
}

/** By column of the schema a value a row, as SampledRows of predictions have them: NaN, or −1 of codes, is missing; −2 was never seen. */
export type SchemaColumns = readonly (ArrayLike<number> | undefined)[]

/** From which score on rows are anomalous, and how many of the rows that were held out are. */
export interface AnomalyLimit {
  /** Scores above it are. */
  readonly score: number
  readonly heldOut: number
  readonly anomalous: number
}

export class RowForest {
  readonly columns: readonly ForestColumn[]
  readonly fitted: FittedIsolationForest
  /** Rows that were scored and not grown from. */
  readonly heldOut: number
  /** Their highest scores, descending: those of ANOMALY_SHARE_MAX of the rows. */
  readonly highest: Float64Array

  constructor(
    columns: readonly ForestColumn[],
    fitted: FittedIsolationForest,
    heldOut: { readonly count: number; readonly highest: Float64Array },
  ) {
    this.columns = columns
    this.fitted = fitted
    this.heldOut = heldOut.count
    this.highest = heldOut.highest
  }

  /**
   * The score of Liu, Ting and Zhou 2008, which is −score_samples of scikit-learn: above 0, up to 1, larger where a row is stranger.
   * rows: indices into the columns. O(rows × trees × depth).
   */
  scores(columns: SchemaColumns, from: number, to: number): Float64Array {
    const scored = this.fitted.scoreSamples(forestBlock(this.columns, columns, from, to))
    for (let i = 0; i < scored.length; i++) scored[i] = -(scored[i] as number)
    return scored
  }

  /**
   * The score that an ordinary row exceeds with a probability of at most `share`, taken over which rows were held out: the k-th highest
   * of them, k the whole part of share · (held-out rows + 1). Undefined where there are too few. O(rows of the tail).
   */
  limitAt(share: number): AnomalyLimit | undefined {
    const rank = Math.floor(share * (this.heldOut + 1))
    const score = this.highest[rank - 1]
    if (score === undefined) return undefined
    // Where scores are tied fewer rows are above it. The row itself counts: the next one is as likely to be in its place.
    const anomalous = 1 + this.highest.subarray(0, rank).filter((higher) => higher > score).length
    return { score, heldOut: this.heldOut, anomalous }
  }
}

/** Rows [from, to) as the forest takes them. A column without values is missing. O(values). */
export function forestBlock(
  columns: readonly ForestColumn[],
  given: SchemaColumns,
  from: number,
  to: number,
): RowBlock {
  const columnCount = columns.length
  const values = new Float64Array((to - from) * columnCount)
  for (const [j, { place, shares }] of columns.entries()) {
    const cells = given[place]
    for (let row = from, at = j; row < to; row++, at += columnCount) {
      const value = cells?.[row] ?? Number.NaN
      values[at] = shares === undefined ? value : shareOf(shares, value)
    }
  }
  return { rowCount: to - from, columnCount, values }
}

const UNSEEN = -2

function shareOf(shares: Float64Array, code: number): number {
  if (code === UNSEEN) return 0
  return code >= 0 ? (shares[code] ?? 0) : Number.NaN
}
