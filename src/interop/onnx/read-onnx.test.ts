// Files that nobody would write but to do harm, and those of a converter: made by test/support/onnx-model.ts.
import t from 'tap'
import { onnxModel } from '../../../test/support/imports.ts'
import {
  BOOL,
  doubling,
  endless,
  FLOAT,
  float32s,
  graph,
  graphAttribute,
  INT64,
  integer,
  message,
  node,
  onnxFile,
  part,
  tensor,
  tensorAttribute,
  value,
} from '../../../test/support/onnx-model.ts'
import { ModelFileError } from '../model-file-error.ts'
import { readOnnx } from './read-onnx.ts'

const X = value('X', FLOAT, ['n', 1])
const Y = value('Y', FLOAT, ['n', 1])
const through = (...nodes: Uint8Array[]) => onnxFile({ nodes, inputs: [X], outputs: [Y] })
const withTensor = (made: Uint8Array) =>
  onnxFile({ nodes: [node('Mul', ['X', 'w'], ['Y'])], inputs: [X], outputs: [Y], initializers: [made] })

t.test('tells what goes in and comes out, of whom it is, and its operator sets', async (t) => {
  const { inputs, outputs, producer, opsets } = readOnnx(onnxModel('pipeline').file)
  t.match(inputs, [
    { name: 'age', type: 'float32', shape: [null, 1] },
    { name: 'income', type: 'float32', shape: [null, 1] },
    { name: 'city', type: 'string', shape: [null, 1] },
    { name: 'plan', type: 'string', shape: [null, 1] },
  ])
  t.match(outputs, [
    { name: 'label', type: 'string', shape: [null] },
    { name: 'probabilities', type: 'float32', shape: [null, 2] },
  ])
  t.equal(producer, 'skl2onnx 1.20.0')
  t.ok(opsets.has('ai.onnx.ml'))
  t.same(
    readOnnx(doubling()).inputs.map(({ name }) => name),
    ['X'],
  )
  t.match(readOnnx(doubling()).inputs, [{ shape: [null, 1], dimensionNames: ['n', null] }])
  t.equal(readOnnx(endless()).inputs.length, 1, 'a loop is taken: its time is bounded where it runs')
})

for (const [what, file, detail] of [
  ['another operator', through(node('RandomNormalLike', ['X'], ['Y'])), /RandomNormalLike is not among the operators/],
  [
    'an operator of another domain',
    through(node('Gelu', ['X'], ['Y'], { domain: 'com.microsoft' })),
    /com\.microsoft:Gelu/,
  ],
  ['an operator in a graph of an attribute', inBody(node('Multinomial', ['v'], ['v_out'])), /Multinomial/],
  [
    'a cycle',
    through(node('Add', ['X', 'b'], ['a']), node('Add', ['X', 'a'], ['b']), node('Add', ['a', 'b'], ['Y'])),
    /needs "b", which nothing before it makes: a cycle/,
  ],
  ['a name that nothing makes', through(node('Add', ['X', 'nothing'], ['Y'])), /needs "nothing"/],
  ['an output that nothing makes', through(node('Identity', ['X'], ['Z'])), /an output.*"Y"/],
  [
    'a name that is made twice',
    through(node('Identity', ['X'], ['Y']), node('Neg', ['X'], ['Y'])),
    /"Y", which is there already/,
  ],
  [
    'data outside the file',
    withTensor(
      tensor(
        'w',
        FLOAT,
        [1],
        float32s(),
        part(13, message(part(1, 'location'), part(2, '/etc/passwd'))),
        integer(14, 1),
      ),
    ),
    /tensor "w": it lies outside the file/,
  ],
  [
    'data outside the file, of an attribute',
    through(
      node('Constant', [], ['c'], {
        attributes: [tensorAttribute('value', tensor('', FLOAT, [1], float32s(), integer(14, 1)))],
      }),
      node('Add', ['X', 'c'], ['Y']),
    ),
    /lies outside the file/,
  ],
  [
    'fewer values than it says',
    withTensor(tensor('w', FLOAT, [2 ** 31], float32s(1))),
    /"w": it says that it has 2147483648 values, and has 4 bytes/,
  ],
  ['more values than it says', withTensor(tensor('w', FLOAT, [1], float32s(1, 2))), /it says that it has 1 values/],
  [
    'a size below 0',
    withTensor(message(integer(1, -1n), integer(2, FLOAT), part(8, 'w'), part(9, float32s(1)))),
    /NaN values/,
  ],
  ['a type that is none', withTensor(tensor('w', 99, [1], float32s(1))), /type 99/],
  ['values in two places', withTensor(tensor('w', FLOAT, [1], float32s(1), part(4, float32s(1)))), /"w"/],
  [
    'two graphs',
    onnxFile({ nodes: [node('Identity', ['X'], ['Y'])], inputs: [X], outputs: [Y] }, part(7, graph({}))),
    /more than one graph/,
  ],
  [
    'functions',
    onnxFile({ nodes: [node('Identity', ['X'], ['Y'])], inputs: [X], outputs: [Y] }, part(25, message())),
    /functions of its own/,
  ],
  [
    'how it is trained',
    onnxFile({ nodes: [node('Identity', ['X'], ['Y'])], inputs: [X], outputs: [Y] }, part(20, message())),
    /trained further/,
  ],
  ['graphs too deep in each other', nested(12), /more than 8 deep/],
  ['no graph', message(integer(1, 8)), /no graph/],
  ['no operator sets', message(integer(1, 8), part(7, graph({}))), /no operator sets/],
  ['a length beyond the end', message(integer(1, 8), part(7, graph({}), 2 ** 40)), /beyond the end/],
  ['a number without an end', Buffer.alloc(20, 0xff), /more than 10 bytes/],
  ['groups', Buffer.from([0x0b]), /wire type 3/],
  ['field 0', Buffer.from([0x00, 0x00]), /field 0/],
  [
    'a name that is no UTF-8',
    through(message(part(1, Buffer.from([0xff, 0xfe])), part(2, 'Y'), part(4, 'Identity'))),
    /no UTF-8/,
  ],
  ['no bytes', Buffer.alloc(0), /no graph/],
] as const) {
  t.test(`refuses ${what}`, async (t) => {
    t.throws(() => readOnnx(file), { name: ModelFileError.name, message: detail })
  })
}

t.test('tells all faults of a file, and ends with any bytes of one that were changed', async (t) => {
  const file = through(node('Bernoulli', ['X'], ['a']), node('Add', ['a', 'nothing'], ['Y']))
  t.throws(() => readOnnx(file), { message: /Bernoulli.*"nothing"/ })
  const whole = onnxModel('forest').file
  // mulberry32, seed 1.
  let seed = 1
  const random = (): number => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 2000; i++) {
    const changed = Buffer.from(whole.subarray(0, i % 3 === 0 ? Math.floor(random() * whole.length) : whole.length))
    for (let k = 0; k < 4 && changed.length > 0; k++) changed[Math.floor(random() * changed.length)] = random() * 256
    try {
      readOnnx(changed)
    } catch (error) {
      if (!(error instanceof ModelFileError)) throw error
    }
  }
  t.pass()
})

function inBody(inner: Uint8Array): Uint8Array {
  const body = graph({
    nodes: [inner, node('Identity', ['on'], ['still'])],
    inputs: [value('round', INT64, []), value('on', BOOL, []), value('v', FLOAT, ['n', 1])],
    outputs: [value('still', BOOL, []), value('v_out', FLOAT, ['n', 1])],
  })
  return through(node('Loop', ['', '', 'X'], ['Y'], { attributes: [graphAttribute('body', body)] }))
}

function nested(depth: number): Uint8Array {
  let inner = graph({ nodes: [node('Identity', ['X'], ['Z'])] })
  for (let i = 0; i < depth; i++) {
    inner = graph({ nodes: [node('If', ['X'], ['Z'], { attributes: [graphAttribute('then_branch', inner)] })] })
  }
  return through(node('If', ['X'], ['Y'], { attributes: [graphAttribute('then_branch', inner)] }))
}
