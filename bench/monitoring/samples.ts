// The made-up columns of the simulation, and a day of them in the cells of their reference.
import type { ColumnCells } from '../../src/cells/baseline.ts'
import { cellCountOf } from '../../src/cells/baseline.ts'
import { cellOfNumber } from '../../src/cells/cell-of.ts'
import { numericCells } from '../../src/cells/freeze-column.ts'
import type { Random } from '../../src/learning/random.ts'

/** Levels of each column of categories, with shares 1, 1/2, 1/3, …; undefined is a column of normal numbers. */
const LEVEL_COUNTS = [undefined, undefined, 2, undefined, undefined, 5, undefined, undefined, 12, undefined]

/** What one column drew: numbers, or codes of levels. */
export type Drawn = Float64Array

export interface SimulatedColumn {
  readonly name: string
  readonly levelCount: number | undefined
  /** How one value is drawn. shift: of numbers, in standard deviations. */
  draw(random: Random, shift: number): number
}

export interface ReferenceColumn extends SimulatedColumn {
  readonly cells: ColumnCells
  readonly values: Drawn
  readonly counts: readonly number[]
}

export function simulatedColumns(count: number): SimulatedColumn[] {
  return Array.from({ length: count }, (_, i) => {
    const levelCount = LEVEL_COUNTS[i % LEVEL_COUNTS.length]
    if (levelCount === undefined) {
      return { name: `number ${i}`, levelCount, draw: (random, shift) => random.normal() + shift }
    }
    const shares = Array.from({ length: levelCount }, (_, level) => 1 / (level + 1))
    const total = shares.reduce((sum, share) => sum + share, 0)
    const draw = (random: Random): number => {
      let left = random.uniform() * total
      let level = 0
      while (level < levelCount - 1 && left >= (shares[level] as number)) left -= shares[level++] as number
      return level
    }
    return { name: `category ${i}`, levelCount, draw }
  })
}

/** Rows in a cluster are alike. rowCount: a whole number of clusters. */
export function drawRows(
  column: SimulatedColumn,
  random: Random,
  rowCount: number,
  { clusterSize = 1, shift = 0 }: { readonly clusterSize?: number; readonly shift?: number } = {},
): Drawn {
  const values = new Float64Array(rowCount)
  for (let row = 0; row < rowCount; row += clusterSize) {
    values.fill(column.draw(random, shift), row, row + clusterSize)
  }
  return values
}

/** The cells that a training would freeze. */
export function referenceOf(column: SimulatedColumn, random: Random, rowCount: number): ReferenceColumn {
  const values = drawRows(column, random, rowCount)
  const { levelCount } = column
  const cells: ColumnCells =
    levelCount === undefined
      ? numericCells(values)
      : { kind: 'categorical', levels: Array.from({ length: levelCount }, (_, level) => level), hasOther: false }
  return { ...column, cells, values, counts: countIn(cells, values) }
}

export function countIn(cells: ColumnCells, values: Drawn): number[] {
  const counts = new Array<number>(cellCountOf(cells)).fill(0)
  if (cells.kind === 'categorical') for (const level of values) counts[level]! += 1
  else {
    const edges = Float64Array.from(cells.edges)
    for (const value of values) counts[cellOfNumber(edges, value)]! += 1
  }
  return counts
}
