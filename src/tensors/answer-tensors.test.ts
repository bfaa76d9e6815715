import t from 'tap'
import { FaultList } from '../model/faults.ts'
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { Level } from '../model/table.ts'
import { answerTensors } from './answer-tensors.ts'
import { outputTensors } from './output-tensors.ts'
import { readOutputWishes } from './output-wishes.ts'
import { writableOutput } from './writable-tensor.ts'

const codes = Int32Array.of(1, 0)
const label = (name: string, levels: readonly Level[]) => ({ kind: 'categorical', name, codes, levels }) as const
const predictions: Predictions = {
  labels: {
    rowCount: 2,
    columns: [
      { kind: 'numeric', name: 'n', values: Float64Array.of(0.5, Number.NaN) },
      label('b', [false, true]),
      label('i', [-3, 7]),
      label('f', [0.5, 1]),
      label('s', ['"', 'ü']),
      label('m', [1, 'a']),
    ],
  },
  probabilities: [{ name: 's', levels: ['"', 'ü'], values: Float64Array.of(0.25, 0.75, 1, 0) }],
  unseen: [],
  marks: [],
}

function answer(parameters: object, wished?: object[]) {
  const tensors = outputTensors(predictions)
  const faults = new FaultList()
  const wishes = readOutputWishes(wished, parameters, tensors, faults)
  t.ok(faults.isEmpty, JSON.stringify(faults.listed))
  const head = { modelName: 'm"', modelVersion: '3', id: undefined, warnings: undefined }
  const outputs = tensors.map((tensor) => writableOutput(tensor, 2))
  const { jsonLength, parts } = answerTensors({ ...head, outputs, wishes })
  const bytes = Buffer.concat(Array.from(parts, (part) => Buffer.from(part)))
  const json = JSON.parse(bytes.toString('utf8', 0, jsonLength ?? bytes.length))
  return { json, rest: [...bytes.subarray(jsonLength ?? bytes.length)] }
}

t.test('each kind of label has its datatype, and null where it is no number', async (t) => {
  const { json } = answer({})
  t.same(json, {
    model_name: 'm"',
    model_version: '3',
    outputs: [
      { name: 'n', datatype: 'FP64', shape: [2], data: [0.5, null] },
      { name: 'b', datatype: 'BOOL', shape: [2], data: [true, false] },
      { name: 'i', datatype: 'INT64', shape: [2], data: [7, -3] },
      { name: 'f', datatype: 'FP64', shape: [2], data: [1, 0.5] },
      { name: 's', datatype: 'BYTES', shape: [2], data: ['ü', '"'] },
      { name: 'm', datatype: 'BYTES', shape: [2], data: ['a', '1'] },
    ],
  })
})

t.test('bytes stand behind the JSON in the order of the outputs, little-endian', async (t) => {
  const wishes = [{ name: 'i' }, { name: 'n', parameters: { binary_data: false } }, { name: 's' }, { name: 'b' }]
  const { json, rest } = answer({ binary_data_output: true }, wishes)
  const sizes = json.outputs.map((output: { parameters?: object }) => output.parameters)
  t.same(sizes, [{ binary_data_size: 16 }, undefined, { binary_data_size: 11 }, { binary_data_size: 2 }])
  const integers = [7, 0, 0, 0, 0, 0, 0, 0, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
  t.same(rest, [...integers, 2, 0, 0, 0, 0xc3, 0xbc, 1, 0, 0, 0, 0x22, 1, 0])
})

t.test('probabilities have a dimension for the classes, whose names stand in the parameters', async (t) => {
  const { json } = answer({ probabilities: true })
  t.same(json.outputs.at(-1), {
    name: 's.probabilities',
    datatype: 'FP64',
    shape: [2, 2],
    parameters: { classes: '["\\"","ü"]' },
    data: [0.25, 0.75, 1, 0],
  })
})
