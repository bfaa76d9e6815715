import t from 'tap'
import Majority from '../../test/models/majority.ts'
import { buildTable } from '../../test/support/build-table.ts'
import type { StateValue } from '../learning/estimator.ts'
import { fitContext } from '../learning/fit-context.ts'
import {
  ARTIFACT_PREFIX_LENGTH,
  decodeArtifact,
  encodeArtifact,
  frontLengthOf,
  readArtifactFront,
  readArtifactHeader,
} from './artifact.ts'
import { FaultList } from './faults.ts'
import type { Model, ModelParameters } from './model.ts'

class Other extends Majority {
  override readonly name = 'other' as 'majority'
}

const model = new Majority()
const features = buildTable(
  JSON.parse('[{"__proto__": 1, "c": "x"}, {"__proto__": 2, "c": "y"}, {"c": null}]'),
  'features',
  new FaultList(),
)
const labels = buildTable(
  [
    { y: true, 'a.b': 1 },
    { y: 7, 'a.b': 'x' },
    { y: true, 'a.b': 1 },
  ],
  'labels',
  new FaultList(),
)

const report = { title: 'a report', numbers: [0.5, 0.123456, 1e-7, 3, 1e300, -2.25], nested: [[1, null], { a: true }] }

async function artifactOf(of: Model = model, parameters: ModelParameters = of.get_default_parameters()) {
  const pipeline = await of.create_pipeline(parameters).fit(features, labels, fitContext())
  return { pipeline, bytes: encodeArtifact(of, parameters, pipeline, { report }) }
}

t.test('a decoded pipeline predicts what the fitted one did, and is the same bytes again', async (t) => {
  const parameters = { ...model.get_default_parameters(), smoothing: 2 }
  const { pipeline, bytes } = await artifactOf(model, parameters)
  const decoded = decodeArtifact(bytes, model)
  t.same(await decoded.predict(features), await pipeline.predict(features))
  t.ok(encodeArtifact(model, parameters, decoded, { report }).equals(bytes))
  t.ok((await artifactOf(model, parameters)).bytes.equals(bytes), 'as are those of the same fit again')
})

t.test('the header is read without the payload', async (t) => {
  const { bytes } = await artifactOf()
  t.match(readArtifactHeader(bytes), {
    model_name: 'majority',
    feature_names: ['__proto__', 'c'],
    label_names: ['y', 'a.b'],
  })
})

t.test('the report is read from the front, without the payload', async (t) => {
  const { bytes } = await artifactOf()
  const length = frontLengthOf(bytes.subarray(0, ARTIFACT_PREFIX_LENGTH))
  t.ok(length < bytes.length)
  const front = readArtifactFront(bytes.subarray(0, length))
  t.same(front.report, report)
  t.same(front.header, readArtifactHeader(bytes))
  t.same(readArtifactFront(bytes), front)
  const other = (await artifactOf(model, { smoothing: 3 })).bytes
  t.not(readArtifactFront(other).digest, front.digest, 'its digest stands for the payload too')
  const { pipeline } = await artifactOf()
  t.equal(readArtifactFront(encodeArtifact(model, {}, pipeline)).report, undefined)
})

t.test('a front that is cut, or changed in any bit, is refused', async (t) => {
  const { bytes } = await artifactOf()
  const front = bytes.subarray(0, frontLengthOf(bytes))
  const fault = (given: Buffer): string => {
    try {
      readArtifactFront(given)
      return 'taken'
    } catch (error) {
      return (error as { name: string }).name
    }
  }
  for (let length = 0; length < front.length; length++) t.equal(fault(front.subarray(0, length)), 'ArtifactError')
  const taken: number[] = []
  for (let bit = 0; bit < front.length * 8; bit++) {
    const flipped = Buffer.from(front)
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
    if (fault(flipped) !== 'ArtifactError') taken.push(bit)
  }
  t.same(taken, [])
})

t.test('a report that holds more than plain data is refused, and not decoded', async (t) => {
  const { pipeline } = await artifactOf()
  const bytes = encodeArtifact(model, {}, pipeline, { report: new Date(0) as unknown as StateValue })
  t.throws(() => readArtifactFront(bytes), { fault: 'corrupt', message: /it holds the extension/ })
  t.ok(decodeArtifact(bytes, model), 'a prediction does not look at it')
})

t.test('every flip of one bit is refused before anything is decoded', async (t) => {
  const { bytes } = await artifactOf()
  const taken: number[] = []
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
    try {
      decodeArtifact(flipped, model)
      taken.push(bit)
    } catch (error) {
      const { name, fault } = error as { name: string; fault: string }
      if (name !== 'ArtifactError' || fault === 'state') taken.push(bit)
    }
  }
  t.same(taken, [])
})

t.test('every truncation, and a byte too many, is refused', async (t) => {
  const { bytes } = await artifactOf()
  for (let length = 0; length < bytes.length; length++) {
    t.throws(() => readArtifactHeader(bytes.subarray(0, length)), { name: 'ArtifactError' })
  }
  t.throws(() => readArtifactHeader(Buffer.concat([bytes, Buffer.alloc(1)])), { message: /damaged/, fault: 'corrupt' })
})

t.test('says what an artifact is that it cannot take', async (t) => {
  const { bytes } = await artifactOf()
  t.throws(() => decodeArtifact(Buffer.from('a pickle'), model), {
    message: /not an artifact/,
    fault: 'not_an_artifact',
  })
  const newer = Buffer.from(bytes)
  newer.writeUInt16LE(3, 4)
  t.throws(() => decodeArtifact(newer, model), { fault: 'format_version', message: /format 3; this worker reads 2/ })
  t.throws(() => decodeArtifact(bytes, new Other()), {
    fault: 'another_model',
    message: 'the artifact is of model "majority", not of "other"',
  })
})

t.test('a payload that the model cannot have written is refused', async (t) => {
  const { pipeline } = await artifactOf()
  const withState = (state: object) =>
    encodeArtifact(model, {}, Object.assign(Object.create(pipeline), { toState: () => state }))
  for (const state of [
    {},
    { features: [], steps: [], outputs: [{ name: 'y', levels: [true, 7], state: {} }] },
    { features: [{ kind: 'image', name: 'a' }], steps: [], outputs: [] },
    { features: [], steps: [{ type: 'one_hot', state: {} }], outputs: [] },
    {
      features: [],
      steps: [],
      outputs: [{ name: 'y', levels: ['one'], state: { columnCount: 1, counts: Float64Array.of(1, 2) } }],
    },
  ]) {
    t.throws(() => decodeArtifact(withState(state), model), { name: 'ArtifactError', fault: 'state' })
  }
  const refused = encodeArtifact(model, { smoothing: 'much' }, pipeline)
  t.throws(() => decodeArtifact(refused, model), { fault: 'state', message: /smoothing/ })
})
