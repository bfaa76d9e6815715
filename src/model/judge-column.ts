// What a column with numbers and texts is taken for: decided by its values and what the caller says, without a change of it.
import { missingNumbers } from './column-reading.ts'
import { isInfinite, isMissingMark } from './missing-marks.ts'
import type { MixedColumn, ReadTable } from './read-column.ts'
import { naValueTest, type ReadingOptions } from './reading-options.ts'

/** From this part of numbers on, a column of numbers and texts is one of numbers in which something is wrong. */
const NEARLY_ALL = 0.9
const ROWS_NAMED_MAX = 5
/** Digits with zeros before them: postcodes and other codes. */
const LEADING_ZEROS = /^\s*0\d+\s*$/
const INTEGER = /^\s*[+-]?\d+\s*$/
const DECIMAL_COMMA = /^\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*$/
/** Three digits behind the mark, one to three before it: what parts thousands, or stands before three decimals. */
const THOUSANDS = { point: /^\s*[+-]?[1-9]\d{0,2}\.\d{3}\s*$/, comma: /^\s*[+-]?[1-9]\d{0,2},\d{3}\s*$/ }

export interface Judgement {
  /** numeric: all but marks of missing values are numbers, or are to be. unclear: the caller must say. */
  readonly verdict: 'numeric' | 'text' | 'unclear' | 'decimal commas'
  readonly numberCount: number
  /** Values that are no numbers and no marks, and their first rows. */
  readonly otherCount: number
  readonly otherRows: readonly number[]
  readonly hasLeadingZeros: boolean
}

/** O(rows). */
export function judgeColumn(column: MixedColumn, options: ReadingOptions): Judgement {
  const { values, codes, levels } = column
  const isNamed = naValueTest(options)
  const isOther = levels.map((level) => typeof level !== 'string' || !(isMissingMark(level) || isNamed(level)))
  const texts = levels.filter((level, code) => isOther[code] && typeof level === 'string') as string[]
  const missing = missingNumbers({ missing: options.naValues })
  let numberCount = 0
  let otherCount = 0
  const otherRows: number[] = []
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    if (!Number.isNaN(value)) numberCount += missing?.has(value) ? 0 : 1
    else if (isOther[codes[row] as number]) {
      otherCount += 1
      if (otherRows.length < ROWS_NAMED_MAX) otherRows.push(row)
    }
  }
  const otherLevelCount = isOther.filter(Boolean).length
  const areAll = (test: (text: string) => boolean): boolean => texts.length === otherLevelCount && texts.every(test)
  const areCodes = texts.some(hasLeadingZeros)
  const verdict = (): Judgement['verdict'] => {
    const type = options.columnTypes.get(column.name)
    if (type !== undefined) return type === 'numeric' ? 'numeric' : 'text'
    if (areAll(isInfinite)) return 'numeric'
    if (areAll((text) => DECIMAL_COMMA.test(text))) return 'decimal commas'
    if (areCodes) return 'text'
    return isNearlyAll(numberCount, otherCount) ? 'unclear' : 'text'
  }
  return { verdict: verdict(), numberCount, otherCount, otherRows, hasLeadingZeros: areCodes }
}

/** Whether a column of so many numbers and other values is one of numbers in which something is wrong. */
export function isNearlyAll(numberCount: number, otherCount: number): boolean {
  return numberCount >= NEARLY_ALL * (numberCount + otherCount)
}

/** Whether a text may stand in a column of numbers with decimal commas. */
export function isDecimalCommaOrInteger(text: string): boolean {
  return DECIMAL_COMMA.test(text) || INTEGER.test(text)
}

export function hasDecimalComma(text: string): boolean {
  return DECIMAL_COMMA.test(text)
}

/** Whether the mark of a number may part thousands. */
export function mayBeThousands(text: string, mark: keyof typeof THOUSANDS = 'comma'): boolean {
  return THOUSANDS[mark].test(text)
}

/** What to do about texts of which some have a decimal comma; of a CSV that has no decimal points. */
export function decimalCommaAdvice(texts: readonly string[]): string {
  const withComma = texts.filter(hasDecimalComma)
  if (!withComma.every((text) => mayBeThousands(text))) return 'say decimal=comma'
  return 'write them without the comma where it parts thousands, or say decimal=comma where it stands before decimals'
}

export function isInteger(text: string): boolean {
  return INTEGER.test(text)
}

export function hasLeadingZeros(text: string): boolean {
  return LEADING_ZEROS.test(text)
}

/** The mixed columns that are to be text: a file of texts is read for them once more, as it stands. */
export function mixedColumnsOfText({ columns }: ReadTable, options: ReadingOptions): Set<string> {
  const mixed = columns.filter((column) => column.kind === 'mixed')
  return new Set(mixed.filter((column) => judgeColumn(column, options).verdict === 'text').map(({ name }) => name))
}
