// Tensor data as bytes behind the JSON of a request (the protocol's binary tensor extension), into columns.
import { ColumnBuilder } from '../model/column-builder.ts'
import { FaultList } from '../model/faults.ts'
import { notMixed } from '../model/read-column.ts'
import type { Column } from '../model/table.ts'
import { ByteLevels, hashOf } from '../rows/byte-levels.ts'
import type { ByteWindow } from '../rows/byte-window.ts'
import { NUMBER_TYPES, type NumberType } from './datatypes.ts'
import { type ElementBudget, takeElements } from './limits.ts'
import { elementCountOf, type TensorData } from './tensor-data.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads the elements of one tensor, whose bytes are those of the window. What is no whole element at their end is passed
 * over, but for BYTES, where each element is four bytes of length and its text. O(bytes).
 */
export function readBinaryData(
  window: ByteWindow,
  byteLength: number,
  datatype: string,
  budget: ElementBudget,
): TensorData {
  const faults = new FaultList()
  const numberType = NUMBER_TYPES.get(datatype)
  let column: Column
  if (numberType === undefined && datatype !== 'BOOL') column = readTexts(window, byteLength, budget, faults)
  else {
    const count = Math.floor(byteLength / (numberType?.byteLength ?? 1))
    takeElements(budget, count)
    column =
      numberType === undefined ? readBooleans(window, count, faults) : readNumbers(window, numberType, count, faults)
  }
  const count = elementCountOf(column)
  return { column, count, depth: 1, nested: [count], faults }
}

function readNumbers(window: ByteWindow, type: NumberType, count: number, faults: FaultList): Column {
  const { byteLength, read, isWide } = type
  const values = new Float64Array(count)
  let row = 0
  let at = 0
  while (row < count) {
    if (window.end - at < byteLength) {
      if (!window.more(at)) break
      at = 0
      continue
    }
    const { bytes, end } = window
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    for (; row < count && end - at >= byteLength; at += byteLength, row++) {
      const value = read(view, at)
      values[row] = value
      // A difference with itself is NaN for infinite numbers and for NaN, which is a missing value.
      if (value - value !== 0 && !Number.isNaN(value)) {
        faults.add({ in: 'inputs', row, detail: `expected a finite number, got ${value}` })
      } else if (isWide && !Number.isSafeInteger(value)) {
        faults.add({ in: 'inputs', row, detail: 'expected an integer below 2^53, so that a double has all its digits' })
      }
    }
  }
  return { kind: 'numeric', name: '', values }
}

function readBooleans(window: ByteWindow, count: number, faults: FaultList): Column {
  const codes = new Int32Array(count)
  let row = 0
  while (row < count && window.more(window.end)) {
    const { bytes, end } = window
    for (let i = 0; i < end && row < count; i++, row++) {
      const byte = bytes[i] as number
      codes[row] = byte
      if (byte > 1) faults.add({ in: 'inputs', row, detail: `expected a byte of 0 or 1, got ${byte}` })
    }
  }
  return { kind: 'categorical', name: '', codes, levels: [false, true] }
}

function readTexts(window: ByteWindow, byteLength: number, budget: ElementBudget, faults: FaultList): Column {
  const builder = new ColumnBuilder('', budget.levels)
  const known = new ByteLevels()
  let row = 0
  let at = 0
  const has = (count: number): boolean => {
    if (window.offset + at + count > byteLength) return false
    while (window.end - at < count) {
      if (!window.more(at)) return false
      at = 0
    }
    return true
  }
  for (; window.offset + at < byteLength; row++) {
    takeElements(budget, 1)
    if (!has(4) || !has(4 + window.bytes.readUInt32LE(at))) {
      faults.add({ in: 'inputs', row, detail: 'its bytes end within the element' })
      break
    }
    const { bytes } = window
    const start = at + 4
    const end = start + bytes.readUInt32LE(at)
    const hash = hashOf(bytes, start, end)
    const code = known.find(bytes, start, end, hash)
    if (code >= 0) builder.setCode(row, code)
    else {
      const text = textOf(bytes.subarray(start, end))
      const wrong = text === undefined ? 'expected text as UTF-8, got other bytes' : builder.setLevel(row, text)
      if (wrong !== undefined) faults.add({ in: 'inputs', row, detail: wrong })
      else known.remember(bytes, start, end, hash, builder.codeFor(text as string))
    }
    at = end
  }
  return notMixed(builder.finish(row))
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
