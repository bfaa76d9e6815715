// What a pipeline's steps make of the feature columns: which column of the estimator comes of which feature.
import { columnOrigins } from '../model/column-origins.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import { toFrame } from '../model/frame.ts'
import { rowOf } from '../model/row-of.ts'
import type { Frame } from '../model/steps/step.ts'
import { type Table, takeRows } from '../model/table.ts'
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

/** The columns of the estimator, by what the steps make of a row. */
export function encodedColumns(pipeline: FittedPipeline): EncodedColumn[] {
  const { featureSchema } = pipeline
  let frame = toFrame(rowOf(featureSchema))
  const standardized = new Set<string>()
  for (const step of pipeline.steps) {
    const before = frame
    frame = step.transform(frame)
    if (step.type !== 'standardize') continue
    // What the step leaves alone it hands on.
    frame.columns.forEach((column, j) => {
      if (column !== before.columns[j]) standardized.add(keyAt(frame, j))
    })
  }
  return columnOrigins(frame, featureSchema).map(({ name: made, source, code }, j) => {
    const isStandardized = j < frame.columns.length && standardized.has(keyAt(frame, j))
    const column = featureSchema[source]
    if (column === undefined) return { name: shortText(made), source: -1, categoryNames: String, isStandardized }
    const levels = column.kind === 'categorical' ? column.levels : []
    const mixed = isMixed(levels)
    const categoryNames = (of: number): string => {
      const level = levels[of]
      return level === undefined ? String(of) : levelText(level, mixed)
    }
    const name = code === undefined ? made : `${column.name} = ${categoryNames(code)}`
    return { name: shortText(name), source, categoryNames, isStandardized }
  })
}

/** Tells a column from an indicator that has the same name. */
function keyAt({ columnNames, isIndicator }: Frame, j: number): string {
  return `${isIndicator?.[j] === true}${columnNames[j]}`
}
