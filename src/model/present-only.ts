// Levels that rows have, of a column that may be a part of a larger one.
import type { CategoricalColumn } from './table.ts'

/** The column without levels that no row has, as a part of a larger table may come. */
export function presentOnly(column: CategoricalColumn): CategoricalColumn {
  const newCodes = new Int32Array(column.levels.length).fill(-1)
  for (const code of column.codes) newCodes[code] = 0
  if (newCodes.every((code) => code === 0)) return column
  const levels = column.levels.filter((_, code) => newCodes[code] === 0)
  let next = 0
  newCodes.forEach((code, i) => {
    if (code === 0) newCodes[i] = next++
  })
  return { ...column, codes: column.codes.map((code) => newCodes[code] as number), levels }
}
