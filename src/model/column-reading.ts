// How the values of a column are read beyond their JSON types: decided with the training rows, kept with the pipeline.

/** What is said of one column, or was found in its training rows. Nothing where a column is as its values are. */
export interface ColumnReading {
  /** Texts and numbers that are missing values, besides the known marks: what the caller named. */
  readonly missing?: readonly string[]
  /** Of a numeric column: a text that reads as a number is that number. */
  readonly takesTexts?: true
  /** Of a column of text: numbers and booleans are their texts. */
  readonly takesAll?: true
}

/** Numbers as JSON and CSV have them; one with zeros before it is a code, not a number. */
const NUMBER = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

/** The finite number that a text is, spaces around it aside; undefined where it is none. */
export function numberIn(text: string): number | undefined {
  const word = text.trim()
  if (!NUMBER.test(word)) return undefined
  const value = Number(word)
  return Number.isFinite(value) ? value : undefined
}

/** The text that stands for a value in a column of text; undefined for an integer of which a double has not each digit. */
export function textOf(value: string | number | boolean): string | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) return undefined
  return String(value)
}

/** The numbers among the missing values; undefined where there are none, as there nearly always are. */
export function missingNumbers(reading: ColumnReading | undefined): ReadonlySet<number> | undefined {
  const numbers = reading?.missing?.flatMap((text) => numberIn(text) ?? [])
  return numbers === undefined || numbers.length === 0 ? undefined : new Set(numbers)
}

/** Whether a value that was read from a file is such a reading. */
export function isColumnReading(value: unknown): value is ColumnReading {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { missing, takesTexts, takesAll } = value as Record<string, unknown>
  return (
    (missing === undefined || (Array.isArray(missing) && missing.every((text) => typeof text === 'string'))) &&
    (takesTexts === undefined || takesTexts === true) &&
    (takesAll === undefined || takesAll === true)
  )
}
