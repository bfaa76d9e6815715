// Inputs of the graph, one a feature, and the numbers and codes that estimators see of them.
import { missingNumbers } from '../../model/column-reading.ts'
import type { ColumnSchema } from '../../model/schema.ts'
import type { Level } from '../../model/table.ts'
import type { Piece } from './encoded-frame.ts'
import { type GraphBuilder, ML_DOMAIN, type Value } from './graph-builder.ts'
import { double, doubles, strings } from './tensor.ts'

/** Rows of all inputs and outputs. */
export const ROWS = 'rows'

/** What callers of the model are told of an input. Names as they stand in the file. */
export interface InputFacts {
  readonly input: string
  readonly feature: string
  readonly kind: ColumnSchema['kind']
  readonly type: 'double' | 'string'
  /** What stands for a missing value: NaN, or a text that is no category. */
  readonly missing: string
}

/** Why ONNX cannot take a feature; undefined where it can. */
export function featureRefusal(column: ColumnSchema): string | undefined {
  if (!column.name.isWellFormed()) return 'its name is no Unicode text'
  if (column.kind !== 'categorical') return undefined
  return levelsRefusal(column.levels)
}

/** The same of categories and classes. */
export function levelsRefusal(levels: readonly Level[]): string | undefined {
  if (levels.some((level) => typeof level === 'string' && !level.isWellFormed())) {
    return 'one of its values is no Unicode text'
  }
  if (areTexts(levels) && new Set(levels.map(String)).size < levels.length) {
    return 'two of its values of different types are the same text'
  }
  return undefined
}

/** True where values are told as texts: all but numbers alone, and booleans alone. */
export function areTexts(levels: readonly Level[]): boolean {
  return levels.length === 0 || levels.some((level) => typeof level !== typeof levels[0] || typeof level === 'string')
}

/** Takes in all features, in the order of the schema. */
export function featureInputs(
  g: GraphBuilder,
  schema: readonly ColumnSchema[],
): { readonly pieces: Piece[]; readonly facts: InputFacts[] } {
  const inputs = schema.map((column, j) => {
    // An empty name stands for no input.
    const name = column.name === '' ? `feature ${j}` : column.name
    const isText = column.kind === 'text' || (column.kind === 'categorical' && areTexts(column.levels))
    const type = isText ? ('string' as const) : ('double' as const)
    const value = g.input(name, type, [ROWS, 1])
    const missing = isText ? missingText(column) : 'NaN'
    return { column, value, facts: { input: name, feature: column.name, kind: column.kind, type, missing } }
  })
  return {
    pieces: inputs.map(({ column, value }) => ({ value: numbersOf(g, column, value), width: 1 })),
    facts: inputs.map(({ facts }) => facts),
  }
}

/** The empty text, or the first of some others that is no category. */
function missingText(column: ColumnSchema): string {
  const levels = column.kind === 'categorical' ? new Set(column.levels.map(String)) : new Set<string>()
  let text = ''
  for (let number = 0; levels.has(text); number++) text = number === 0 ? 'missing' : `missing ${number}`
  return text
}

function numbersOf(g: GraphBuilder, column: ColumnSchema, value: Value): Value {
  if (column.kind === 'time') return value
  if (column.kind === 'numeric') {
    const marks = missingNumbers(column.reading)
    return [...(marks ?? [])].reduce(
      (numbers, mark) => g.node('Where', [g.node('Equal', [numbers, double(mark)]), double(Number.NaN), numbers]),
      value,
    )
  }
  // What a text says is read by a step alone, and such a step is refused.
  const levels = column.kind === 'text' ? [] : column.levels
  // A category that is not known counts as missing.
  const codes = doubles(levels.map((_, code) => code))
  const default_tensor = doubles([Number.NaN])
  if (areTexts(levels)) {
    const known = levels.length > 0 ? { keys_tensor: strings(levels.map(String)), values_tensor: codes } : NO_LEVELS
    return g.node('LabelEncoder', [value], { ...known, default_tensor }, ML_DOMAIN)
  }
  return g.node(
    'LabelEncoder',
    [value],
    { keys_tensor: doubles(levels.map(Number)), values_tensor: codes, default_tensor },
    ML_DOMAIN,
  )
}

/** Runtimes take no empty list. */
const NO_LEVELS = { keys_tensor: strings(['']), values_tensor: doubles([Number.NaN]) }
