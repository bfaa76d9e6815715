import t from 'tap'
import type { Column } from '../model/table.ts'
import { cellsOf, valueAt } from '../model/table.ts'
import { ByteWindow } from '../rows/byte-window.ts'
import { readBinaryData } from './binary-data.ts'
import { elementBudget } from './limits.ts'
import type { TensorData } from './tensor-data.ts'

/** Reads through a window that gets a few bytes at a time, so that elements lie across its ends. */
function read(bytes: Uint8Array, datatype: string, atOnce = 3, budget = elementBudget()): TensorData {
  let at = 0
  const window = new ByteWindow((target) => {
    const part = bytes.subarray(at, at + Math.min(atOnce, target.length))
    target.set(part)
    at += part.length
    return part.length
  }, 4)
  return readBinaryData(window, bytes.length, datatype, budget)
}

function valuesOf(column: Column): unknown[] {
  return Array.from(cellsOf(column), (_, row) => valueAt(column, row))
}

const bytesOf = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer)

function texts(...all: string[]): Uint8Array {
  const parts = all.map((text) => {
    const bytes = new TextEncoder().encode(text)
    return [...bytesOf(Uint32Array.of(bytes.length)), ...bytes]
  })
  return Uint8Array.from(parts.flat())
}

t.test('numbers of every datatype are read as they were written', async (t) => {
  const cases: [string, ArrayBufferView, number[]][] = [
    ['UINT8', Uint8Array.of(0, 255), [0, 255]],
    ['INT8', Int8Array.of(-128, 127), [-128, 127]],
    ['UINT16', Uint16Array.of(1, 65535), [1, 65535]],
    ['INT16', Int16Array.of(-32768, 2), [-32768, 2]],
    ['UINT32', Uint32Array.of(1, 2 ** 32 - 1), [1, 2 ** 32 - 1]],
    ['INT32', Int32Array.of(-(2 ** 31), 7), [-(2 ** 31), 7]],
    ['UINT64', BigUint64Array.of(2n ** 53n, 3n), [2 ** 53, 3]],
    ['INT64', BigInt64Array.of(-5n, 2n ** 62n), [-5, 2 ** 62]],
    ['FP16', Float16Array.of(0.5, -65504), [0.5, -65504]],
    ['FP32', Float32Array.of(0.1, -3), [Math.fround(0.1), -3]],
    ['FP64', Float64Array.of(0.1, -1e300), [0.1, -1e300]],
  ]
  for (const [datatype, array, expected] of cases) {
    for (const atOnce of [1, 3, 100])
      t.same(valuesOf(read(bytesOf(array), datatype, atOnce).column), expected, datatype)
  }
})

t.test('NaN is a missing value, an infinite number a fault of its row', async (t) => {
  const { column, faults } = read(bytesOf(Float64Array.of(1, Number.NaN, Number.NEGATIVE_INFINITY)), 'FP64')
  t.same(valuesOf(column).slice(0, 2), [1, null])
  t.same(faults.listed, [{ in: 'inputs', row: 2, detail: 'expected a finite number, got -Infinity' }])
})

t.test('booleans are bytes of 0 and 1', async (t) => {
  const { column, faults } = read(Uint8Array.of(1, 0, 7, 1), 'BOOL')
  t.same(
    valuesOf({ ...column }).filter((_, i) => i !== 2),
    [true, false, true],
  )
  t.same(faults.listed, [{ in: 'inputs', row: 2, detail: 'expected a byte of 0 or 1, got 7' }])
})

t.test('texts of any length come back in order, and again as the same level', async (t) => {
  const all = ['a', '', 'grün', 'x'.repeat(500), 'a', '\u{feff}b', '', 'grün']
  for (const atOnce of [1, 3, 1000]) {
    const { column, count, faults } = read(texts(...all), 'BYTES', atOnce)
    t.same(valuesOf(column), all)
    t.equal(count, all.length)
    t.ok(faults.isEmpty)
  }
  t.equal(read(new Uint8Array(), 'BYTES').count, 0)
})

t.test('a text that is cut short ends the tensor, one that is no text is a fault of its row', async (t) => {
  const bytes = texts('a', 'bcd')
  for (const length of [6, 8, 11]) {
    const { faults } = read(bytes.subarray(0, length), 'BYTES')
    t.same(faults.listed, [{ in: 'inputs', row: 1, detail: 'its bytes end within the element' }])
  }
  const huge = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 65)
  t.equal(read(huge, 'BYTES').faults.count, 1)
  const wrong = read(Uint8Array.of(1, 0, 0, 0, 0xff, ...texts('a')), 'BYTES')
  t.match(wrong.faults.listed, [{ row: 0, detail: /UTF-8/ }])
  t.equal(valuesOf(wrong.column)[1], 'a')
})

t.test('more elements than a table may have are refused before there is room for them', async (t) => {
  const budget = { ...elementBudget(), left: 3 }
  t.throws(() => read(new Uint8Array(4), 'UINT8', 3, budget), { code: 'BODY_TOO_LARGE' })
  t.throws(() => read(texts('', '', '', ''), 'BYTES', 3, { ...elementBudget(), left: 3 }), { code: 'BODY_TOO_LARGE' })
})
