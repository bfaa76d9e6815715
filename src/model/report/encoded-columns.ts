// What a pipeline's steps make of the feature columns: which column of the estimator comes of which feature.
import type { FittedPipeline } from '../fitted-pipeline.ts'
import { toFrame } from '../frame.ts'
import type { Frame } from '../steps/step.ts'
import { type Table, takeRows } from '../table.ts'
import { isMixed, levelText, shortText } from './texts.ts'

export interface EncodedColumn {
  readonly name: string
  /** Index of the feature; −1 where a step does not tell. */
  readonly source: number
  /** Names of the categories by code; none for numbers. */
  readonly categoryNames: (code: number) => string
  /** Scaled to variance 1 by a step. */
  readonly isStandardized: boolean
}

/** The rows as the estimator sees them. */
export function encodeRows(pipeline: FittedPipeline, features: Table, rows: Int32Array): Frame {
  return pipeline.encode(toFrame(takeRows(features, rows)))
}

/**
 * The columns of the estimator. Names of steps' own making are `<index>=<code>` for one of the categories of a feature.
 */
export function encodedColumns(pipeline: FittedPipeline): EncodedColumn[] {
  const { featureSchema } = pipeline
  const empty: Frame = {
    rowCount: 0,
    columns: featureSchema.map(() => new Float64Array(0)),
    columnNames: featureSchema.map((_, j) => String(j)),
    categoryCounts: featureSchema.map((column) => (column.kind === 'numeric' ? 0 : Math.max(column.levels.length, 1))),
  }
  let frame = empty
  const standardized = new Set<string>()
  for (const step of pipeline.steps) {
    const before = frame
    frame = step.transform(frame)
    if (step.type !== 'standardize') continue
    // What the step leaves alone it hands on.
    frame.columns.forEach((column, j) => {
      if (column !== before.columns[j]) standardized.add(frame.columnNames[j] as string)
    })
  }
  return pipeline.encode(empty).columnNames.map((made) => {
    const isStandardized = standardized.has(made)
    const [, index, code] = /^(\d+)(?:=(\d+))?$/.exec(made) ?? []
    const source = index === undefined ? -1 : Number(index)
    const column = featureSchema[source]
    if (column === undefined) return { name: shortText(made), source: -1, categoryNames: String, isStandardized }
    const levels = column.kind === 'categorical' ? column.levels : []
    const mixed = isMixed(levels)
    const categoryNames = (of: number): string => {
      const level = levels[of]
      return level === undefined ? String(of) : levelText(level, mixed)
    }
    const name = code === undefined ? column.name : `${column.name} = ${categoryNames(Number(code))}`
    return { name: shortText(name), source, categoryNames, isStandardized }
  })
}
