// Which feature each column of an encoded frame comes of.
import type { ColumnSchema } from './schema.ts'
import type { Frame } from './steps/step.ts'

export interface ColumnOrigin {
  /** As the steps call it. */
  readonly name: string
  /** Index of the feature; −1 where a step does not tell. */
  readonly source: number
  /** Of an indicator, the category that it stands for. */
  readonly code?: number
}

/**
 * The columns of a frame in the order in which an estimator sees them, sparse ones last. A column made of several, such as a
 * product, comes of the first of them. Steps see the names that they were fitted with, as they may look for them, and
 * tell of which feature a column comes; names of indicators are `<name>=<code>` for one of the categories of a feature.
 */
export function columnOrigins(frame: Frame, schema: readonly ColumnSchema[]): ColumnOrigin[] {
  const indexOf = new Map(schema.map(({ name }, j) => [name, j]))
  const dense = frame.columnNames.map((name, j) => ({
    name,
    ...originOf(name, frame.isIndicator?.[j] === true, frame.sources?.[j]),
  }))
  const sparse = (frame.sparse?.parts ?? []).flatMap(({ columnCount, source, nameOf }) =>
    Array.from({ length: columnCount }, (_, k) => ({ name: nameOf(k), ...originOf(nameOf(k), true, source) })),
  )
  return [...dense, ...sparse]

  /** A name may itself end in `=<digits>`: what is no indicator has its own name first. */
  function originOf(made: string, isIndicator: boolean, from?: string): { source: number; code?: number } {
    const told = from === undefined ? undefined : indexOf.get(from)
    if (told !== undefined && !isIndicator) return { source: told }
    const own = indexOf.get(made)
    if (own !== undefined && !isIndicator) return { source: own }
    const [, name = '', digits = ''] = /^(.*)=(\d+)$/s.exec(made) ?? []
    const source = indexOf.get(name) ?? -1
    const column = schema[source]
    const code = Number(digits)
    if (column?.kind === 'categorical' && code < Math.max(column.levels.length, 1)) return { source, code }
    return { source: own ?? told ?? -1 }
  }
}
