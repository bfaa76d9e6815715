// JSON in one form: the same data is the same bytes.

/**
 * As RFC 8785 has it: no space, members by the code units of their names, numbers and texts as ECMAScript writes them.
 * Half of a surrogate pair is written as its escape. Throws TypeError of what is no JSON: undefined, a number that is not
 * finite. O(length).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`no number of JSON: ${value}`)
    return JSON.stringify(value)
  }
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`
  if (typeof value !== 'object') throw new TypeError(`no value of JSON: a ${typeof value}`)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${canonicalJson(name)}:${canonicalJson(member)}`).join()}}`
}
