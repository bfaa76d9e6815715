// What golden rows do not tell of a model that has answered them.
import type { ReadColumn } from '../../model/read-column.ts'
import type { ColumnSchema } from '../../model/schema.ts'
import type { GoldenRows } from './golden-rows.ts'

export interface ImportWarning {
  readonly code: 'GOLDEN_ROWS_FEW' | 'GOLDEN_ROWS_WITHOUT_MISSING' | 'NO_CELLS'
  readonly message: string
}

/** Golden rows from which on the cells of predictions are frozen. */
export const CELLS_FROM_ROWS = 200
/** Fewer tell little of a model of any size. */
const FEW_ROWS = 20

export function warningsOf(
  { features }: Pick<GoldenRows, 'features'>,
  { hasCells, schema }: { readonly hasCells: boolean; readonly schema: readonly ColumnSchema[] },
): ImportWarning[] {
  const { rowCount, columns } = features
  const warnings = fewRows(rowCount)
  if (schema.length > 0 && !columns.some((column) => hasMissing(column, rowCount))) {
    const message = 'no golden row has a missing value: how the model answers these was not compared'
    warnings.push({ code: 'GOLDEN_ROWS_WITHOUT_MISSING', message })
  }
  if (!hasCells) {
    const message = `predictions are counted without cells, and drift of columns is not seen: that takes ${CELLS_FROM_ROWS} golden rows`
    warnings.push({ code: 'NO_CELLS', message })
  }
  return warnings
}

/** The same of golden tensors with so many rows. */
export function tensorWarnings(rowCount: number): ImportWarning[] {
  const message = 'predictions are counted without cells: tensors have no columns whose drift could be seen'
  return [...fewRows(rowCount), { code: 'NO_CELLS', message }]
}

function fewRows(rowCount: number): ImportWarning[] {
  if (rowCount >= FEW_ROWS) return []
  const message = `${rowCount} golden rows were compared: what other rows come to is not known; bring ${FEW_ROWS} or more`
  return [{ code: 'GOLDEN_ROWS_FEW', message }]
}

function hasMissing(column: ReadColumn, rowCount: number): boolean {
  for (let row = 0; row < rowCount; row++) {
    const isNumber = column.kind !== 'categorical' && !Number.isNaN(column.values[row])
    const isLevel = column.kind !== 'numeric' && (column.codes[row] as number) >= 0
    if (!isNumber && !isLevel) return true
  }
  return false
}
