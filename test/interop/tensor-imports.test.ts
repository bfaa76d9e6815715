// Golden tensors that do not fit, and models that take tensors to do harm.
import t from 'tap'
import { brought, casesOf, formOf, importInto, type TensorJson, tensorModel } from '../support/imports.ts'
import { endless, endlessAbove, memoryBomb } from '../support/onnx-model.ts'
import { missing } from '../support/optional-package.ts'
import { startTensorService } from '../support/tensor-service.ts'
import { until } from '../support/until.ts'

const skip = (await missing('onnxruntime-web')) ?? false
const { client, imported } = await startTensorService(t)
const { get, post } = client

t.test('a form with golden tensors that do not fit is refused, and nothing is left of it', { skip }, async (t) => {
  const image = tensorModel('image')
  const [{ inputs, outputs } = { inputs: [], outputs: [] }] = casesOf(image)
  const bring = async (file: Uint8Array, golden: object | string, options?: object) => {
    const text = typeof golden === 'string' ? golden : JSON.stringify(golden)
    const { status, body } = await importInto(client, 'tensors', formOf({ file, golden: text }, options))
    return {
      status,
      code: body.code,
      details: (body.errors ?? []).map(({ detail }: { detail: string }) => detail),
      body,
    }
  }
  const before = (await get('/api/projects/tensors/versions')).body.versions.length
  t.match(await bring(image.file, { inputs, outputs: [outputs[1], { ...outputs[0], shape: [5, 3] }] }), {
    status: 400,
    details: [/^outputs: shape: expected \[-1,4\], where -1 is 0 or more, got \[5,3\]/],
  })
  t.match(await bring(image.file, { cases: [{ inputs, outputs }, 7, { inputs: [], outputs: {} }] }), {
    status: 400,
    details: [
      'case 1: expected an object with inputs and outputs, got number',
      /^case 2: inputs: missing; expected FP32 of shape \[-1,3,8,8\]/,
      'case 2: outputs: expected a list of tensors, got object',
      /^case 2: outputs: missing/,
      /^case 2: outputs: missing/,
    ],
  })
  t.match(await bring(image.file, { cases: [] }), { status: 400, details: [/expected at least one/] })
  t.match(await bring(image.file, { cases: Array(1001).fill(0) }), {
    status: 400,
    details: [/1000 at the most, got 1001/],
  })
  t.match(await bring(image.file, { rows: [] }), {
    status: 400,
    details: [/^inputs: expected a list/, /missing/, /^outputs: /, /missing/, /missing/],
  })
  t.match(await bring(image.file, '{"inputs": ['), { status: 400, code: 'BODY_MALFORMED' })
  t.match(await bring(image.file, { inputs, outputs }, { label_name: 'y', feature_names: ['a'], rounds: 'all' }), {
    status: 400,
    details: [/for lightgbm, xgboost_json, xgboost_ubjson; the file is onnx/],
  })
  t.match(await bring(image.file, { inputs, outputs }, { label_name: 'y', feature_names: ['a'] }), {
    status: 400,
    details: [/for golden rows/, /for golden rows/],
  })
  t.match(await bring(brought('lightgbm', 'txt').file, { inputs, outputs }), {
    status: 400,
    details: [/golden tensors are for onnx; the file is lightgbm/],
  })
  t.match(await bring(image.file, '[{"image": 1, "y": 2}]'), { status: 400, code: 'REQUEST_INVALID' })
  const [probabilities, classes] = outputs as readonly [TensorJson, TensorJson]
  const wrong = { ...probabilities, data: probabilities.data.map((value, i) => (i === 3 ? 0.5 : value)) }
  const differs = await bring(image.file, {
    inputs,
    outputs: [wrong, { ...classes, data: [9, ...classes.data.slice(1)] }],
  })
  t.match(differs, {
    status: 422,
    code: 'GOLDEN_ROWS_DIFFER',
    body: {
      errors: [
        { in: 'golden', row: 3, column: 'probabilities', detail: /^expected 0.5, the model gives 0/ },
        { in: 'golden', row: 0, column: 'class', detail: /^expected 9, the model gives / },
      ],
    },
  })
  t.match(
    differs.body.detail,
    /^2 of 25 golden elements differ; the largest difference is .* in element 3 of "probabilities"/,
  )
  t.equal((await get('/api/projects/tensors/versions')).body.versions.length, before)
})

t.test('a model that never ends, or asks for all memory, is ended while others are answered', { skip }, async (t) => {
  const { path } = await imported(t, 'half')
  const [{ inputs } = { inputs: [] }] = casesOf(tensorModel('half'))
  const golden = JSON.stringify({
    inputs: [{ name: 'X', datatype: 'FP32', shape: [1, 1], data: [1] }],
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [1, 1], data: [1] }],
  })
  const hostile = importInto(client, 'tensors', formOf({ file: endless(), golden }))
  t.equal((await post(`${path}/infer`, { inputs })).status, 200)
  t.match(await hostile, { status: 422, body: { code: 'IMPORTED_MODEL_FAILED', detail: /after 4 s/ } })
  for (const when of ['loaded', 'run'] as const) {
    const bomb = await importInto(client, 'tensors', formOf({ file: memoryBomb(when), golden }))
    t.match(bomb, { status: 422, body: { code: 'IMPORTED_MODEL_FAILED' } })
  }
  // It passes its golden tensors, and goes on without an end for another number.
  const sometimes = await importInto(client, 'tensors', formOf({ file: endlessAbove(5), golden }))
  t.equal(sometimes.status, 201, JSON.stringify(sometimes.body))
  const trap = `/v2/models/imported_model/versions/${sometimes.body.model_run_id}/infer`
  const caught = post(trap, { inputs: [{ name: 'X', datatype: 'FP32', shape: [1, 1], data: [6] }] })
  t.equal((await post(`${path}/infer`, { inputs })).status, 200, 'others are answered meanwhile')
  t.match(await caught, { status: 408, body: { code: 'PREDICTION_TIMED_OUT' } })
  // A busy machine takes its time for another thread.
  await until(async () => (await post(trap, JSON.parse(golden))).status === 200)
})
