// What a pipeline's steps make of the feature columns: which column of the estimator comes of which feature.
import { type FittedPipeline, rowOf } from '../model/fitted-pipeline.ts'
import { toFrame } from '../model/frame.ts'
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

/**
 * The columns of the estimator, by what the steps make of a row. Steps see the names that they were fitted with, as they
 * may look for them, and tell of which feature a column comes. Names of indicators are `<name>=<code>` for one of the categories of a feature.
 */
export function encodedColumns(pipeline: FittedPipeline): EncodedColumn[] {
  const { featureSchema } = pipeline
  const indexOf = new Map(featureSchema.map(({ name }, j) => [name, j]))
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
  const dense = frame.columnNames.map((made, j) =>
    describe(made, frame.isIndicator?.[j] === true, frame.sources?.[j], standardized.has(keyAt(frame, j))),
  )
  const sparse = (frame.sparse?.parts ?? []).flatMap(({ columnCount, source, nameOf }) =>
    Array.from({ length: columnCount }, (_, k) => describe(nameOf(k), true, source, false)),
  )
  return [...dense, ...sparse]

  function describe(
    made: string,
    isIndicator: boolean,
    from: string | undefined,
    isStandardized: boolean,
  ): EncodedColumn {
    const { source, code } = originOf(made, isIndicator, from)
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
  }

  /** A name may itself end in `=<digits>`: what is no indicator has its own name first. */
  function originOf(made: string, isIndicator: boolean, from?: string): { source: number; code?: number } {
    const told = from === undefined ? undefined : indexOf.get(from)
    if (told !== undefined && !isIndicator) return { source: told }
    const own = indexOf.get(made)
    if (own !== undefined && !isIndicator) return { source: own }
    const [, name = '', digits = ''] = /^(.*)=(\d+)$/s.exec(made) ?? []
    const source = indexOf.get(name) ?? -1
    const column = featureSchema[source]
    const code = Number(digits)
    if (column?.kind === 'categorical' && code < Math.max(column.levels.length, 1)) return { source, code }
    return { source: own ?? told ?? -1 }
  }
}

/** Tells a column from an indicator that has the same name. */
function keyAt({ columnNames, isIndicator }: Frame, j: number): string {
  return `${isIndicator?.[j] === true}${columnNames[j]}`
}
