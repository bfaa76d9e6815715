// Every datatype of a model that takes tensors comes as JSON and as bytes, and goes out with the same bytes.
import t from 'tap'
import type { TensorSpec, TensorValues } from '../model/tensor-model.ts'
import { answerTensors } from './answer-tensors.ts'
import { readTensorRequest } from './read-tensor-request.ts'
import { writableValues } from './writable-tensor.ts'

const free = (name: string, datatype: string, shape: TensorSpec['shape']): TensorSpec => {
  return { name, datatype, shape, dimensionNames: shape.map(() => null) }
}

const WHOLE = [0, 1, 2, 3, 4, 127]
const CASES = [
  ['BOOL', Uint8Array.of(0, 1, 1, 0, 1, 0), [false, true, true, false, true, false]],
  ['UINT8', Uint8Array.of(...WHOLE), WHOLE],
  ['UINT16', Uint16Array.of(...WHOLE), WHOLE],
  ['UINT32', Uint32Array.of(...WHOLE), WHOLE],
  ['UINT64', BigUint64Array.from(WHOLE, BigInt), WHOLE],
  ['INT8', Int8Array.of(...WHOLE), WHOLE],
  ['INT16', Int16Array.of(...WHOLE), WHOLE],
  ['INT32', Int32Array.of(...WHOLE), WHOLE],
  ['INT64', BigInt64Array.from(WHOLE, BigInt), WHOLE],
  ['FP16', Float16Array.of(0.5, -1.25, 3, 0, 0.25, 60000), [0.5, -1.25, 3, 0, 0.25, 60000]],
  ['FP32', Float32Array.of(0.5, -1.25, 3, 0, 0.25, 1e9), [0.5, -1.25, 3, 0, 0.25, 1e9]],
  ['FP64', Float64Array.of(0.1, -1.25, 3, 0, 0.25, 1e300), [0.1, -1.25, 3, 0, 0.25, 1e300]],
] as const

function request(specs: readonly TensorSpec[], inputs: readonly object[], bytes?: Uint8Array) {
  const json = Buffer.from(JSON.stringify({ inputs }))
  const length = bytes === undefined ? undefined : json.length
  return readTensorRequest(Buffer.concat([json, bytes ?? Buffer.alloc(0)]), length, { inputs: specs, outputs: [] })
}

function answerOf(tensor: TensorValues, isBinary: boolean) {
  const head = { modelName: 'm', modelVersion: '1', id: undefined, warnings: undefined }
  const wishes = [{ name: tensor.name, isBinary }]
  const { jsonLength, parts } = answerTensors({ ...head, outputs: [writableValues(tensor)], wishes })
  const bytes = Buffer.concat(Array.from(parts, (part) => Buffer.from(part)))
  return { json: JSON.parse(bytes.toString('utf8', 0, jsonLength)), rest: bytes.subarray(jsonLength ?? bytes.length) }
}

t.test('JSON and bytes are the same elements, both ways', async (t) => {
  for (const [datatype, array, data] of CASES) {
    const specs = [free('x', datatype, [null, 3])]
    const head = { name: 'x', datatype, shape: [2, 3] }
    const bytes = new Uint8Array(array.buffer)
    const [fromJson] = request(specs, [{ ...head, data: [data.slice(0, 3), data.slice(3)] }]).inputs
    const binary = { ...head, parameters: { binary_data_size: bytes.length } }
    const [fromBytes] = request(specs, [binary], bytes).inputs
    t.same(fromJson, { ...head, data: array }, datatype)
    t.same(fromBytes, { ...head, data: array }, datatype)
    t.match(answerOf(fromBytes as TensorValues, false).json.outputs, [{ ...head, data }], datatype)
    t.same(answerOf(fromBytes as TensorValues, true).rest, Buffer.from(bytes), datatype)
  }
})

t.test('64 bits keep all of their digits as bytes', async (t) => {
  const array = BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n))
  const parameters = { binary_data_size: 16 }
  const [read] = request(
    [free('x', 'INT64', [null])],
    [{ name: 'x', datatype: 'INT64', shape: [2], parameters }],
    new Uint8Array(array.buffer),
  ).inputs
  t.same(read?.data, array)
  t.same(answerOf(read as TensorValues, true).rest, Buffer.from(array.buffer))
})

t.test('what is missing is NaN of floats alone, and infinite numbers come as bytes', async (t) => {
  const specs = [free('x', 'FP32', [null])]
  const [read] = request(specs, [{ name: 'x', datatype: 'FP32', shape: [2], data: [null, 1] }]).inputs
  t.same(read?.data, Float32Array.of(Number.NaN, 1))
  const infinite = Float32Array.of(Number.NEGATIVE_INFINITY)
  const binary = { name: 'x', datatype: 'FP32', shape: [1], parameters: { binary_data_size: 4 } }
  t.same(request(specs, [binary], new Uint8Array(infinite.buffer)).inputs[0]?.data, infinite)
  t.match(answerOf({ name: 'x', datatype: 'FP32', shape: [1], data: infinite }, false).json.outputs, [{ data: [null] }])
  for (const [datatype, data] of [
    ['BOOL', [null]],
    ['BYTES', [null]],
    ['INT8', [Number.NaN]],
    ['UINT8', [256]],
    ['BOOL', [1]],
  ] as const) {
    const input = { name: 'x', datatype, shape: [1], data }
    t.throws(() => request([free('x', datatype, [null])], [input]), { code: 'REQUEST_INVALID' }, datatype)
  }
  const wrong = { name: 'x', datatype: 'BOOL', shape: [1], parameters: { binary_data_size: 1 } }
  t.throws(() => request([free('x', 'BOOL', [null])], [wrong], Uint8Array.of(2)), { message: /byte of 0 or 1, got 2/ })
})

t.test('rows are the first dimension, where it is free and the same in all inputs', async (t) => {
  const a = { name: 'a', datatype: 'FP32', shape: [2], data: [1, 2] }
  const b = { name: 'b', datatype: 'FP32', shape: [3], data: [1, 2, 3] }
  const scalar = { name: 'b', datatype: 'FP32', shape: [], data: [1] }
  const spec = (name: string, shape: TensorSpec['shape']) => free(name, 'FP32', shape)
  t.equal(request([spec('a', [null])], [a]).rowCount, 2)
  t.equal(request([spec('a', [2])], [a]).rowCount, 1)
  t.equal(request([spec('a', [null]), spec('b', [null])], [a, b]).rowCount, 1)
  t.equal(request([spec('a', [null]), spec('b', [])], [a, scalar]).rowCount, 1)
  const named = [spec('a', [null]), spec('b', [null])].map((each) => ({ ...each, dimensionNames: ['n'] }))
  t.throws(() => request(named, [a, b]), { message: /the dimension "n" is 3, but 2 in "a"/ })
})
