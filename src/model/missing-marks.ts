// Texts that stand for a missing value in a column of numbers or booleans.

/** What pandas takes for missing by default (pandas 2, `read_csv`), and three marks that data sets use besides. */
export const MISSING_MARKS: readonly string[] = [
  ...['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A'],
  ...['NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null'],
  ...['?', '-', '.'],
]

const marks: ReadonlySet<string> = new Set(MISSING_MARKS)
const NAN = /^[+-]?nan$/i
const INFINITE = /^[+-]?inf(?:inity)?$/i

const NO_BREAK_SPACE = 0xa0
/** By character code: 1 for those with which marks begin, and for spaces. */
const isFirst = new Uint8Array(256)
for (const character of '#-+.1<?Nn') isFirst[character.charCodeAt(0)] = 1
isFirst.fill(1, 0, 0x21)
isFirst[NO_BREAK_SPACE] = 1

/** False of nearly all texts that are no marks, told by their first character: there may be millions of them. */
export function mayBeMark(text: string): boolean {
  return text === '' || isFirst[text.charCodeAt(0)] === 1
}

/** Spaces around it do not count. */
export function isMissingMark(text: string): boolean {
  if (!mayBeMark(text)) return false
  const word = text.trim()
  return marks.has(word) || NAN.test(word)
}

/** Whether a text is an infinite number, as Python and Java write it. */
export function isInfinite(text: string): boolean {
  return INFINITE.test(text.trim())
}

/** The marks of a column as a warning names them; they are of a fixed list, and no values of rows. */
export function shownMarks(found: Iterable<string>): string {
  const words = new Set([...found].map((mark) => mark.trim()))
  return [...words].map((word) => (word === '' ? 'blank' : word)).join(', ')
}
