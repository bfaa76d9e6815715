// The columns of training rows as what they are: numbers, categories of one type, missing values. What is decided is told.
import { missingNumbers, numberIn, textOf } from './column-reading.ts'
import { decimalCommaAdvice, isNearlyAll, judgeColumn } from './judge-column.ts'
import { isInfinite, isMissingMark, shownMarks } from './missing-marks.ts'
import { type MixedColumn, mixedAsCategorical, notMixed, type ReadColumn, type ReadTable } from './read-column.ts'
import { naValueTest } from './reading-options.ts'
import { finishText } from './settle-text.ts'
import { asTimes } from './settle-times.ts'
import { checkTypedLabels, counted, dropLevels, readingOf, relevel, type Settling, tellWide } from './settling.ts'
import type { CategoricalColumn, Column, Level, NumericColumn, Table, TimeColumn } from './table.ts'

/**
 * The table of a training. Adds a fault for each value that its column cannot have, and for each column of which the
 * caller must say what it is. O(cells).
 */
export function settleTable({ rowCount, columns }: ReadTable, settling: Settling): Table {
  return { rowCount, columns: columns.map((column) => settleColumn(column, settling)) }
}

function settleColumn(column: ReadColumn, settling: Settling): Column {
  const type = settling.options.columnTypes.get(column.name)
  if (type === 'time') return settleAskedTimes(column, settling)
  if (type === 'text') return settleAskedText(column, settling)
  if (column.kind === 'mixed') return settleMixed(column, settling)
  if (column.kind === 'categorical') {
    if (type !== 'numeric') return settleCategories(column, settling, type === 'categorical')
    return asNumbers({ ...column, values: new Float64Array(column.codes.length).fill(Number.NaN) }, settling)
  }
  if (type === 'categorical') return asText(withoutLevels(column), settling)
  return settleNumbers(column, settling)
}

/** A column that the caller says is one of times. */
function settleAskedTimes(column: ReadColumn, settling: Settling): Column {
  const { name } = column
  const { place, faults } = settling
  if (place === 'labels' || settling.takes?.('time', name) !== true) {
    const detail = place === 'labels' ? 'a label is no time' : 'this model has no step that takes times'
    faults.add({ in: place, column: name, detail: `column_types: ${detail}` })
    return notMixed(column)
  }
  const texts =
    column.kind === 'categorical'
      ? column
      : mixedAsCategorical(column.kind === 'mixed' ? column : withoutLevels(column))
  return asTimes(relevel(texts, String), settling) as TimeColumn
}

/** A column that the caller says is free text. */
function settleAskedText(column: ReadColumn, settling: Settling): Column {
  const { name } = column
  const { place, faults } = settling
  if (place === 'labels' || settling.takes?.('text', name) !== true) {
    const detail = place === 'labels' ? 'a label is no free text' : 'this model has no step that takes free text'
    faults.add({ in: place, column: name, detail: `column_types: ${detail}` })
    return notMixed(column)
  }
  if (column.kind === 'categorical') return finishText(relevel(column, String), settling, true)
  return asText(column.kind === 'mixed' ? column : withoutLevels(column), settling)
}

function settleNumbers(column: Extract<ReadColumn, { kind: 'numeric' }>, settling: Settling): Column {
  const { wide, ...numeric } = column
  tellWide(column, settling)
  if (missingNumbers({ missing: settling.options.naValues }) === undefined) {
    const reading = readingOf(settling)
    return reading === undefined ? numeric : { ...numeric, reading }
  }
  return asNumbers(withoutLevels(column), settling)
}

function settleMixed(column: MixedColumn, settling: Settling): Column {
  const { name } = column
  const { place, faults, isOfTexts } = settling
  const { verdict, numberCount, otherCount, otherRows, hasLeadingZeros } = judgeColumn(column, settling.options)
  if (verdict === 'numeric') {
    tellWide(column, settling)
    return asNumbers(column, settling)
  }
  // Each row that is no number is a fault of its own there.
  if (settling.areNumbersAsked) return mixedAsCategorical(column, settling)
  const counted = `${numberCount} of ${numberCount + otherCount} values are numbers, ${otherCount} are not`
  const rows = `(first in ${otherRows.length === 1 ? 'row' : 'rows'} ${otherRows.join(', ')})`
  const [row] = otherRows
  const place1 = { in: place, column: name, ...(row === undefined ? {} : { row }) } as const
  if (verdict === 'decimal commas' && isOfTexts) {
    const advice = decimalCommaAdvice(column.levels.filter((level) => typeof level === 'string'))
    faults.add({ ...place1, detail: `${counted}, but have a decimal comma ${rows}: ${advice}` })
  } else if (verdict === 'unclear' || (verdict === 'decimal commas' && isNearlyAll(numberCount, otherCount))) {
    const advice = 'name those that stand for a missing value in na_values, or say what the column is in column_types'
    faults.add({ ...place1, detail: `${counted} ${rows}: ${advice}` })
  } else if (place === 'labels' && !isOfTexts && !settling.options.columnTypes.has(name)) {
    const typed = mixedAsCategorical(column, settling)
    tellWide(column, settling)
    checkTypedLabels(typed, settling)
    settling.warn('COLUMN_MIXED', name, `${counted}; each label keeps its own type`)
    return typed
  } else if (!settling.options.columnTypes.has(name)) {
    const zeros = hasLeadingZeros ? ', some of them digits with zeros before them' : ''
    settling.warn('COLUMN_MIXED', name, `${counted}${zeros}; all are taken as text`)
  }
  return asText(column, settling)
}

/** Strings, booleans, or both. */
function settleCategories(column: CategoricalColumn, settling: Settling, isSaid: boolean): Column {
  const { levels, name } = column
  // Levels are in order: strings come before booleans.
  const hasBooleans = typeof levels.at(-1) === 'boolean'
  const isMixed = hasBooleans && typeof levels[0] === 'string'
  if (hasBooleans && !isMixed && !isSaid) return withReading(column, settling)
  const isNamed = naValueTest(settling.options)
  const isMark = (level: Level): boolean => typeof level === 'string' && (isMissingMark(level) || isNamed(level))
  if (hasBooleans && !isSaid) {
    if (levels.every((level) => typeof level === 'boolean' || isMark(level))) {
      return withReading(dropLevels(column, isMark, settling), settling)
    }
    if (settling.place === 'labels' && !settling.isOfTexts) {
      checkTypedLabels(column, settling)
      settling.warn('COLUMN_MIXED', name, 'some values are booleans, others text; each label keeps its own type')
      return column
    }
    settling.warn('COLUMN_MIXED', name, 'some values are booleans, others text; all are taken as text')
  }
  const texts = hasBooleans ? relevel(column, String) : column
  return finishText(texts, settling, isMixed || isSaid)
}

/** A column of numbers: marks are missing, and texts are numbers where the caller says so. */
function asNumbers(
  { name, values, codes, levels }: Pick<MixedColumn, 'name' | 'values' | 'codes' | 'levels'>,
  settling: Settling,
): Column {
  const { options, place, faults, warn } = settling
  const isSaid = options.columnTypes.get(name) === 'numeric'
  const isNamed = naValueTest(options)
  const missing = missingNumbers({ missing: options.naValues })
  // What the reader made is nobody else's: it is written to.
  const meant = levels.map((level) => {
    if (typeof level !== 'string') return undefined
    if (isMissingMark(level) || isNamed(level)) return Number.NaN
    return isSaid ? numberIn(level) : undefined
  })
  const found = new Set<string>()
  let count = 0
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    const code = codes[row] as number
    if (missing?.has(value)) {
      values[row] = Number.NaN
      found.add(String(value))
      count += 1
    }
    if (code < 0) continue
    const level = levels[code] as Level
    const number = meant[code]
    if (number === undefined) {
      const infinite = typeof level === 'string' && isInfinite(level)
      const detail = infinite
        ? `expected a finite number, got ${level.trim()}`
        : `expected a number, got ${shownType(level)}`
      faults.add({ in: place, row, column: name, detail })
    } else if (Number.isNaN(number)) {
      found.add(level as string)
      count += 1
    } else values[row] = number
  }
  if (count > 0)
    warn('MISSING_MARKS', name, `${counted(count, 'cell')} (${shownMarks(found)}) were read as missing values`)
  const reading = readingOf(settling, isSaid ? { takesTexts: true } : undefined)
  return { kind: 'numeric', name, values, ...(reading === undefined ? {} : { reading }) }
}

function shownType(level: Level): string {
  return typeof level === 'string' ? 'text that is none' : `a ${typeof level}`
}

/** A column of text: numbers and booleans by their texts, or as the file has them. */
function asText(
  column: Pick<MixedColumn, 'name' | 'values' | 'codes' | 'levels' | 'texts'>,
  settling: Settling,
): Column {
  const { place, faults, memory } = settling
  const detail =
    'an integer of which a double has not every digit in a column of text, or one value too many: write it in quotes'
  const refuse = (row: number): void => faults.add({ in: place, row, column: column.name, detail })
  const texts = column.texts ?? relevel(mixedAsCategorical(column, { levelOf: textOf, refuse, memory }), String)
  return finishText(texts, settling, true)
}

function withoutLevels(column: NumericColumn): Pick<MixedColumn, 'name' | 'values' | 'codes' | 'levels'> {
  const { name, values } = column
  return { name, values, codes: new Int32Array(values.length).fill(-1), levels: [] }
}

function withReading<C extends Column>(column: C, settling: Settling): C {
  const reading = readingOf(settling)
  return reading === undefined ? column : { ...column, reading }
}
