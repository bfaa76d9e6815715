import t from 'tap'
import { FaultList } from '../model/faults.ts'
import type { ColumnSchema } from '../model/schema.ts'
import { type Column, type Level, toRows } from '../model/table.ts'
import { featureTable } from './feature-table.ts'
import type { InputTensor } from './input-tensors.ts'

const mixed: ColumnSchema = { kind: 'categorical', name: 'c', levels: [1, 2, '2', 'a', true] }
const flag: ColumnSchema = { kind: 'categorical', name: 'c', levels: [false, true] }

function tensor(datatype: string, values: readonly (Level | null)[]): InputTensor {
  const levels = [...new Set(values.filter((value) => value !== null))]
  const column: Column =
    datatype === 'BYTES' || datatype === 'BOOL'
      ? {
          kind: 'categorical',
          name: '',
          codes: Int32Array.from(values, (value) => levels.indexOf(value as Level)),
          levels,
        }
      : { kind: 'numeric', name: '', values: Float64Array.from(values, (value) => (value ?? Number.NaN) as number) }
  return { name: 'c', datatype, rowCount: values.length, column }
}

/** The values of the one column, or what is wrong with them. */
function conformed(schema: ColumnSchema, given: InputTensor): unknown[] {
  const faults = new FaultList()
  const table = featureTable({ tensors: [given], names: new Set(['c']) }, [schema], faults)
  return faults.isEmpty ? toRows(table).map((row) => row['c']) : faults.listed.map(({ detail }) => detail)
}

t.test('in a column of several types a text is its level, or else the one that reads so', async (t) => {
  t.same(conformed(mixed, tensor('BYTES', ['1', '2', 'a', 'true', 'new', null])), [1, '2', 'a', true, 'new', null])
  t.same(conformed(mixed, tensor('INT32', [1, 2])), [1, 2])
  t.same(conformed(mixed, tensor('BOOL', [true, null])), [true, null])
})

t.test('booleans come as BOOL, or as 0, 1 and NaN', async (t) => {
  t.same(conformed(flag, tensor('BOOL', [true, false, null])), [true, false, null])
  t.same(conformed(flag, tensor('FP32', [1, 0, null])), [true, false, null])
  t.same(conformed(flag, tensor('INT8', [1, 2])), ['expected 0, 1 or NaN for a boolean, got 2'])
  t.same(conformed(flag, tensor('BYTES', ['true'])), ['datatype: expected BOOL, got BYTES'])
})

t.test('other datatypes than a column has are told once, not for each row', async (t) => {
  const number: ColumnSchema = { kind: 'numeric', name: 'c' }
  const text: ColumnSchema = { kind: 'categorical', name: 'c', levels: ['a'] }
  t.same(conformed(number, tensor('BYTES', ['1', '2'])), ['datatype: expected FP64, got BYTES'])
  t.same(conformed(number, tensor('BOOL', [true, false])), ['datatype: expected FP64, got BOOL'])
  t.same(conformed(text, tensor('INT64', [1, 2])), ['datatype: expected BYTES, got INT64'])
})

t.test('a tensor that had faults is not called missing, and rows are counted by the first', async (t) => {
  const schema: ColumnSchema[] = ['a', 'b', 'c'].map((name) => ({ kind: 'numeric', name }))
  const faults = new FaultList()
  const tensors = [{ ...tensor('FP32', [1, 2]), name: 'a' }, tensor('FP32', [1])]
  featureTable({ tensors, names: new Set(['a', 'b', 'c', 'd']) }, schema, faults)
  t.same(
    faults.listed.map(({ column, detail }) => [column, detail]),
    [
      ['c', 'it has 1 rows, but "a" has 2'],
      ['d', 'unexpected: the model has no such feature column'],
    ],
  )
})
