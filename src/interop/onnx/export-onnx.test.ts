// The graph of an export, read by a decoder of the tests: that it is a graph, says where it comes from, and what it refuses.
import t from 'tap'
import { exportCases } from '../../../test/interop/onnx/cases.ts'
import { trainingRows } from '../../../test/interop/onnx/rows.ts'
import { MajorityClassifier } from '../../../test/models/estimators/majority-classifier.ts'
import { readOnnxFile } from '../../../test/support/onnx-file.ts'
import { fitContext } from '../../learning/fit-context.ts'
import { LinearRegression } from '../../learning/linear/linear-regression.ts'
import { TransformedTargetRegressor } from '../../learning/transformed-target.ts'
import { RandomForestClassifier } from '../../learning/trees/random-forest-classifier.ts'
import { FittedPipeline } from '../../model/fitted-pipeline.ts'
import { Pipeline } from '../../model/pipeline.ts'
import { impute } from '../../model/steps/impute.ts'
import type { AnyStep } from '../../model/steps/step.ts'
import { text } from '../../model/steps/text.ts'
import type { Table } from '../../model/table.ts'
import { exportOnnx, refusalsOf } from './export-onnx.ts'

const FACTS = { runId: 9, modelName: 'm', artifactSha256: 'cd'.repeat(32), workerVersion: '1.2.3' }
const labelled = ({ labels }: { readonly labels: Table }, name: string): Table => ({
  ...labels,
  columns: labels.columns.filter((column) => column.name === name),
})

t.test('each graph uses what is there, makes each value once, and has operators of ONNX alone', async (t) => {
  for (const { name, fit } of exportCases) {
    const pipeline = await fit()
    const bytes = exportOnnx(pipeline, FACTS)
    t.same(exportOnnx(pipeline, FACTS), bytes, `${name}: the same bytes again`)
    const { nodes, inputs, outputs, initializers } = readOnnxFile(bytes)
    const known = new Set([...inputs.map((one) => one.name), ...initializers])
    t.equal(known.size, inputs.length + initializers.length, `${name}: names of inputs and constants differ`)
    for (const node of nodes) {
      const unknown = node.inputs.filter((input) => !known.has(input))
      if (unknown.length > 0) t.fail(`${name}: ${node.operator} uses ${unknown}, which nothing has made`)
      for (const output of node.outputs) {
        if (known.has(output)) t.fail(`${name}: ${output} is made twice`)
        known.add(output)
      }
      const domain = ['TreeEnsemble', 'LabelEncoder'].includes(node.operator) ? 'ai.onnx.ml' : ''
      if (node.domain !== domain) t.fail(`${name}: ${node.operator} of the domain ${node.domain}`)
    }
    t.same(
      outputs.filter((output) => !known.has(output.name)),
      [],
    )
  }
})

t.test('refuses every step and estimator that ONNX cannot say, by name', async (t) => {
  const rows = trainingRows('n')
  const own: AnyStep = {
    type: 'standardize',
    fit: () => ({ type: 'standardize', transform: (frame) => frame, toState: () => ({}) }),
    restore: () => ({ type: 'standardize', transform: (frame) => frame, toState: () => ({}) }),
  }
  const fitted = await new Pipeline([impute(), own], new MajorityClassifier()).fit(
    rows.features,
    labelled(rows, 'kind'),
    fitContext(),
  )
  t.match(refusalsOf(fitted), [/^step standardize: it is a step of the model class/, /^the estimator of "kind": /])
  t.throws(() => exportOnnx(fitted, FACTS), {
    name: 'NotExportable',
    message: /step standardize: .*; the estimator of/,
  })
})

t.test('refuses texts, functions of a model class, and a pipeline with a predict() of its own', async (t) => {
  const rows = trainingRows('n')
  const notes: Table = {
    rowCount: rows.features.rowCount,
    columns: [
      ...rows.features.columns,
      {
        ...{ kind: 'categorical', name: 'note', levels: ['good news', 'bad news'], isText: true },
        codes: Int32Array.from({ length: rows.features.rowCount }, (_, i) => i % 2),
      },
    ],
  }
  const forest = new RandomForestClassifier({ n_estimators: 2 })
  const worded = await new Pipeline([text()], forest).fit(notes, labelled(rows, 'kind'), fitContext())
  t.match(refusalsOf(worded), [/^step text: no operator of ONNX/])

  const cube = { name: 'log1p', transform: (value: number) => value ** 3, inverse: Math.cbrt }
  const transformed = new TransformedTargetRegressor(new LinearRegression(), cube)
  const cubed = await new Pipeline([impute()], transformed).fit(rows.features, labelled(rows, 'price'), fitContext())
  t.match(refusalsOf(cubed), [/^the estimator of "price": the transform log1p of its target is a function/])

  class Own extends FittedPipeline {
    override predict(...given: Parameters<FittedPipeline['predict']>) {
      return super.predict(...given)
    }
  }
  t.match(refusalsOf(new Own(cubed.featureSchema, cubed.steps, cubed.outputs)), [
    /^the pipeline: its class has a predict/,
  ])
})

t.test('refuses texts that are no Unicode, and values that are the same text', async (t) => {
  const codes = Int32Array.from({ length: 240 }, (_, i) => i % 2)
  const columns: Table['columns'] = [
    { kind: 'categorical', name: 'half', codes, levels: ['a', '\ud83d'] },
    { kind: 'categorical', name: 'twice', codes, levels: [1, '1'] },
  ]
  const forest = new RandomForestClassifier({ n_estimators: 2 })
  const rows = trainingRows('n')
  const fitted = await new Pipeline([], forest).fit({ rowCount: 240, columns }, labelled(rows, 'kind'), fitContext())
  t.match(refusalsOf(fitted), [/^feature "half": .*no Unicode/, /^feature "twice": two of its values/])
})

t.test('names that features have are left to them', async (t) => {
  const { features, labels } = trainingRows('nw')
  const [first, second] = features.columns as [Table['columns'][number], Table['columns'][number]]
  const columns = [
    { ...first, name: 'kind' },
    { ...second, name: '_3' },
    { ...second, name: '' },
  ]
  const forest = new RandomForestClassifier({ n_estimators: 2 })
  const pipeline = new Pipeline([], forest)
  const fitted = await pipeline.fit({ ...features, columns }, labelled({ labels }, 'kind'), fitContext())
  const { inputs, outputs, metadata } = readOnnxFile(exportOnnx(fitted, FACTS))
  t.same(
    inputs.map(({ name }) => name),
    ['kind', '_3', 'feature 2'],
  )
  t.same(
    outputs.map(({ name }) => name),
    ['kind 2', 'kind.probabilities'],
  )
  t.match(JSON.parse(metadata['ml_worker.outputs'] as string), [{ output: 'kind 2', label: 'kind' }, {}])
})
