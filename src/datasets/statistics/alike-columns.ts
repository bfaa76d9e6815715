// Pairs of columns that say nearly the same, in a sample of rows.
import type { CategoricalColumn, Column, NumericColumn, Table } from '../../model/table.ts'
import type { AlikeColumns } from './table-statistics.ts'

/** |r| and V from which two columns are nearly the same. */
const ALIKE_MIN = 0.99
/** Columns that are compared, and pairs that are told. */
export const COMPARED_MAX = 100
const PAIRS_MAX = 50
/** In fewer rows anything may look like anything. */
const ROWS_MIN = 30
/** Categories of a column that is compared: with as many as there are rows any two columns determine each other. */
const LEVELS_MAX = 50

/** The pairs, the closest first. O(compared columns² × rows). */
export function alikeColumns({ columns, rowCount }: Table): AlikeColumns[] {
  if (rowCount < ROWS_MIN) return []
  const compared = columns.slice(0, COMPARED_MAX)
  const numeric = compared.filter((column): column is NumericColumn => column.kind === 'numeric')
  const categorical = compared.filter(isComparable)
  const pairs = [
    ...pairsOf(numeric, pearson).map(([columns, value]) => ({ columns, measure: 'pearson', value })),
    ...pairsOf(categorical, cramersV).map(([columns, value]) => ({ columns, measure: 'cramers_v', value })),
  ]
  return pairs.sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, PAIRS_MAX)
}

function isComparable(column: Column): column is CategoricalColumn {
  return column.kind === 'categorical' && column.levels.length >= 2 && column.levels.length <= LEVELS_MAX
}

function pairsOf<C extends Column>(
  columns: readonly C[],
  measure: (a: C, b: C) => number,
): [[string, string], number][] {
  const pairs: [[string, string], number][] = []
  columns.forEach((a, i) => {
    for (const b of columns.slice(i + 1)) {
      const value = measure(a, b)
      if (Math.abs(value) >= ALIKE_MIN) pairs.push([[a.name, b.name], value])
    }
  })
  return pairs
}

/** Pearson's r over the rows in which both have a value; 0 where one is constant there, or the rows are few. */
export function pearson(a: NumericColumn, b: NumericColumn): number {
  let count = 0
  let [meanA, meanB, squaresA, squaresB, products] = [0, 0, 0, 0, 0]
  for (let row = 0; row < a.values.length; row++) {
    const x = a.values[row] as number
    const y = b.values[row] as number
    if (Number.isNaN(x) || Number.isNaN(y)) continue
    count += 1
    const stepA = x - meanA
    const stepB = y - meanB
    meanA += stepA / count
    meanB += stepB / count
    squaresA += stepA * (x - meanA)
    squaresB += stepB * (y - meanB)
    products += stepA * (y - meanB)
  }
  if (count < ROWS_MIN || squaresA <= 0 || squaresB <= 0) return 0
  const r = products / Math.sqrt(squaresA) / Math.sqrt(squaresB)
  return Number.isFinite(r) ? Math.max(-1, Math.min(1, r)) : 0
}

/** Cramér's V (1946, without a correction) over the rows in which both have a value; 0 where one has a single category there. */
export function cramersV(a: CategoricalColumn, b: CategoricalColumn): number {
  const width = b.levels.length
  const cells = new Float64Array(a.levels.length * width)
  const sumsA = new Float64Array(a.levels.length)
  const sumsB = new Float64Array(width)
  let count = 0
  for (let row = 0; row < a.codes.length; row++) {
    const x = a.codes[row] as number
    const y = b.codes[row] as number
    if (x < 0 || y < 0) continue
    count += 1
    cells[x * width + y] = (cells[x * width + y] as number) + 1
    sumsA[x] = (sumsA[x] as number) + 1
    sumsB[y] = (sumsB[y] as number) + 1
  }
  const least = Math.min(sumsA.filter((sum) => sum > 0).length, sumsB.filter((sum) => sum > 0).length)
  if (count < ROWS_MIN || least < 2) return 0
  let phiSquared = -1
  for (let x = 0; x < sumsA.length; x++) {
    for (let y = 0; y < width; y++) {
      const cell = cells[x * width + y] as number
      if (cell > 0) phiSquared += (cell * cell) / ((sumsA[x] as number) * (sumsB[y] as number))
    }
  }
  return Math.sqrt(Math.min(1, Math.max(0, phiSquared / (least - 1))))
}
