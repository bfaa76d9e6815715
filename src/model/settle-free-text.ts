// Whether a column of text in training rows holds free text, of which the words tell more than the whole.
import { spreadRows } from '../learning/spread-rows.ts'
import { wordsOf } from '../learning/text-features.ts'
import { isMissingMark } from './missing-marks.ts'
import { counted, type Settling } from './settling.ts'
import type { CategoricalColumn } from './table.ts'

/** With fewer different texts, or more rows each, they are categories, however long: answers of a questionnaire, say. */
const TEXTS_MIN = 50
const OWN_SHARE_MIN = 0.5
/** Names and codes have fewer words in the mean. */
const WORDS_MIN = 4
/** Texts that are looked at. */
const SAMPLE_TEXTS = 1_000

/** The column as one of free text where it is one, or is said to be; undefined for others. */
export function asFreeText(column: CategoricalColumn, settling: Settling): CategoricalColumn | undefined {
  const { name, codes, levels } = column
  const { options, warn } = settling
  const isAsked = options.columnTypes.get(name) === 'text'
  if (!isAsked) {
    if (levels.length <= TEXTS_MIN) return undefined
    const present = codes.reduce((count, code) => count + (code < 0 ? 0 : 1), 0)
    if (levels.length < OWN_SHARE_MIN * present) return undefined
    const texts = [...spreadRows(levels.length, SAMPLE_TEXTS, 0)].map((i) => String(levels[i]))
    const words = texts.filter((text) => !isMissingMark(text)).map((text) => wordsOf(text).length)
    const mean = words.reduce((sum, count) => sum + count, 0) / Math.max(1, words.length)
    if (mean < WORDS_MIN) return undefined
    const found = `${counted(levels.length, 'different text')} in ${present} rows, of ${Math.round(mean)} words in the mean`
    warn(
      'TEXT_READ',
      name,
      `${found}, are taken by their words; say "categorical" for it in column_types where each is a category`,
    )
  }
  return { ...column, isText: true }
}
