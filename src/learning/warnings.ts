// What a run tells about itself although it succeeded: each warning has a code. docs/warnings.md is tested against it.

/** Every code with one line on what it means. */
export const WARNING_CATALOGUE = {
  // Readings of the data, decided at the door.
  MISSING_MARKS: 'Cells such as NA or ? in a column of numbers were read as missing values',
  COLUMN_MIXED: 'The column has numbers and text; all its values are taken as text',
  SPACES_TRIMMED: 'Spaces around column names were removed',
  LABEL_SPACES: 'Labels differ only by spaces around them',
  // The columns and labels of a training.
  COLUMN_CONSTANT: 'Every present value of the column is the same',
  COLUMN_ALL_MISSING: 'The column has no value',
  COLUMN_ID_LIKE: 'Nearly every row has a value of its own: the column looks like an identifier',
  COLUMN_TELLS_LABEL: 'The column equals the label, or alone determines it',
  COLUMNS_DROPPED: 'Columns that the model does not take were left out',
  LABEL_CONTINUOUS: 'The label of a classifier looks like a continuous number',
  CLASS_TOO_SMALL: 'A class has a single row',
  ROWS_SHARED: 'Held-out rows are also among the rows that were trained on',
  // The fit.
  LEVELS_POOLED: 'Rare levels of a categorical column were pooled',
  PARAMETER_READ: 'A parameter could be read in two ways; the one taken is told',
  PARAMETER_LOWERED: 'A parameter was larger than the rows allow; the value used is told',
  NOT_CONVERGED: 'The iterations ended before the solution was reached',
  METRICS_NOT_FINITE: 'Metrics are not finite numbers: nothing can be read from them',
  NO_BETTER_THAN_BASELINE: 'The model is no better than always answering the majority or the mean',
} as const

export type WarningCode = keyof typeof WARNING_CATALOGUE

/** One warning, as callers see it. */
export interface Warning {
  readonly code: WarningCode
  /** What was found and what was done, with figures; at most 500 characters. Never holds a value of a row. */
  readonly message: string
  /** The column that it is about. */
  readonly column?: string
}

/** A warning of an estimator, which knows its columns by index only. */
export interface FitWarning {
  readonly code: WarningCode
  readonly message: string
  /** Index in the columns of the Matrix. */
  readonly column?: number
}

/** Warnings that are kept at the most. */
const WARNINGS_MAX = 100
const MESSAGE_LENGTH_MAX = 500

/** Collects warnings: each once, and so many at the most. */
export class WarningList {
  private readonly seen = new Map<string, Warning>()

  add(warning: Warning): void {
    const key = JSON.stringify([warning.code, warning.column, warning.message])
    if (this.seen.size >= WARNINGS_MAX || this.seen.has(key)) return
    this.seen.set(key, { ...warning, message: warning.message.slice(0, MESSAGE_LENGTH_MAX) })
  }

  addAll(warnings: Iterable<Warning>): void {
    for (const warning of warnings) this.add(warning)
  }

  get listed(): readonly Warning[] {
    return [...this.seen.values()]
  }
}
