// What a run tells about itself although it succeeded: each warning has a code. docs/warnings.md is tested against it.

/** Every code with one line on what it means. */
export const WARNING_CATALOGUE = {
  // Readings of the data, decided at the door.
  MISSING_MARKS: 'Cells such as NA or ? in a column of numbers were read as missing values',
  MARKS_KEPT: 'Cells such as NA or ? in a column of text were kept as values of their own',
  COLUMN_MIXED: 'The column has numbers and text; all its values are taken as text',
  NUMBERS_AS_TEXT: 'Every value of the column is text that reads as a number; it is taken as text',
  MEASURES_AS_TEXT: 'Values of a column are dates, or numbers with more than digits; they are taken as text',
  TIMES_READ: 'Every value of a column of text is a date or a date-time; they were read as times',
  TEXT_READ: 'A column holds free text; it was taken by its words',
  INTEGERS_ROUNDED: 'Integers beyond 2^53 were rounded to the nearest double',
  SEPARATOR_FOUND: 'The fields of the CSV are not separated by commas; what its first rows have was taken',
  DECIMAL_FOUND: 'Numbers of the CSV have a decimal comma, as its first rows tell',
  THOUSANDS_DOUBTED: 'Numbers that may have marks of thousands were read with decimals',
  QUOTE_FOUND: 'The fields of the CSV are quoted with apostrophes, as its first rows tell',
  ENCODING_FOUND: 'The file is not UTF-8; the encoding in which it was read is told',
  SHEET_CHOSEN: 'The workbook has several sheets; the first was taken',
  CELLS_MERGED: 'Merged cells of the sheet have a value in the first of them only',
  CELLS_IN_ERROR: 'Cells of the sheet whose formulas failed (#N/A, #DIV/0!) were read as missing values',
  FORMULAS_WITHOUT_VALUE: 'Formulas of the sheet were saved without their values; their cells are missing',
  ROWS_EMPTY: 'Rows of the sheet without any value were passed over',
  HEADER_DOUBTED: 'Each name of a column is a number; the first row was taken for the header',
  SPACES_TRIMMED: 'Spaces around column names were removed',
  LABEL_SPACES: 'Labels differ only by spaces around them',
  LEVEL_SPACES: 'Values of a column differ only by spaces around them',
  LABEL_CASE: 'Labels differ only by upper and lower case',
  LEVEL_CASE: 'Values of a column differ only by upper and lower case',
  // The columns and labels of a training.
  COLUMN_CONSTANT: 'Every present value of the column is the same',
  COLUMN_ALL_MISSING: 'The column has no value',
  COLUMN_ID_LIKE: 'Nearly every row has a value of its own: the column looks like an identifier',
  COLUMN_LEFT_OUT: 'Nearly every row has a value of its own in the column; an encoding step left it out',
  COLUMNS_SELECTED: 'An encoding step left columns out that vary or count too little',
  COLUMN_TELLS_LABEL: 'The column equals the label, or alone determines it',
  COLUMNS_DROPPED: 'Columns that the model does not take were left out',
  LABEL_CONTINUOUS: 'The label of a classifier looks like a continuous number',
  LABEL_CONSTANT: 'Every training row has the same label',
  CLASS_TOO_SMALL: 'A class has a single row',
  ROWS_SHARED: 'Held-out rows are also among the rows that were trained on',
  // The fit.
  TARGET_ENCODED: 'Categories of a column with many of them were replaced by the mean label of each',
  LEVELS_POOLED:
    'Levels of a categorical column were pooled: rare ones, or in boosting those that are alike in the label',
  PARAMETER_READ: 'A parameter could be read in two ways; the one taken is told',
  PARAMETER_LOWERED: 'A parameter was larger than the rows allow; the value used is told',
  NOT_CONVERGED: 'The iterations ended before the solution was reached',
  DIRECTIONS_LEFT_OUT: 'Columns of small numbers count for nothing, in part, beside one of very large numbers',
  CALIBRATION_WORSE: 'The calibrated probabilities of rows that were not seen are worse than those before',
  METRICS_NOT_FINITE: 'Metrics are not finite numbers: nothing can be read from them',
  NO_BETTER_THAN_BASELINE: 'The model is no better than always answering the majority or the mean',
  // The end of the training.
  BASELINE_PARTIAL: 'There are more columns than the baseline of a version counts; those behind are not counted',
  METRICS_LEFT_OUT: 'There were more metrics than a run keeps; those of single classes were left out',
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

/** Warnings of one code that are kept at the most; of the others their number is told. */
const OF_A_CODE_MAX = 10
export const WARNING_MESSAGE_LENGTH_MAX = 500
/** A column's name may be of any length; what a warning names of it is not. */
export const WARNING_COLUMN_LENGTH_MAX = 255
/** What a new list can come to: of each code the most that are kept, and one that counts the others. */
const NEW_WARNINGS_MAX = Object.keys(WARNING_CATALOGUE).length * (OF_A_CODE_MAX + 1)
/** What any list can come to, with those of the list before. */
export const WARNINGS_MAX = 2 * NEW_WARNINGS_MAX

/** Collects warnings: each once, of each code so many at the most, and then how many there were besides. */
export class WarningList {
  private readonly before: readonly Warning[]
  private readonly seen = new Set<string>()
  private readonly byCode = new Map<WarningCode, { readonly kept: Warning[]; leftOut: number }>()

  /** before: what another list has listed already; it is kept as it is. */
  constructor(before: readonly Warning[] = []) {
    this.before = before.slice(0, NEW_WARNINGS_MAX)
    for (const warning of this.before) this.seen.add(keyOf(warning))
  }

  add(warning: Warning): void {
    const { code, column } = warning
    const message = warning.message.slice(0, WARNING_MESSAGE_LENGTH_MAX).toWellFormed()
    const name = column?.slice(0, WARNING_COLUMN_LENGTH_MAX).toWellFormed()
    const added = name === undefined ? { code, message } : { code, message, column: name }
    const key = keyOf(added)
    if (this.seen.has(key)) return
    const of = this.byCode.get(code) ?? { kept: [], leftOut: 0 }
    this.byCode.set(code, of)
    if (of.kept.length >= OF_A_CODE_MAX) of.leftOut += 1
    else {
      of.kept.push(added)
      this.seen.add(key)
    }
  }

  addAll(warnings: Iterable<Warning>): void {
    for (const warning of warnings) this.add(warning)
  }

  /** By code, in the order in which each code came first. */
  get listed(): readonly Warning[] {
    const own = [...this.byCode].flatMap(([code, { kept, leftOut }]) =>
      leftOut === 0 ? kept : [...kept, { code, message: `${leftOut} more warnings of this code are left out` }],
    )
    return [...this.before, ...own]
  }
}

/** A warning in one line, for a log or a terminal. */
export function warningText({ code, message, column }: Warning): string {
  return `${code}${column === undefined ? '' : `, column ${JSON.stringify(column)}`}: ${message}`
}

function keyOf({ code, message, column }: Warning): string {
  return JSON.stringify([code, column, message])
}
