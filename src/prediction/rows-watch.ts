// Who wants to know of the rows that a deployment predicts. All of it is called beside predictions: nothing of it waits.
import type { Level } from '../model/table.ts'

/** Why rows were predicted and not counted: their class predicts other rows than it was given, or an error was caught. */
export type NotCountedReason = 'predicts_otherwise' | 'failed' | 'elsewhere'

export interface RowsWatch {
  /** The share of rows that `sampled` is to be told of, from 0 to 1; asked once for each request. */
  readonly sampleRate: number
  /** The column that has the caller's keys of the rows; asked once for each request. Absent where there is none. */
  readonly keyColumn?: string | undefined
  /**
   * The array in which rows of a version with so many cells are counted now, which counts the rows themselves too; undefined where
   * there is no room for it.
   */
  countsFor(cellCount: number, rowCount: number): Float64Array | undefined
  notCounted(rowCount: number, reason: NotCountedReason): void
  /** Some rows of a request, with the beginning of their ids. */
  sampled(rows: SampledRows, idPrefix: string, milliseconds: number): void
  /** Whether `unseen` is to be told; asked once for each request. */
  readonly wantsUnseen?: boolean
  /** Levels of all rows of a request that the training never saw. */
  unseen?(levels: readonly UnseenCounts[]): void
}

/** Some rows of one request. Plain data: it comes from the prediction thread. */
export interface SampledRows {
  /** Of the request, in the sample or not. */
  readonly requestRows: number
  /** Of each row its number in the request, ascending. */
  readonly rows: Uint32Array
  /** By column of the schema, a value a row: numbers, NaN where one is missing; codes, −1 where one is missing, −2 where the training never saw it. Undefined of text. */
  readonly columns: readonly (Float64Array | undefined)[]
  /** Of the first output: codes of classes, or numbers. */
  readonly answers: Float64Array
  /** What the codes stand for; undefined of numbers. */
  readonly classes: readonly Level[] | undefined
  readonly confidence: Float64Array | undefined
  /** Absent where none are asked for. */
  readonly keys?: SampledKeys | undefined
}

/** The caller's keys of sampled rows, and the column that they stood in. */
export interface SampledKeys {
  readonly column: string
  /** By row; null of one without a key. */
  readonly texts: readonly (string | null)[]
}

/** Levels of a column that the training never saw. Plain data: it comes from the prediction thread. */
export interface UnseenCounts {
  readonly column: string
  /** The most frequent ones, each with at least so many rows. */
  readonly levels: readonly (readonly [level: string, rowCount: number])[]
}
