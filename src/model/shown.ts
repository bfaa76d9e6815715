// What came from a caller, as it is shown in faults and errors: cut short, so that what is said of it has a bound.

/** Characters of a value that are shown. */
const SHOWN_LENGTH_MAX = 60

/** JSON of a value, cut short. A long text is cut before: its JSON may be asked for once a row. */
export function shown(value: unknown): string {
  return jsonOf(typeof value === 'string' ? value.slice(0, SHOWN_LENGTH_MAX) : value).slice(0, SHOWN_LENGTH_MAX)
}

/** What is nested deeper than the stack can be read, and not be written. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing'
  } catch {
    return `${Array.isArray(value) ? 'a list' : 'an object'}, nested too deep`
  }
}

/** A text with an ellipsis in the place of what is beyond the length. The long one is not kept in memory for it. */
export function clipped(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text
  // A slice would hold on to the whole; half a surrogate pair at the cut becomes U+FFFD.
  return Buffer.from(`${text.slice(0, lengthMax - 1)}…`).toString()
}

/** Names that are listed at the most. */
const NAMES_MAX = 20

/** Names of columns as a list, cut short. */
export function shownNames(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  const listed = names.slice(0, NAMES_MAX).map(shown).join(', ')
  return names.length > NAMES_MAX ? `${listed} and ${names.length - NAMES_MAX} more` : listed
}
