// Rows of a table as the inputs of an ONNX model.
import { FaultList, RowsError } from '../../model/faults.ts'
import type { Column, Table } from '../../model/table.ts'
import type { TensorElements } from '../../model/tensor-model.ts'
import type { InputType, OnnxLayout } from './onnx-layout.ts'
import type { OnnxTensor } from './onnx-messages.ts'

/**
 * Rows [start, end) of a table with the columns of the layout, in its order. A missing number is NaN, a missing text the empty
 * text. Throws RowsError where whole numbers are asked for and a value is missing or none. O(cells).
 */
export function onnxFeeds({ columns }: Table, { inputs }: OnnxLayout, start: number, end: number): OnnxTensor[] {
  const faults = new FaultList()
  let at = 0
  const feeds = inputs.map(({ name, type, dims, width }): OnnxTensor => {
    const taken = columns.slice(at, at + width)
    at += width
    return { name, type, dims: [end - start, ...dims], data: valuesOf(taken, type, start, end, faults) }
  })
  if (!faults.isEmpty) throw new RowsError(faults)
  return feeds
}

function valuesOf(
  columns: readonly Column[],
  type: InputType,
  start: number,
  end: number,
  faults: FaultList,
): TensorElements {
  const length = (end - start) * columns.length
  if (type === 'string') {
    const texts = new Array<string>(length)
    fill(columns, start, end, (column, row, i) => {
      texts[i] = textAt(column, row)
    })
    return texts
  }
  if (type === 'float32' || type === 'float64') {
    const values = type === 'float32' ? new Float32Array(length) : new Float64Array(length)
    fill(columns, start, end, (column, row, i) => {
      values[i] = numberAt(column, row)
    })
    return values
  }
  const check = (column: Column, row: number): number => {
    const value = numberAt(column, row)
    if (isWhole(value, type)) return value
    const got = Number.isNaN(value) ? 'a missing value' : String(value)
    faults.add({ in: 'features', row, column: column.name, detail: `expected ${WHOLE[type]}, got ${got}` })
    return 0
  }
  if (type === 'int64') {
    const values = new BigInt64Array(length)
    fill(columns, start, end, (column, row, i) => {
      values[i] = BigInt(check(column, row))
    })
    return values
  }
  const values = type === 'int32' ? new Int32Array(length) : new Uint8Array(length)
  fill(columns, start, end, (column, row, i) => {
    values[i] = check(column, row)
  })
  return values
}

const WHOLE = { int64: 'a whole number', int32: 'a whole number of 32 bits', bool: '0 or 1' } as const

function isWhole(value: number, type: keyof typeof WHOLE): boolean {
  if (type === 'bool') return value === 0 || value === 1
  return type === 'int32' ? value === (value | 0) : Number.isSafeInteger(value)
}

/** Row-major. */
function fill(
  columns: readonly Column[],
  start: number,
  end: number,
  set: (column: Column, row: number, i: number) => void,
) {
  for (let j = 0; j < columns.length; j++) {
    const column = columns[j] as Column
    for (let row = start, i = j; row < end; row++, i += columns.length) set(column, row, i)
  }
}

function numberAt(column: Column, row: number): number {
  return column.kind === 'categorical' ? Number.NaN : (column.values[row] as number)
}

function textAt(column: Column, row: number): string {
  if (column.kind !== 'categorical') return ''
  const code = column.codes[row] as number
  return code < 0 ? '' : String(column.levels[code])
}
