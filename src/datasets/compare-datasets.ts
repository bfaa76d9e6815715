// Two data sets held against each other: columns that came, went, changed their kind, or whose values moved.
import { type Static, Type } from '@sinclair/typebox'
import type { ColumnStatistics, TableStatistics } from './statistics/table-statistics.ts'

/** A small effect (Cohen 1988): the distance of means in standard deviations. */
const MEANS_MIN = 0.2
/** Of the shares of categories, and of missing values. */
const SHARES_MIN = 0.1

export const Shift = Type.Object(
  {
    column: Type.String(),
    measure: Type.String({
      description:
        'standardized_mean_difference of numbers; total_variation of the shares of categories; missing_share: the difference of the shares of missing values',
    }),
    before: Type.Optional(Type.Number({ format: 'double', description: 'Mean, or share of missing values' })),
    after: Type.Optional(Type.Number({ format: 'double' })),
    effect: Type.Number({
      format: 'double',
      description: 'The size of the shift; those below 0.2, of shares 0.1, are not told',
    }),
  },
  { title: 'ColumnShift' },
)
type Shift = Static<typeof Shift>

export const Comparison = Type.Object(
  {
    rows: Type.Object({ before: Type.Integer(), after: Type.Integer() }),
    added: Type.Array(Type.String()),
    gone: Type.Array(Type.String()),
    retyped: Type.Array(Type.Object({ column: Type.String(), before: Type.String(), after: Type.String() })),
    shifted: Type.Array(Shift),
    unchanged: Type.Integer({ description: 'Columns of both of which nothing is told' }),
  },
  { title: 'DatasetComparison' },
)
export type Comparison = Static<typeof Comparison>

export function compareDatasets(before: TableStatistics, after: TableStatistics): Comparison {
  const known = new Map(before.columns.map((column) => [column.name, column]))
  const names = new Set(after.columns.map(({ name }) => name))
  const retyped: Comparison['retyped'] = []
  const shifted: Shift[] = []
  let unchanged = 0
  for (const column of after.columns) {
    const earlier = known.get(column.name)
    if (earlier === undefined) continue
    const shifts = [...shiftsOf(earlier, column)]
    const isRetyped = earlier.kind !== column.kind
    if (isRetyped) retyped.push({ column: column.name, before: earlier.kind, after: column.kind })
    shifted.push(...shifts)
    if (!isRetyped && shifts.length === 0) unchanged += 1
  }
  return {
    rows: { before: before.rows, after: after.rows },
    added: after.columns.map(({ name }) => name).filter((name) => !known.has(name)),
    gone: before.columns.map(({ name }) => name).filter((name) => !names.has(name)),
    retyped,
    shifted: shifted.sort((a, b) => b.effect - a.effect),
    unchanged,
  }
}

function* shiftsOf(before: ColumnStatistics, after: ColumnStatistics): Generator<Shift> {
  const column = after.name
  const missing = [before, after].map((of) => of.missing / Math.max(1, of.missing + of.present)) as [number, number]
  const step = Math.abs(missing[1] - missing[0])
  if (step >= SHARES_MIN) {
    yield { column, measure: 'missing_share', before: missing[0], after: missing[1], effect: step }
  }
  if (before.kind !== after.kind) return
  if (before.numbers !== undefined && after.numbers !== undefined) {
    const effect = meansDistance(before.numbers, after.numbers)
    if (effect < MEANS_MIN) return
    const means = { before: before.numbers.mean, after: after.numbers.mean }
    yield { column, measure: 'standardized_mean_difference', ...means, effect }
    return
  }
  const effect = totalVariation(before.top, after.top)
  if (effect >= SHARES_MIN) yield { column, measure: 'total_variation', effect }
}

type Numbers = NonNullable<ColumnStatistics['numbers']>

/** By the root of the mean of both variances; of two constants that differ it is the largest that is told. */
function meansDistance(before: Numbers, after: Numbers): number {
  const distance = Math.abs(after.mean - before.mean)
  if (distance === 0) return 0
  const spread = Math.sqrt(((before.std ?? 0) ** 2 + (after.std ?? 0) ** 2) / 2)
  return Math.min(1000, distance / spread)
}

/** Half the sum of the differences of shares, of the values that are told of; what is beyond them is taken as one value. */
function totalVariation(before: ColumnStatistics['top'] = [], after: ColumnStatistics['top'] = []): number {
  const [a, b] = [before, after].map((top) => new Map(top.map(({ value, share }) => [String(value), share]))) as [
    Map<string, number>,
    Map<string, number>,
  ]
  if (a.size === 0 || b.size === 0) return 0
  const restOf = (shares: Map<string, number>): number =>
    1 - [...shares.values()].reduce((sum, share) => sum + share, 0)
  let sum = Math.abs(restOf(a) - restOf(b))
  for (const value of new Set([...a.keys(), ...b.keys()])) sum += Math.abs((a.get(value) ?? 0) - (b.get(value) ?? 0))
  return sum / 2
}
