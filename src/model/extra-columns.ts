// Columns that a model does not take: a fault, or left out and told, as the caller says.

const EXTRA_COLUMNS = ['refuse', 'drop'] as const
export type ExtraColumns = (typeof EXTRA_COLUMNS)[number]

export const EXTRA_COLUMNS_DETAIL = `"refuse" (default) or "drop": what becomes of columns that the model does not take`

/** Null and undefined say nothing. Calls `refuse` for what is none of the values. */
export function readExtraColumns(given: unknown, refuse: (detail: string) => void): ExtraColumns {
  if (given === undefined || given === null) return 'refuse'
  const known = EXTRA_COLUMNS.find((value) => value === given)
  if (known !== undefined) return known
  const came = typeof given === 'string' ? JSON.stringify(given.slice(0, 60)) : `a ${typeof given}`
  refuse(`expected "refuse" or "drop", got ${came}`)
  return 'refuse'
}

/** The table without the columns that are none of the names, and the names of those. O(columns). */
export function withoutExtra<Of extends { readonly columns: readonly { readonly name: string }[] }>(
  table: Of,
  names: readonly string[],
): { readonly table: Of; readonly dropped: readonly string[] } {
  const known = new Set(names)
  const dropped = table.columns.filter(({ name }) => !known.has(name)).map(({ name }) => name)
  if (dropped.length === 0) return { table, dropped }
  return { table: { ...table, columns: table.columns.filter(({ name }) => known.has(name)) }, dropped }
}
