// ONNX models that take tensors of any shape: what they say of themselves, what they answer, and what is wrong with a request.
import t from 'tap'
import { casesOf, type TensorJson, tensorModel } from '../support/imports.ts'
import { readInferenceAnswer } from '../support/inference-answer.ts'
import { fetchDocumented } from '../support/openapi.ts'
import { missing } from '../support/optional-package.ts'
import { blocksOf } from '../support/pages.ts'
import { wordsOf } from '../support/project-copy.ts'
import { isClose, startTensorService } from '../support/tensor-service.ts'

const skip = (await missing('onnxruntime-web')) ?? false
const { client, imported } = await startTensorService(t)
const { get, post } = client

for (const [name, inputs, outputs] of [
  [
    'image',
    [['image', 'FP32', [-1, 3, 8, 8]]],
    [
      ['probabilities', 'FP32', [-1, 4]],
      ['class', 'INT64', [-1]],
    ],
  ],
  ['photo', [['photo', 'UINT8', [1, -1, -1, 3]]], [['color', 'FP32', [1, 2]]]],
  [
    'text',
    [
      ['input_ids', 'INT64', [-1, -1]],
      ['attention_mask', 'INT64', [-1, -1]],
    ],
    [['logits', 'FP32', [-1, 3]]],
  ],
  ['sequence', [['steps', 'FP32', [-1, -1, 4]]], [['last', 'FP32', [2, -1, 3]]]],
  [
    'words',
    [['word', 'BYTES', [-1, 1]]],
    [
      ['number', 'INT64', [-1, 1]],
      ['answer', 'BYTES', [-1, 1]],
    ],
  ],
  ['half', [['x', 'FP16', [-1, 2]]], [['y', 'FP16', [-1, 2]]]],
] as const) {
  t.test(`${name}: a version by its golden tensors, which says and answers tensors`, { skip }, async (t) => {
    const { body, path } = await imported(t, name)
    t.match(body, {
      request: { labels: outputs.map(([name]) => name), features: inputs.map(([name]) => name) },
      parameters: { format: 'onnx', takes: 'tensors' },
      golden: { columns: outputs.map(([name]) => name) },
      warnings: [{ code: 'GOLDEN_ROWS_FEW' }, { code: 'NO_CELLS', message: /tensors have no columns/ }],
    })
    const said = (specs: readonly (readonly [string, string, readonly number[]])[]) =>
      specs.map(([name, datatype, shape]) => ({ name, datatype, shape }))
    t.match((await get(path)).body, { inputs: said(inputs), outputs: said(outputs) })
    for (const { inputs, outputs } of casesOf(tensorModel(name))) {
      const answer = await post(`${path}/infer`, { inputs })
      t.equal(answer.status, 200, JSON.stringify(answer.body))
      isClose(t, answer.body.outputs, outputs)
    }
  })
}

t.test('outputs are chosen by name, and elements come and go as bytes', { skip }, async (t) => {
  const { path } = await imported(t, 'image')
  const [{ inputs, outputs } = { inputs: [], outputs: [] }] = casesOf(tensorModel('image'))
  const [{ shape, data } = { shape: [], data: [] }] = inputs
  const bytes = Buffer.from(Float32Array.from(data as number[]).buffer)
  const head = (parameters: object) =>
    Buffer.from(
      JSON.stringify({
        id: 'seven',
        inputs: [{ name: 'image', datatype: 'FP32', shape, parameters: { binary_data_size: bytes.length } }],
        ...parameters,
      }),
    )
  const send = async (json: Buffer) => {
    const headers = { 'inference-header-content-length': String(json.length) }
    const sent = { method: 'POST', headers, body: Buffer.concat([json, bytes]) }
    return readInferenceAnswer(await fetchDocumented(client.service.url, `${path}/infer`, sent))
  }
  const classes = await send(head({ outputs: [{ name: 'class', parameters: { binary_data: true } }] }))
  t.match(classes.body, { id: 'seven', outputs: [{ name: 'class', datatype: 'INT64', shape: [5] }] })
  t.equal(classes.body.outputs.length, 1)
  t.same(classes.outputs['class'], outputs[1]?.data)
  const both = await send(head({ parameters: { binary_data_output: true } }))
  t.same(Object.keys(both.outputs), ['probabilities', 'class'])
  isClose(
    t,
    both.body.outputs.map((output: TensorJson) => ({ ...output, data: both.outputs[output.name] })),
    outputs,
  )
  const extra = { name: 'more', datatype: 'FP32', shape: [1], data: [1] }
  const dropped = await post(`${path}/infer`, { inputs: [...inputs, extra], parameters: { extra_columns: 'drop' } })
  t.match(JSON.parse(dropped.body.parameters.warnings), [{ code: 'COLUMNS_DROPPED', column: 'more', rows: 5 }])
})

t.test('the calls of docs/inference-protocol.md describe the model and ask it', { skip }, async (t) => {
  const { path } = await imported(t, 'text')
  const block = (await blocksOf('docs/inference-protocol.md', 'sh')).find(({ text }) => text.includes('input_ids'))
  const lines = (block?.text ?? '').trim().split('\n').map(wordsOf)
  const own = (url = '') => url.replace('http://127.0.0.1:5001/v2/models/imported_model/versions/7', path)
  t.match((await get(own(lines[0]?.[1]))).body, { inputs: [{ name: 'input_ids' }, { name: 'attention_mask' }] })
  const [, , , , sent = '', url] = lines[1] ?? []
  t.match((await post(own(url), sent)).body, {
    outputs: [{ name: 'logits', shape: [1, 3], data: [Number, Number, Number] }],
  })
})

t.test('everything that is wrong with tensors is told at once', { skip }, async (t) => {
  const { path } = await imported(t, 'text')
  const faultsOf = async (inputs: readonly object[], more: object = {}) => {
    const { status, body } = await post(`${path}/infer`, { inputs, ...more })
    t.equal(status, 400, JSON.stringify(body))
    return body.errors.map(({ column, detail }: { column?: string; detail: string }) => [column, detail])
  }
  const ids = (shape: readonly unknown[], data: unknown, datatype = 'INT64') => ({
    name: 'input_ids',
    datatype,
    shape,
    data,
  })
  const mask = { name: 'attention_mask', datatype: 'INT64', shape: [1, 2], data: [1, 1] }
  t.match(await faultsOf([ids([1, 2, 3], [1], 'FP32'), { name: 'other' }], { outputs: [{ name: 'no' }] }), [
    ['no', /no such output; expected "logits"/],
    ['input_ids', /datatype: expected INT64, got "FP32"/],
    ['input_ids', /shape: expected \[-1,-1\], where -1 is 1 or more, got \[1,2,3\]/],
    ['other', /unexpected.*"input_ids", "attention_mask"/],
    ['attention_mask', /missing; expected INT64 of shape \[-1,-1\]/],
  ])
  for (const [given, detail] of [
    [ids([1, 0], []), /where -1 is 1 or more, got \[1,0\]/],
    [ids([1, -1], []), /got \[1,-1\]/],
    [ids([1, 1.5], []), /got \[1,1.5\]/],
    [ids([2 ** 31, 2 ** 31], [1]), /has 4611686018427388000 elements; expected 536870912 at the most/],
    [ids([2 ** 52, 2 ** 52], [1]), /elements; expected 536870912/],
    [ids([1, 2], [1]), /shape \[1,2\] has 2 elements, its data 1/],
    [ids([2, 2], [[1, 2, 3], [4]]), /lists of different lengths/],
    [ids([1, 2], [[1], [2]]), /lists in lists of shape \[2,1\], expected \[1,2\]/],
    [ids([1, 2], [1, null]), /expected INT64, got a missing value/],
    [ids([1, 2], [1, 0.5]), /expected INT64, got 0.5/],
    [ids([1, 2], ['1', '2']), /expected INT64, got "1"/],
    [ids([1, 3], [1, 2, 3]), /the dimension "sequence" is 2, but 3 in "input_ids"/],
    [{ ...ids([1, 2], undefined), parameters: { binary_data_size: 16 } }, /without the header/],
  ] as const) {
    const faults = await faultsOf([given, mask])
    t.match(faults[0][1], detail)
  }
  const binary = async (size: unknown, rest: Uint8Array, shape = [1, 2]) => {
    const head = Buffer.from(
      JSON.stringify({
        inputs: [{ name: 'input_ids', datatype: 'INT64', shape, parameters: { binary_data_size: size } }, mask],
      }),
    )
    const headers = { 'inference-header-content-length': String(head.length) }
    const { status, body } = await post(`${path}/infer`, Buffer.concat([head, rest]), headers)
    return [status, body.errors?.map(({ detail }: { detail: string }) => detail).join('; ')]
  }
  t.match(await binary(24, Buffer.alloc(24)), [400, /has 16 bytes, its binary_data_size is 24/])
  t.match(await binary(16, Buffer.alloc(8)), [400, /go beyond the end of the body/])
  t.match(await binary(16, Buffer.alloc(24)), [400, /make 16 bytes, but behind the JSON there are 24/])
  t.match(await binary(-1, Buffer.alloc(0)), [400, /binary_data_size: got -1/])
  t.match(await binary(1e300, Buffer.alloc(0)), [400, /binary_data_size: got 1e\+300/])
  t.match(await binary(16, Buffer.alloc(16)), [200, undefined])
  const outside = await post(`${path}/infer`, { inputs: [ids([1, 2], [1, 9999]), mask] })
  t.match(outside, {
    status: 422,
    body: { code: 'IMPORTED_MODEL_FAILED', detail: /indices element out of data bounds/ },
  })
})

t.test('texts as bytes whose lengths lie are refused', { skip }, async (t) => {
  const { path } = await imported(t, 'words')
  const send = async (rest: Buffer, rows = 1) => {
    const input = { name: 'word', datatype: 'BYTES', shape: [rows, 1], parameters: { binary_data_size: rest.length } }
    const head = Buffer.from(JSON.stringify({ inputs: [input], outputs: [{ name: 'number' }] }))
    const headers = { 'inference-header-content-length': String(head.length) }
    return post(`${path}/infer`, Buffer.concat([head, rest]), headers)
  }
  const text = (word: string, length = Buffer.byteLength(word)) => {
    return Buffer.concat([Buffer.from(Uint32Array.of(length).buffer), Buffer.from(word)])
  }
  t.match(await send(text('peut-être')), { status: 200, body: { outputs: [{ data: [30] }] } })
  t.match(await send(text('yes', 2 ** 32 - 1)), {
    status: 400,
    body: { errors: [{ detail: /end within the element/ }] },
  })
  t.match(await send(text('yes'), 2), { status: 400, body: { errors: [{ detail: /has 2 elements, its bytes 1/ }] } })
  t.match(await send(Buffer.from([1, 0, 0, 0, 0xff])), { status: 400, body: { errors: [{ detail: /UTF-8/ }] } })
})
