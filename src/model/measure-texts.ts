// Whether the texts of a column are dates, or numbers written with more than digits: as categories their order is lost.
import { spreadRows } from '../learning/spread-rows.ts'
import { numberIn } from './column-reading.ts'

/** With fewer levels they may well be meant as categories. */
const LEVELS_MIN = 10
/** Levels that are looked at. */
const SAMPLE_LEVELS = 1_000
/** The part of them that must be of one form: a cell or two may be wrong. */
const NEARLY_ALL = 0.9
const LENGTH_MAX = 40

const TIME = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?`
const DAY = String.raw`(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2}))`
const ZONE = String.raw` ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})`
const DATE = new RegExp(`^(?:${DAY}(?:[T ]${TIME}(?:${ZONE})?)?|${TIME})$`)
/** A day with the name of its month; a month, a week or a quarter of a year. */
const MONTH = String.raw`\p{L}{3,9}\.?`
const NAMED_DAY = String.raw`(?:\d{1,2}\.?[- /]${MONTH}[- /,]{1,2}(?:\d{4}|\d{2})|${MONTH} \d{1,2},? \d{4})`
const PERIOD = String.raw`(?:\d{4}-(?:0[1-9]|1[0-2])|\d{4}-?W\d{1,2}|Q[1-4][- ]\d{4}|\d{4}[- ]?Q[1-4])`
const OTHER_DATE = new RegExp(`^(?:${NAMED_DAY}|${PERIOD})$`, 'u')
/** Numbers, perhaps with thousands marks or a decimal comma. */
const GROUPED = /^[+-]?(?:\d+|\d{1,3}(?:([., '\u00a0\u2009\u202f])\d{3})(?:\1\d{3})*)(?:[.,]\d+)?$/
const CODE = /^0\d+$/
/** What may stand around a number: a currency, a percent sign, brackets or the sign U+2212 for less than zero. */
const AROUND = /^\(?[+\u2212-]? ?(?:\p{Sc} ?)?[+\u2212-]?(\d.*?|\.\d+)(?: ?[%‰\p{Sc}])?\)?$/u
const UNIT = /^[+-]?\d+(?:\.\d+)? ?(\u00b0?\p{L}{1,6})$/u
/** Other words before a number are mostly names, as of rooms. */
const CURRENCY =
  /^(?:AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HUF|INR|JPY|KRW|MXN|NOK|PLN|Rp\.?|Rs\.?|RUB|SEK|SGD|TRY|USD|ZAR|kr\.?|z\u0142) ?(?=[\d.,])/u

/** In words for a warning what the texts are; undefined where they are none of it. A sample of them is looked at. */
export function measureIn(levels: readonly string[]): string | undefined {
  if (levels.length < LEVELS_MIN) return undefined
  const texts = [...spreadRows(levels.length, SAMPLE_LEVELS, 0)].map((i) => (levels[i] as string).trim())
  const areNearlyAll = (test: (text: string) => boolean): boolean =>
    texts.filter(test).length >= NEARLY_ALL * texts.length
  if (areNearlyAll((text) => DATE.test(text) || OTHER_DATE.test(text))) return 'dates or times'
  // Codes have zeros before them, and numbers without more than digits are told elsewhere.
  const arePlain = texts.every((text) => numberIn(text) !== undefined) || texts.some((text) => CODE.test(text))
  if (!arePlain && areNearlyAll(isWrittenNumber)) {
    return 'numbers with more than digits, such as thousands marks, a decimal comma, a percent sign or a currency'
  }
  const unit = texts.map((text) => UNIT.exec(text)?.[1]).find((found) => found !== undefined)
  if (unit !== undefined && areNearlyAll((text) => UNIT.exec(text)?.[1] === unit)) return 'numbers with a unit'
  return undefined
}

function isWrittenNumber(text: string): boolean {
  if (text.length > LENGTH_MAX) return false
  const number = AROUND.exec(text.replace(CURRENCY, ''))?.[1]
  return number !== undefined && GROUPED.test(number.startsWith('.') ? `0${number}` : number)
}
