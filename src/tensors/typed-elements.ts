// The elements of a tensor as a runtime takes them: typed arrays of the datatype, and lists of texts.
import type { FaultList } from '../model/faults.ts'
import type { Column } from '../model/table.ts'
import type { TensorElements } from '../model/tensor-model.ts'
import { type ByteWindow, withWindow } from '../rows/byte-window.ts'
import { readBinaryData } from './binary-data.ts'
import { NUMBER_TYPES } from './datatypes.ts'
import type { Bytes } from './each-input.ts'
import { type ElementBudget, takeElements } from './limits.ts'

type NumberElements = Exclude<TensorElements, readonly string[]>

/** By datatype: an array over the bytes of so many elements. Bytes are little-endian, as WebAssembly has them too. */
const ARRAYS: ReadonlyMap<string, (buffer: ArrayBuffer) => NumberElements> = new Map<
  string,
  (buffer: ArrayBuffer) => NumberElements
>([
  ['BOOL', (buffer) => new Uint8Array(buffer)],
  ['UINT8', (buffer) => new Uint8Array(buffer)],
  ['UINT16', (buffer) => new Uint16Array(buffer)],
  ['UINT32', (buffer) => new Uint32Array(buffer)],
  ['UINT64', (buffer) => new BigUint64Array(buffer)],
  ['INT8', (buffer) => new Int8Array(buffer)],
  ['INT16', (buffer) => new Int16Array(buffer)],
  ['INT32', (buffer) => new Int32Array(buffer)],
  ['INT64', (buffer) => new BigInt64Array(buffer)],
  ['FP16', (buffer) => new Float16Array(buffer)],
  ['FP32', (buffer) => new Float32Array(buffer)],
  ['FP64', (buffer) => new Float64Array(buffer)],
])

/**
 * The elements of a column that checkElements has passed. A missing one is NaN in FP16, FP32 and FP64, and a fault elsewhere.
 * O(elements).
 */
export function elementsOfColumn(column: Column, datatype: string, faults: FaultList): TensorElements {
  const values = column.kind === 'categorical' ? column.codes : column.values
  const missing = (row: number): void =>
    faults.add({ in: 'inputs', row, detail: `expected ${datatype}, got a missing value` })
  if (datatype === 'BYTES') return textsOf(column, missing)
  const elements = arrayOver(new ArrayBuffer(elementBytes(datatype) * values.length), datatype)
  // Where a column has no value at all, nothing tells what it is of.
  const isFloat = NUMBER_TYPES.get(datatype)?.range === undefined && datatype !== 'BOOL'
  const isBig = elements instanceof BigInt64Array || elements instanceof BigUint64Array
  for (let row = 0; row < values.length; row++) {
    const value = numberAt(column, row)
    if (Number.isNaN(value) && !isFloat) missing(row)
    else if (isBig) elements[row] = BigInt(value)
    else elements[row] = value
  }
  return elements
}

/** The elements in these bytes, which are as many as they are to be. BYTES are read as texts. O(bytes). */
export function elementsOfBytes(
  { body, start, end }: Bytes,
  datatype: string,
  budget: ElementBudget,
  faults: FaultList,
): TensorElements {
  const read = (window: ByteWindow): TensorElements => {
    if (datatype === 'BYTES') {
      const { column, faults: found } = readBinaryData(window, end - start, datatype, budget)
      faults.addAll(found)
      return found.isEmpty ? elementsOfColumn(column, datatype, faults) : []
    }
    takeElements(budget, (end - start) / elementBytes(datatype))
    const elements = arrayOver(wholeOf(window, end - start), datatype)
    if (datatype === 'BOOL') requireBooleans(elements as Uint8Array, faults)
    return elements
  }
  return withWindow(body, read, { start, end })
}

function arrayOver(buffer: ArrayBuffer, datatype: string): NumberElements {
  const over = ARRAYS.get(datatype)
  if (over === undefined) throw new Error(`${datatype} is no datatype of numbers`)
  return over(buffer)
}

function elementBytes(datatype: string): number {
  return NUMBER_TYPES.get(datatype)?.byteLength ?? 1
}

function numberAt(column: Column, row: number): number {
  if (column.kind !== 'categorical') return column.values[row] as number
  const code = column.codes[row] as number
  return code < 0 ? Number.NaN : Number(column.levels[code])
}

function textsOf(column: Column, missing: (row: number) => void): string[] {
  const { length } = column.kind === 'categorical' ? column.codes : column.values
  const texts = new Array<string>(length).fill('')
  for (let row = 0; row < length; row++) {
    const code = column.kind === 'categorical' ? (column.codes[row] as number) : -1
    if (code < 0 || column.kind !== 'categorical') missing(row)
    else texts[row] = column.levels[code] as string
  }
  return texts
}

function wholeOf(window: ByteWindow, byteLength: number): ArrayBuffer {
  const whole = new Uint8Array(byteLength)
  let at = 0
  while (at < byteLength && window.more(window.end)) {
    whole.set(window.bytes.subarray(0, window.end), at)
    at += window.end
  }
  return whole.buffer
}

function requireBooleans(data: Uint8Array, faults: FaultList): void {
  for (let row = 0; row < data.length; row++) {
    const byte = data[row] as number
    if (byte > 1) faults.add({ in: 'inputs', row, detail: `expected a byte of 0 or 1, got ${byte}` })
  }
}
