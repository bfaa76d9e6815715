// What the service and its comparison thread say to each other: plain data, one comparison at a time.
import type { TrainingHead } from '../../intake/read-training.ts'
import type { Comparison } from '../../learning/comparison/compare.ts'
import type { BodyBytes } from '../../rows/byte-window.ts'

export interface ComparisonCalls {
  /** Predicts the rows with one version; what it answered is held until all are compared or dropped. */
  judge(question: JudgeQuestion): JudgedVersion
  /** Compares all that is held. */
  compare(): ComparedLabel[]
  /** Lets go of what is held. */
  drop(): void
}

export interface JudgeQuestion {
  readonly version: number
  readonly runId: number
  /** URL of the module of its model class. */
  readonly module: string
  readonly artifact: Uint8Array
  /** What its training said of the rows; the columns are those of the pipeline. */
  readonly head: TrainingHead
  /** The bytes of the data set. */
  readonly body: BodyBytes
  /** True: all rows of the data set, else those that the version held out of it. */
  readonly areAllRows: boolean
  /** What the version was trained from, where that is to be looked for among the rows. */
  readonly training?: TrainingRows | undefined
}

export interface TrainingRows {
  readonly head: TrainingHead
  readonly body: BodyBytes
  /** The rows to judge are of the same content. */
  readonly isSame: boolean
}

/** What one version is, as its pipeline has it. */
export interface JudgedVersion {
  readonly features: readonly FeatureColumn[]
  readonly rowCount: number
  /** What predicting the rows took. */
  readonly predictMs: number
  /** Values of categories that its training never saw. */
  readonly unseenCount: number
  /** How many of the rows it was trained on; absent where it was not looked for, or where equal rows may be chance. */
  readonly learntCount?: number
}

export interface FeatureColumn {
  readonly name: string
  readonly kind: string
}

export interface ComparedLabel {
  readonly label: string
  readonly kind: 'classifier' | 'regressor'
  /** Groups of rows that belong together; absent where each row counts by itself. */
  readonly groupCount?: number
  readonly comparison: Comparison
}

/** Rows that versions are compared on, at the most. */
export const ROWS_MAX = 200_000
