// What calibration and threshold learn from predictions of folds, and what they do where folds say little.
import t from 'tap'
import GaussianNaiveBayes from '../../../statistical/gaussian_naive_bayes.ts'
import { FitStopped, StateError } from '../../learning/errors.ts'
import { fitContext } from '../../learning/fit-context.ts'
import { StopFlag } from '../../learning/parallel/stop-flag.ts'
import { ThreadTeam } from '../../learning/parallel/thread-team.ts'
import { Random } from '../../learning/random.ts'
import { FittedPipeline } from '../fitted-pipeline.ts'
import type { FittedOutput } from '../output-rows.ts'
import { RowReader } from '../row-reader.ts'
import { type Table, toRows } from '../table.ts'
import { crossFit, type ValidatedRows } from './cross-fit.ts'
import { isCrossFitting } from './cross-fitting.ts'

const random = new Random(3)
const model = new GaussianNaiveBayes()
const parameters = model.get_default_parameters()

/** Rows of classes around means of their own, and a pipeline that is fitted on them. */
async function fitted(classCount: number, rowCount: number) {
  const codes = Int32Array.from({ length: rowCount }, (_, i) => i % classCount)
  const values = Float64Array.from(codes, (code) => code + random.normal())
  const features: Table = { rowCount, columns: [{ kind: 'numeric', name: 'a', values }] }
  const levels = Array.from({ length: classCount }, (_, c) => `class ${1000 + c}`)
  const labels: Table = { rowCount, columns: [{ kind: 'categorical', name: 'y', codes, levels }] }
  const pipeline = await model.create_pipeline(parameters).fit(features, labels, fitContext())
  const [probabilities] = (await pipeline.predict(features)).probabilities
  const validated: ValidatedRows = {
    classCount,
    codes,
    folds: Uint8Array.from(codes, (_, i) => Math.floor(i / classCount) % 5),
    probabilities: probabilities?.values ?? new Float64Array(),
    sampleWeight: undefined,
  }
  return { features, pipeline, output: pipeline.outputs[0] as FittedOutput, validated }
}

const stop = new StopFlag()
const sumsOf = (values: Float64Array, classCount: number): number[] =>
  Array.from({ length: values.length / classCount }, (_, i) =>
    values.subarray(i * classCount, (i + 1) * classCount).reduce((sum, value) => sum + value, 0),
  )

t.test('every way of prediction and the restored pipeline say the same', async (t) => {
  const { features, pipeline, output, validated } = await fitted(2, 200)
  const asked = { calibration: 'isotonic', threshold: { value: 0.3, positive: 'class 1000' } } as const
  const { output: decided } = await crossFit(output, validated, asked, stop)
  t.match(decided.threshold, { positive: 0, probability: 0.3 })
  const whole = new FittedPipeline(pipeline.featureSchema, pipeline.steps, [decided])
  const restored = model.create_pipeline(parameters).restore(structuredClone(whole.toState()))
  const team = new ThreadTeam(2)
  t.teardown(() => team.close())
  const block = new RowReader(whole.featureSchema).read(toRows(features))
  t.ok(block !== undefined)
  const said = await whole.predict(features)
  const others = [
    await restored.predict(features),
    await whole.predict(features, { team }),
    block && whole.predictNow(block),
  ]
  for (const other of others) t.same([other?.labels, other?.probabilities], [said.labels, said.probabilities])
  t.same((await whole.predict(features, { withProbabilities: false })).labels, said.labels)
  const [label] = said.labels.columns
  const values = said.probabilities[0]?.values as Float64Array
  t.ok(
    label?.kind === 'categorical' && label.codes.every((code, i) => (code === 0) === (values[2 * i] as number) >= 0.3),
  )
})

t.test('states that nobody has written are refused', async (t) => {
  const { pipeline, output, validated } = await fitted(2, 60)
  const { output: decided } = await crossFit(
    output,
    validated,
    { calibration: 'sigmoid', threshold: { value: 0.5 } },
    stop,
  )
  const state = new FittedPipeline(pipeline.featureSchema, pipeline.steps, [decided]).toState()
  const [written] = state['outputs'] as [Record<string, unknown>]
  const restore = (changed: object) =>
    model.create_pipeline(parameters).restore({ ...state, outputs: [{ ...written, ...changed }] } as never)
  t.ok(restore({}))
  for (const changed of [
    { calibration: null },
    { calibration: { method: 'sigmoid' } },
    { calibration: { method: 'sigmoid', scale: 'probability', curves: [{}, {}] } },
    {
      calibration: {
        method: 'isotonic',
        scale: 'probability',
        curves: [{ scores: new Float64Array(), probabilities: 1 }],
      },
    },
    { threshold: 0.5 },
    { threshold: { positive: 2, probability: 0.5 } },
    { threshold: { positive: 1, probability: 1.5 } },
    { threshold: { positive: 1 } },
  ]) {
    t.throws(() => restore(changed), StateError, JSON.stringify(changed))
  }
  const plain = pipeline.toState()['outputs'] as object[]
  t.same(Object.keys(plain[0] as object), ['name', 'levels', 'state'], 'nothing new where nobody asked')
})

t.test('200 classes, and folds that lack most of them', async (t) => {
  const { output, validated } = await fitted(200, 400)
  for (const calibration of ['sigmoid', 'isotonic'] as const) {
    const { probabilities } = await crossFit(output, validated, { calibration }, stop)
    t.ok(probabilities.every((value) => value >= 0 && value <= 1))
    t.ok(sumsOf(probabilities, 200).every((sum) => Math.abs(sum - 1) < 1e-9))
  }
})

t.test('a fold of one class, and folds without weight', async (t) => {
  const { output, validated } = await fitted(2, 60)
  const { codes } = validated
  const oneClass = {
    ...validated,
    folds: Uint8Array.from(codes, (code, i) => (code === 1 && i < 20 ? 0 : 1 + (i % 2))),
  }
  const sampleWeight = Float64Array.from(validated.folds, (fold) => (fold === 0 ? 1 : 0))
  for (const rows of [oneClass, { ...validated, sampleWeight }]) {
    const asked = { calibration: 'isotonic', threshold: { metric: 'f1' } } as const
    const { tuned, probabilities } = await crossFit(output, rows, asked, stop)
    t.ok(tuned !== undefined && tuned.threshold >= 0 && tuned.threshold <= 1)
    t.ok(probabilities.every(Number.isFinite))
  }
  const alike = { ...validated, probabilities: validated.probabilities.map(() => 0.5) }
  await t.rejects(crossFit(output, alike, { threshold: { metric: 'f1' } }, stop), {
    name: 'DataError',
    message: /no threshold is better than another/,
  })
  await t.rejects(crossFit(output, validated, { threshold: { value: 0.5, positive: 'gone' } }, stop), {
    name: 'DataError',
    message: /expected labels of two classes/,
  })
})

t.test('it stops when it is asked to', async (t) => {
  const { output, validated } = await fitted(2, 60)
  const set = new StopFlag()
  set.set()
  await t.rejects(crossFit(output, validated, { calibration: 'sigmoid' }, set), FitStopped)
})

t.test('what the spool has is what may be asked', async (t) => {
  const crossValidation = { count: 5, repeats: 1, kind: 'grouped', column: 'who' }
  for (const good of [
    {},
    { crossValidation, calibration: 'sigmoid', threshold: { value: 0 } },
    { threshold: { metric: 'f1', positive: false } },
    { threshold: { costs: { false_positive: 0, false_negative: 2 }, positive: 'x' } },
  ]) {
    t.ok(isCrossFitting(good), JSON.stringify(good))
  }
  for (const bad of [
    { crossValidation: { ...crossValidation, count: 1 } },
    { crossValidation: { ...crossValidation, repeats: 0 } },
    { crossValidation: { ...crossValidation, kind: 'k' } },
    { crossValidation: { ...crossValidation, column: undefined } },
    { crossValidation: 5 },
    { calibration: 'platt' },
    { threshold: 0.5 },
    { threshold: { value: 2 } },
    { threshold: { metric: 'x' } },
    { threshold: { costs: { false_positive: 0, false_negative: 0 } } },
    { threshold: { value: 0.5, positive: [] } },
  ]) {
    t.notOk(isCrossFitting(bad), JSON.stringify(bad))
  }
})
