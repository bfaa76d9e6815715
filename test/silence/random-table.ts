// Made-up tables as data scientists do not wish them: wide, dependent, tiny, huge, missing, many-level, constant, tied.
import type { Random } from '../../src/learning/random.ts'
import type { Column, Table } from '../../src/model/table.ts'

export const TABLE_KINDS = [
  'plain',
  'wide',
  'dependent',
  'tiny',
  'huge',
  'missing',
  'many-level',
  'constant',
  'tied',
  'few rows',
] as const
export type TableKind = (typeof TABLE_KINDS)[number]

/** Features, and labels of both sorts, of which a model takes its own. */
export interface RandomTable {
  readonly kind: TableKind
  readonly features: Table
  /** Text. */
  readonly classes: Table
  readonly numbers: Table
}

const ROWS_MAX = 120

export function randomTable(kind: TableKind, random: Random): RandomTable {
  const rowCount = kind === 'few rows' ? 1 + random.integer(6) : 8 + random.integer(ROWS_MAX - 8)
  const columnCount = kind === 'wide' ? rowCount + random.integer(60) : 1 + random.integer(8)
  const columns: Column[] = []
  for (let j = 0; j < columnCount; j++) columns.push(randomColumn(kind, `c${j}`, rowCount, columns, random))
  const signal = columns.map(() => normal(random))
  const noise = random.uniform()
  const scale = kind === 'tiny' ? 1e-290 : kind === 'huge' ? 10 ** random.integer(300) : 1
  const isConstant = kind === 'constant' && random.integer(4) === 0
  const scores = Float64Array.from({ length: rowCount }, (_, i) => {
    if (isConstant) return 1
    const sum = columns.reduce((total, column, j) => total + (signal[j] as number) * standardized(column, i), 0)
    return sum + noise * normal(random)
  })
  const classCount = Math.min(rowCount, 2 + random.integer(4))
  const sorted = scores.toSorted()
  const classes = Array.from(scores, (score) => {
    const rank = sorted.findIndex((value) => value >= score)
    return `k${Math.min(classCount - 1, Math.floor((rank * classCount) / rowCount))}`
  })
  return {
    kind,
    features: { rowCount, columns },
    classes: { rowCount, columns: [categorical('y', classes)] },
    numbers: { rowCount, columns: [{ kind: 'numeric', name: 'y', values: scores.map((score) => score * scale) }] },
  }
}

function randomColumn(
  kind: TableKind,
  name: string,
  rowCount: number,
  before: readonly Column[],
  random: Random,
): Column {
  const values = (next: () => number): Float64Array => Float64Array.from({ length: rowCount }, next)
  const numeric = (next: () => number): Column => ({ kind: 'numeric', name, values: values(next) })
  const [first] = before
  switch (kind) {
    case 'dependent':
      if (first?.kind === 'numeric' && random.integer(2) === 0) {
        const factor = normal(random)
        return { kind: 'numeric', name, values: first.values.map((value) => factor * value + 3) }
      }
      return random.integer(3) === 0 ? levelsOf(3) : numeric(() => normal(random))
    case 'tiny':
      return numeric(() => normal(random) * 10 ** -random.integer(300))
    case 'huge':
      return numeric(() => normal(random) * 10 ** random.integer(307))
    case 'missing': {
      const share = random.uniform()
      return random.integer(2) === 0
        ? numeric(() => (random.uniform() < share ? Number.NaN : normal(random)))
        : levelsOf(4, share)
    }
    case 'many-level':
      return random.integer(2) === 0 ? levelsOf(1 + random.integer(rowCount)) : numeric(() => normal(random))
    case 'constant': {
      const constant = [0, 1, -1e-9, 1e12][random.integer(4)] as number
      return random.integer(2) === 0 ? numeric(() => constant) : levelsOf(1)
    }
    case 'tied':
      if (first !== undefined && random.integer(2) === 0) return { ...first, name }
      return numeric(() => random.integer(3))
    case 'wide':
      return random.integer(2) === 0 ? numeric(() => random.integer(2)) : numeric(() => normal(random))
    default:
      return random.integer(3) === 0 ? levelsOf(4) : numeric(() => normal(random))
  }

  function levelsOf(count: number, missingShare = 0): Column {
    const drawn = Array.from({ length: rowCount }, () =>
      random.uniform() < missingShare ? undefined : `v${random.integer(count)}`,
    )
    return categorical(name, drawn)
  }
}

function categorical(name: string, values: readonly (string | undefined)[]): Column {
  const levels = [...new Set(values.filter((value) => value !== undefined))].sort()
  const codes = Int32Array.from(values, (value) => (value === undefined ? -1 : levels.indexOf(value)))
  return { kind: 'categorical', name, codes, levels }
}

/** Between −1 and 1, whatever the unit of the column; 0 where it is missing. */
function standardized(column: Column, row: number): number {
  if (column.kind === 'categorical') return ((column.codes[row] as number) % 5) / 5
  const value = column.values[row] as number
  if (Number.isNaN(value)) return 0
  const largest = column.values.reduce((a, b) => Math.max(a, Math.abs(b) || 0), 0)
  return largest === 0 ? 0 : value / largest
}

/** Roughly normal: the sum of twelve uniform numbers. */
function normal(random: Random): number {
  let sum = -6
  for (let i = 0; i < 12; i++) sum += random.uniform()
  return sum
}
