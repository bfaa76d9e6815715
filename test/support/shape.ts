// What a value of JSON is made of: names and types, without the values.

/** Of objects whose names are data, such as labels, only that they hold texts. */
const NAMED_BY_DATA = /^(labels|annotations|groupLabels|commonLabels|commonAnnotations)$/

export function shapeOf(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map((each) => shapeOf(each))
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  const members = Object.entries(value)
  if (NAMED_BY_DATA.test(name)) return [...new Set(members.map(([, member]) => typeof member))]
  const sorted = members.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([each, member]) => [each, shapeOf(member, each)]))
}
