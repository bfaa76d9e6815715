// What the outputs of an ONNX model become.
import t from 'tap'
import { OnnxOutputRows } from './onnx-output.ts'

const layout = { kind: 'classifier', name: 'y', classes: ['a', 'b'], label: null, probabilities: 'P' } as const

function probabilitiesOf(width: number, data: Float32Array) {
  const rows = new OnnxOutputRows({ ...layout, width }, data.length / width)
  const tensor = { name: 'P', type: 'float32', dims: [data.length / width, width], data }
  rows.add(new Map([['P', tensor]]), 0, data.length / width)
  return { values: [...(rows.probabilities()[0]?.values ?? [])], confidence: [...(rows.confidence ?? [])] }
}

t.test('probabilities that float32 has rounded beyond 0 and 1 are 0 and 1', async (t) => {
  const { values, confidence } = probabilitiesOf(2, Float32Array.of(1.0000001, -1e-7, 0.25, 0.75))
  t.same(values, [1, 0, 0.25, 0.75])
  t.same(confidence, [1, 0.75])
  t.same(probabilitiesOf(1, Float32Array.of(1.0000001)).values, [0, 1], 'and of the second class alone')
})

t.test('what is no rounding stays as the model says it', async (t) => {
  t.same(probabilitiesOf(2, Float32Array.of(1.5, -0.5)).values, [1.5, -0.5])
})
