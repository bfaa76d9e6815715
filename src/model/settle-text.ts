// A column of text in training rows: what of it is missing, and what is odd about its values.
import { numberIn } from './column-reading.ts'
import {
  decimalCommaAdvice,
  hasDecimalComma,
  hasLeadingZeros,
  isDecimalCommaOrInteger,
  isInteger,
} from './judge-column.ts'
import { measureIn } from './measure-texts.ts'
import { isMissingMark, mayBeMark, shownMarks } from './missing-marks.ts'
import { naValueTest } from './reading-options.ts'
import { asFreeText } from './settle-free-text.ts'
import { asTimes } from './settle-times.ts'
import { counted, countRows, dropLevels, readingOf, type Settling } from './settling.ts'
import type { CategoricalColumn, Column } from './table.ts'

const SPACE = 0x20
/** Levels of a column that are looked at for their case. */
const CASE_LEVELS_MAX = 10_000

/**
 * Leaves what the caller named as missing out of a column of text, and tells what is odd about its values. A column whose
 * values are all times becomes one of times, where the model takes them.
 */
export function finishText(given: CategoricalColumn, settling: Settling, takesAll: boolean): Column {
  const { name } = given
  const { warn, place, options, faults, isOfTexts } = settling
  const isNamed = naValueTest(options)
  if (!takesAll && place === 'features' && settling.takes?.('time', name) === true) {
    const times = asTimes(given, settling)
    if (times !== undefined) return times
  }
  const column = options.naValues.length > 0 ? dropLevels(given, (level) => isNamed(level as string), settling) : given
  const levels = column.levels as readonly string[]
  // One pass over the levels, of which there may be millions, finds what is worth a look.
  const odd = levels.filter((text) => mayBeMark(text) || text.charCodeAt(text.length - 1) <= SPACE)
  const kept = odd.filter(isMissingMark)
  if (kept.length > 0) {
    const count = countRows(column, (level) => isMissingMark(level as string))
    const advice = 'name them in na_values where they are missing values'
    warn('MARKS_KEPT', name, `${counted(count, 'cell')} (${shownMarks(kept)}) are values of their own; ${advice}`)
  }
  if (!takesAll && kept.length < levels.length) {
    const others = kept.length > 0 ? levels.filter((text) => !isMissingMark(text)) : levels
    const isCodes = (): boolean => others.every(isInteger) && others.some(hasLeadingZeros)
    const measure = place === 'features' ? measureIn(others) : undefined
    if (others.every((text) => numberIn(text) !== undefined)) {
      const advice = 'say "numeric" for it in column_types where they are numbers'
      warn('NUMBERS_AS_TEXT', name, `every value is text that reads as a number, and is taken as text; ${advice}`)
    } else if (isOfTexts && isCodes()) {
      const found = 'every value is digits, some with zeros before them, and is taken as text, as codes are'
      warn('NUMBERS_AS_TEXT', name, `${found}; leave the zeros out where they are numbers`)
    } else if (isOfTexts && others.every(isDecimalCommaOrInteger) && others.some(hasDecimalComma)) {
      const advice = decimalCommaAdvice(others)
      faults.add({ in: place, column: name, detail: `its values are numbers with a decimal comma: ${advice}` })
    } else if (measure !== undefined) {
      const advice = 'write them as numbers, or say "categorical" for it in column_types'
      warn('MEASURES_AS_TEXT', name, `${measure} are taken as text, each a category without order; ${advice}`)
    }
  }
  const isSaid = options.columnTypes.get(name) === 'text'
  if ((isSaid || !takesAll) && place === 'features' && settling.takes?.('text', name) === true) {
    const text = asFreeText(column, settling)
    if (text !== undefined) return withReading(text, settling, false)
  }
  tellSpaces(name, levels, odd, settling)
  tellCase(name, levels, settling)
  return withReading(column, settling, takesAll)
}

function withReading(column: CategoricalColumn, settling: Settling, takesAll: boolean): CategoricalColumn {
  const reading = readingOf(settling, takesAll ? { takesAll: true } : undefined)
  return reading === undefined ? column : { ...column, reading }
}

function tellSpaces(name: string, levels: readonly string[], odd: readonly string[], { place, warn }: Settling): void {
  const spaced = odd.filter((text) => text.trim() !== text)
  if (spaced.length === 0) return
  const known = new Set(levels)
  let count = 0
  for (const text of spaced) {
    const word = text.trim()
    if (known.has(word)) count += 1
    known.add(word)
  }
  const code = place === 'labels' ? 'LABEL_SPACES' : 'LEVEL_SPACES'
  if (count > 0) warn(code, name, `${counted(count, 'value')} differ from another one only by spaces around them`)
}

/** Not of a column with more levels than a category ever means: that would keep others waiting. */
function tellCase(name: string, levels: readonly string[], { place, warn }: Settling): void {
  if (levels.length > CASE_LEVELS_MAX) return
  const words = new Set(levels.map((text) => text.trim()))
  const count = words.size - new Set(Array.from(words, (word) => word.toLowerCase())).size
  const code = place === 'labels' ? 'LABEL_CASE' : 'LEVEL_CASE'
  if (count > 0) warn(code, name, `${counted(count, 'value')} differ from another one only by upper and lower case`)
}
