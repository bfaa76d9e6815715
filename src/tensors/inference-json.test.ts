import t from 'tap'
import type { Column } from '../model/table.ts'
import { cellsOf, valueAt } from '../model/table.ts'
import { windowOfBytes } from '../rows/byte-window.ts'
import { type InputJson, readInferenceJson } from './inference-json.ts'
import { elementBudget, MEMBER_BYTES_MAX, RANK_MAX } from './limits.ts'
import type { TensorData } from './tensor-data.ts'

const read = (text: string) => readInferenceJson(windowOfBytes(Buffer.from(text)), elementBudget())

/** The data of a request with one tensor. */
function dataOf(data: string): TensorData {
  const { inputs } = read(`{"inputs":[{"data":${data}}]}`)
  return ((inputs as InputJson[])[0] as InputJson).data as TensorData
}

function valuesOf(column: Column): unknown[] {
  return Array.from(cellsOf(column), (_, row) => valueAt(column, row))
}

t.test('data are read flat and nested, with null and NaN as missing values', async (t) => {
  for (const [text, values, depth] of [
    ['[1, null, 2.5, NaN]', [1, null, 2.5, null], 1],
    ['[[1],[2],[null]]', [1, 2, null], 2],
    ['["a","","ü\\u0001"]', ['a', '', 'ü\u0001'], 1],
    ['[true,false,null]', [true, false, null], 1],
    ['[]', [], 1],
    ['[[],[1]]', [1], 2],
  ] as const) {
    const data = dataOf(text)
    t.same(valuesOf(data.column), values, text)
    t.same([data.depth, data.count, data.faults.count], [depth, values.length, 0])
  }
})

t.test('lists in lists have a shape, unless those of one depth differ', async (t) => {
  for (const [text, nested] of [
    ['[1,2,3]', [3]],
    ['[[[1],[2]],[[3],[4]],[[5],[6]]]', [3, 2, 1]],
    ['[[],[]]', [2, 0]],
    ['[[1,2],[3]]', undefined],
    ['[1,[2]]', undefined],
    ['[[],[[1]]]', undefined],
  ] as const) {
    t.same(dataOf(text).nested, nested, text)
  }
})

t.test('what is no value is a fault of its row', async (t) => {
  const { faults, count } = dataOf(`[1,{"a":[1]},${'['.repeat(RANK_MAX)}2${']'.repeat(RANK_MAX)},1e999,"\\ud800"]`)
  t.equal(count, 5)
  t.match(faults.listed, [
    { row: 1, detail: /got an object/ },
    { row: 2, detail: /got an array/ },
    { row: 3, detail: /finite/ },
    { row: 4, detail: /surrogate/ },
  ])
})

t.test('members come in any order, the last of equal names counts, and unknown ones are passed over', async (t) => {
  const { id, outputs, parameters, inputs } = read(
    `{"more":[{"inputs":1}],"outputs":[],"id":"a","inputs":3,"id":"b",
      "inputs":[{"data":[1],"name":"x","__proto__":1,"shape":[1],"datatype":"FP32","parameters":{"a":1}},4],
      "parameters":{}}`,
  )
  t.same({ id, outputs, parameters }, { id: 'b', outputs: [], parameters: {} })
  t.match(inputs, [{ name: 'x', shape: [1], datatype: 'FP32', parameters: { a: 1 }, data: { count: 1 } }, 'number'])
})

t.test('bodies that are no JSON objects are refused, too large members are faults', async (t) => {
  for (const text of [
    '',
    '[]',
    '3',
    '{',
    '{"inputs":[{"data":[1,]}]}',
    '{"inputs":[{"data":[Nan]}]}',
    '{} {}',
    '{"a":NaN}',
  ]) {
    t.throws(() => read(text), { code: 'BODY_MALFORMED' }, text)
  }
  const { faults } = read(`{"id":"${'x'.repeat(MEMBER_BYTES_MAX)}"}`)
  t.match(faults.listed, [{ in: 'body', detail: /^id: more than/ }])
})
