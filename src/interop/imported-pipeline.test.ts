// What a damaged artifact of an imported model is refused with.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { StateError } from '../learning/errors.ts'
import { ImportedPipeline } from './imported-pipeline.ts'
import { onnxLayout } from './onnx/onnx-layout.ts'
import { OnnxPipeline } from './onnx/onnx-pipeline.ts'
import { readOnnx } from './onnx/read-onnx.ts'

const FILES = join(import.meta.dirname, '../../test/golden/models/imports')

t.test('an ONNX model comes back from its state, and from no damaged one', async (t) => {
  for (const [file, options] of [
    ['ridge', { labelNames: ['y'] }],
    ['naive_bayes', { labelNames: ['y'], classes: ['a', 'b', 'c'] }],
  ] as const) {
    const model = readFileSync(join(FILES, `${file}.onnx`))
    const state = new OnnxPipeline(model, onnxLayout(readOnnx(model), options)).toState()
    const restored = new ImportedPipeline().restore(state)
    t.same(restored.toState(), state)
    const text = state['layout'] as string
    const layout = JSON.parse(text)
    const damaged = [
      '',
      text.slice(0, -1),
      'null',
      '[]',
      '{}',
      JSON.stringify({ ...layout, inputs: [{ ...layout.inputs[0], type: 'float128' }] }),
      JSON.stringify({ ...layout, features: 5 }),
      JSON.stringify({ ...layout, outputs: [] }),
      JSON.stringify({ ...layout, outputs: [{ ...layout.outputs[0], kind: 'oracle' }] }),
      JSON.stringify({ ...layout, rowsMax: 2 }),
    ]
    for (const each of damaged) {
      t.throws(() => new ImportedPipeline().restore({ ...state, layout: each }), StateError, each.slice(0, 80))
    }
  }
})
