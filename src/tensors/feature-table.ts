// Tensors as the rows that a pipeline takes: one tensor for each feature column, matched by name.
import type { ExtraColumns } from '../model/extra-columns.ts'
import type { FaultList } from '../model/faults.ts'
import { codesOf } from '../model/level-codes.ts'
import type { ColumnSchema } from '../model/schema.ts'
import { shown } from '../model/shown.ts'
import type { CategoricalColumn, Column, Level, NumericColumn, Table } from '../model/table.ts'
import type { InputTensor, InputTensors } from './input-tensors.ts'
import { inputDatatypeOf } from './metadata.ts'

/**
 * The table; meaningful only without faults. Adds one for each column without a tensor, each tensor without a column,
 * unless those are to be dropped, each whose datatype cannot be that of the column, and each with another number of rows
 * than the first. Categories that training never saw are left for the pipeline to tell.
 */
export function featureTable(
  { tensors: all, names }: InputTensors,
  schema: readonly ColumnSchema[],
  faults: FaultList,
  extraColumns: ExtraColumns = 'refuse',
): Table {
  const expectedNames = new Set(schema.map(({ name }) => name))
  const tensors = extraColumns === 'drop' ? all.filter(({ name }) => expectedNames.has(name)) : all
  const [first] = tensors
  const rowCount = first?.rowCount ?? 0
  if (first !== undefined && rowCount === 0) faults.add({ in: 'inputs', detail: 'expected at least one row, got none' })
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  const columns = schema.flatMap((expected): Column[] => {
    const { name } = expected
    const tensor = byName.get(name)
    if (!names.has(name)) {
      const detail = `missing; expected a tensor of ${inputDatatypeOf(expected)}`
      faults.add({ in: 'inputs', column: name, detail }, 'absent')
    }
    if (tensor === undefined) return []
    if (tensor.rowCount !== rowCount) {
      const detail = `it has ${tensor.rowCount} rows, but ${shown(first?.name)} has ${rowCount}`
      faults.add({ in: 'inputs', column: name, detail })
    }
    return [conform(tensor, expected, faults)]
  })
  for (const name of names) {
    if (expectedNames.has(name) || extraColumns === 'drop') continue
    faults.add({ in: 'inputs', column: name, detail: 'unexpected: the model has no such feature column' })
  }
  return { rowCount, columns }
}

function conform({ name, datatype, column }: InputTensor, expected: ColumnSchema, faults: FaultList): Column {
  const wanted = inputDatatypeOf(expected)
  const types = typesOf(expected)
  if (types.includes(typeOf(datatype))) {
    const isMixed = types.length > 1 && datatype === 'BYTES' && expected.kind === 'categorical'
    return isMixed && column.kind === 'categorical' ? fromTexts(column, expected.levels, name) : { ...column, name }
  }
  // There is no missing value in BOOL; as numbers, booleans have one.
  if (wanted === 'BOOL' && typeOf(datatype) === 'number' && column.kind === 'numeric') {
    return fromZeroOrOne(column, name, faults)
  }
  const detail = `datatype: expected ${wanted}, got ${datatype}`
  faults.add({ in: 'inputs', column: name, detail }, typeOf(datatype))
  return { ...column, name }
}

/** What `typeof` gives for the values of a column. */
function typesOf(column: ColumnSchema): readonly string[] {
  if (column.kind === 'numeric') return ['number']
  return column.kind !== 'categorical' || column.levels.length === 0 ? ['string'] : codesOf(column.levels).types
}

function typeOf(datatype: string): 'string' | 'boolean' | 'number' {
  return datatype === 'BYTES' ? 'string' : datatype === 'BOOL' ? 'boolean' : 'number'
}

/** In a column of several types a text that is none of its levels stands for the one that reads so. */
function fromTexts(column: CategoricalColumn, known: readonly Level[], name: string): CategoricalColumn {
  const codes = codesOf(known)
  const others = othersByText(known)
  const levels = column.levels.map((text) => (codes.get(text) >= 0 ? text : (others.get(text as string) ?? text)))
  return { ...column, name, levels }
}

const othersByLevels = new WeakMap<readonly Level[], ReadonlyMap<string, Level>>()

/** The levels that are no strings by their text: made once for a pipeline's list of levels. */
function othersByText(levels: readonly Level[]): ReadonlyMap<string, Level> {
  let others = othersByLevels.get(levels)
  if (others === undefined) {
    others = new Map(levels.filter((level) => typeof level !== 'string').map((level) => [String(level), level]))
    othersByLevels.set(levels, others)
  }
  return others
}

function fromZeroOrOne({ values }: NumericColumn, name: string, faults: FaultList): CategoricalColumn {
  const codes = new Int32Array(values.length)
  for (let row = 0; row < codes.length; row++) {
    const value = values[row] as number
    codes[row] = Number.isNaN(value) ? -1 : value
    if (value === 0 || value === 1 || Number.isNaN(value)) continue
    faults.add({ in: 'inputs', row, column: name, detail: `expected 0, 1 or NaN for a boolean, got ${value}` })
  }
  return { kind: 'categorical', name, codes, levels: [false, true] }
}
