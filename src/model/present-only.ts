// Levels that rows have, of a column that may be a part of a larger one.
import type { CategoricalColumn } from './table.ts'

/** The column without levels that no row has, as a part of a larger table may come. */
export function presentOnly(column: CategoricalColumn): CategoricalColumn {
  const { codes } = column
  const newCodes = new Int32Array(column.levels.length).fill(-1)
  let absent = newCodes.length
  for (let i = 0; i < codes.length && absent > 0; i++) {
    const code = codes[i] as number
    if (newCodes[code] !== -1) continue
    newCodes[code] = 0
    absent -= 1
  }
  if (absent === 0) return column
  const levels = column.levels.filter((_, code) => newCodes[code] === 0)
  let next = 0
  newCodes.forEach((code, i) => {
    if (code === 0) newCodes[i] = next++
  })
  return { ...column, codes: codes.map((code) => newCodes[code] as number), levels }
}
