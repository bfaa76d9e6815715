// The cells of one column, out of the values that a training saw.
import { finiteAscending } from '../learning/finite-ascending.ts'
import { linearQuantile } from '../learning/linear-quantile.ts'
import { codesOf } from '../model/level-codes.ts'
import { type CategoricalColumn, type Column, compareLevels, type Level } from '../model/table.ts'
import type { ColumnCells } from './baseline.ts'

const CELLS_OF_NUMBERS = 10
const LEVELS_MAX = 50
/** A longer level has no cell of its own: it is one of the others. */
const LEVEL_LENGTH_MAX = 256

/**
 * Numbers by their deciles, those that are equal once: with distinct values as few as cells, one cell for each. O(rows log rows).
 */
export function numericCells(values: Float64Array): ColumnCells {
  const sorted = finiteAscending(values)
  if (sorted.length === 0) return { kind: 'numeric', edges: [] }
  const [least, most] = [sorted[0] as number, sorted.at(-1) as number]
  const inner: number[] = []
  for (let k = 1; k < CELLS_OF_NUMBERS; k++) {
    const edge = linearQuantile(sorted, k / CELLS_OF_NUMBERS)
    // What is infinite comes of a range that no double holds.
    if (Number.isFinite(edge) && edge > (inner.at(-1) ?? least)) inner.push(edge)
  }
  return { kind: 'numeric', edges: [least, ...inner, most] }
}

/** known: the levels of which any may be predicted, whether a row has it or not. O(rows + levels log levels). */
export function categoricalCells({ codes, levels }: CategoricalColumn, known: readonly Level[]): ColumnCells {
  const counts = new Float64Array(known.length)
  const codeOf = codesOf(known)
  const knownCodes = Int32Array.from(levels, (level) => codeOf.get(level))
  for (const code of codes) {
    const own = code < 0 ? -1 : (knownCodes[code] as number)
    if (own >= 0) counts[own] = (counts[own] as number) + 1
  }
  const order = [...known.keys()].sort((a, b) => {
    const byCount = (counts[b] as number) - (counts[a] as number)
    return byCount !== 0 ? byCount : compareLevels(known[a] as Level, known[b] as Level)
  })
  const short = order.filter((code) => String(known[code]).length <= LEVEL_LENGTH_MAX).slice(0, LEVELS_MAX)
  return {
    kind: 'categorical',
    levels: short.map((code) => known[code] as Level),
    hasOther: short.length < known.length,
  }
}

/** What is counted of a column of text: the length of each, in UTF-16 code units; NaN where it is missing. O(rows). */
export function lengthsOf({ codes, levels }: CategoricalColumn): Float64Array {
  return Float64Array.from(codes, (code) => (code < 0 ? Number.NaN : String(levels[code]).length))
}

export function isTextColumn(column: Column): column is CategoricalColumn {
  return column.kind === 'categorical' && column.isText === true
}
