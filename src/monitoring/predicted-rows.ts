// Rows that deployments have just predicted, as far as somebody wants to keep them. (The cells of a version lie in
// src/cells: the trainer and the prediction thread use them too, which know nothing of monitoring.)
import type { Level } from '../model/table.ts'
import type { SampledKeys, UnseenCounts } from '../prediction/rows-watch.ts'

/** Some rows of one request, told after its answer was made. */
export interface PredictedRows {
  readonly deployment: PredictingDeployment
  /** The share of the rows of its kind that is told; absent: that of the project. */
  readonly rate?: number | undefined
  /** The id of row i is idOfRow(idPrefix, rows[i]). */
  readonly idPrefix: string
  /** Rows of the request, told or not. */
  readonly requestRows: number
  /** Of each row its number in its request, ascending. */
  readonly rows: Uint32Array
  /** What the whole request took, without HTTP. */
  readonly milliseconds: number
  /**
   * By column of the version's schema, a value a row: numbers, times in milliseconds since 1970, NaN where it is missing; codes of
   * its levels, −1 where it is missing, −2 where the training never saw it. Undefined of a column of text.
   */
  readonly columns: readonly (Float64Array | undefined)[]
  /** Of the first output, a value a row: codes of classes, or numbers. */
  readonly answers: Float64Array
  /** What the codes stand for; undefined of numbers. */
  readonly classes: readonly Level[] | undefined
  /** The largest probability, a value a row; undefined of what has none. */
  readonly confidence: Float64Array | undefined
  /** The caller's keys; absent where the project names no column of them. */
  readonly keys?: SampledKeys | undefined
  /** How strange the rows are; absent of rows that were not scored. */
  readonly anomalies?: RowAnomalies | undefined
}

export interface RowAnomalies {
  /** A value a row: see RowForest. NaN of a row that was not scored. */
  readonly scores: Float64Array
  /** Rows with a higher score are anomalous. */
  readonly limit: number
}

export interface PredictingDeployment {
  readonly projectId: number
  readonly environment: string
  readonly deploymentId: number
  readonly version: number
  readonly runId: number
}

/** Hears of rows. All of it is called beside predictions: they wait for nothing and throw nothing. */
export interface RowsHearer {
  /** The share of a project's rows that it wants, from 0 to 1: those that isSampled says. */
  rateOf(projectId: number): number
  /** The column of a project's rows that has their keys; undefined where there is none. */
  keyColumnOf(projectId: number): string | undefined
  hear(rows: PredictedRows): void
}

/** Hears of levels that the training never saw. Beside predictions, too. */
export interface UnseenHearer {
  wants(projectId: number): boolean
  hear(deployment: PredictingDeployment, levels: readonly UnseenCounts[]): void
}

export interface PredictedRowsSource {
  /** One hearer of each; who calls it later takes the place of the one before. */
  tellTo(hearer: RowsHearer, unseenHearer: UnseenHearer): void
}
