// The digest of rows: the same rows give the same one, in whatever form they came and in whatever order their columns.
import { createHash, type Hash } from 'node:crypto'
import { forCanonical } from '../learning/wasm/canonical-numbers.ts'
import { type Column, type Level, orderLevels, type Table } from './table.ts'

/** Codes, and levels, that are hashed at a time. */
const CODES = 8192
const LEVELS = 1024

/** SHA-256 of all names and values, hexadecimal; columns beside features and labels go by their roles. 0 and −0 are the same value, and so are all missing ones. O(cells). */
export function dataDigest(
  features: Table,
  labels: Table,
  aside: { readonly [role: string]: Column | undefined } = {},
): string {
  const hash = createHash('sha256')
  for (const table of [features, labels]) {
    hash.update(JSON.stringify([table.rowCount, table.columns.length]))
    for (const column of table.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1))) addColumn(hash, column)
  }
  for (const [role, column] of Object.entries(aside).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (column !== undefined) addColumn(hash, { ...column, name: role })
  }
  return hash.digest('hex')
}

function addColumn(hash: Hash, column: Column): void {
  if (column.kind !== 'categorical') {
    hash.update(JSON.stringify([column.kind, column.name]))
    forCanonical(column.values, (segment) => hash.update(segment))
    return
  }
  // Some forms bring levels that no row has.
  const isUsed = new Uint8Array(column.levels.length)
  for (const code of column.codes) if (code >= 0) isUsed[code] = 1
  const { levels, newCodes } = orderLevels(column.levels.filter((_, code) => isUsed[code] === 1))
  addNamedLevels(hash, column.name, levels)
  let next = 0
  const codeOf = Float64Array.from(isUsed, (used) => (used === 1 ? (newCodes[next++] as number) : -1))
  const codes = new Float64Array(Math.min(CODES, column.codes.length))
  for (let start = 0; start < column.codes.length; start += CODES) {
    const count = Math.min(CODES, column.codes.length - start)
    for (let i = 0; i < count; i++) {
      const code = column.codes[start + i] as number
      codes[i] = code < 0 ? -1 : (codeOf[code] as number)
    }
    hash.update(codes.subarray(0, count))
  }
}

/** As the JSON of all of it together, which may be longer than a text can be. */
function addNamedLevels(hash: Hash, name: string, levels: readonly Level[]): void {
  hash.update(`["categorical",${JSON.stringify(name)},[`)
  for (let start = 0; start < levels.length; start += LEVELS) {
    const part = JSON.stringify(levels.slice(start, start + LEVELS))
    hash.update(`${start === 0 ? '' : ','}${part.slice(1, -1)}`)
  }
  hash.update(']]')
}
