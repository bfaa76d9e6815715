// A baseline as plain data, as an artifact holds it.
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { StateValue } from '../learning/estimator.ts'
import { type Baseline, cellCountOf, columnsOf } from './baseline.ts'
import { ANSWERS_MAX, FEATURES_MAX } from './freeze-baseline.ts'
import { readRowForest, rowForestData } from './row-forest-data.ts'

const Count = Type.Integer({ minimum: 0 })
const Level = Type.Union([Type.String(), Type.Number(), Type.Boolean()])
const Cells = Type.Union([
  Type.Object({ kind: Type.Literal('numeric'), edges: Type.Array(Type.Number(), { maxItems: 64 }) }),
  Type.Object({
    kind: Type.Literal('categorical'),
    levels: Type.Array(Level, { maxItems: 256 }),
    hasOther: Type.Boolean(),
  }),
])
const Column = Type.Object({ name: Type.String(), cells: Cells, counts: Type.Array(Count) })
const BaselineData = Type.Object({
  features: Type.Array(Column, { maxItems: FEATURES_MAX }),
  answers: Type.Array(Column, { maxItems: ANSWERS_MAX }),
  confidence: Type.Optional(Column),
  answersOf: Type.Union([Type.Literal('held_out'), Type.Literal('out_of_fold'), Type.Literal('none')]),
  rowCount: Count,
  answerRowCount: Count,
})

export function baselineData({ confidence, rowForest, ...baseline }: Baseline): StateValue {
  return {
    ...baseline,
    ...(confidence === undefined ? {} : { confidence }),
    ...(rowForest === undefined ? {} : { rowForest: rowForestData(rowForest) }),
  } as unknown as StateValue
}

/** Undefined of a value that is none: of an artifact that has none, or of another version of the worker. O(cells). */
export function readBaseline(value: unknown): Baseline | undefined {
  if (!Value.Check(BaselineData, value)) return undefined
  const { rowForest: forest, ...data }: Static<typeof BaselineData> & { readonly rowForest?: unknown } = value
  const rowForest = readRowForest(forest)
  const baseline = { ...data, confidence: data.confidence, ...(rowForest === undefined ? {} : { rowForest }) }
  const isWhole = columnsOf(baseline).every(({ cells, counts }) => {
    const isAscending =
      cells.kind !== 'numeric' || cells.edges.every((edge, i) => i === 0 || edge >= (cells.edges[i - 1] as number))
    return counts.length === cellCountOf(cells) && isAscending
  })
  return isWhole ? baseline : undefined
}
