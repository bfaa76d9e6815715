// A prediction as the log keeps it.

export interface RowAnomaly {
  /** From 0 to 1, larger where it is stranger. */
  readonly score: number
  /** At the share that the project allowed then. */
  readonly isAnomalous: boolean
}

export interface LoggedRow {
  readonly projectId: number
  /** A UUID of version 7, whose time is that of the prediction. */
  readonly predictionId: string
  readonly deploymentId: number
  readonly version: number
  readonly environment: string
  /** Of the whole request. */
  readonly milliseconds: number
  /** 1 / the rate of the sample: for so many predictions it stands. */
  readonly weight: number
  /** The code of a class, or a number, of the first output; NaN where that is missing. */
  readonly answer: number
  /** The largest probability; NaN where there is none. */
  readonly confidence: number
  /** How strange the row is; absent where it was not scored. */
  readonly anomaly?: RowAnomaly | undefined
  /** By column of the version: a number, a time in ms, a code, −1 missing and −2 unseen of codes; NaN missing, or text. */
  readonly features: Float64Array
  /** The caller's, and the column that it stood in; absent of a row without one. */
  readonly key?: LoggedKey | undefined
}

export interface LoggedKey {
  readonly column: string
  readonly text: string
}

const TIME_DIGITS = 12

/** When a prediction was made, in milliseconds since 1970, as its id says. O(1). */
export function timeOfId(predictionId: string): number {
  return Number.parseInt(predictionId.replace('-', '').slice(0, TIME_DIGITS), 16)
}
