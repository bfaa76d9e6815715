// What is kept of a training stays small and true, whatever was trained, and however its class behaves.
import t from 'tap'
import DecisionTree from '../../statistical/decision_tree_classifier.ts'
import GaussianNaiveBayes from '../../statistical/gaussian_naive_bayes.ts'
import RandomForest from '../../statistical/random_forest_classifier.ts'
import { fitContext } from '../learning/fit-context.ts'
import { LinearRegression } from '../learning/linear/linear-regression.ts'
import { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { Random } from '../learning/random.ts'
import { WarningList } from '../learning/warnings.ts'
import { encodeArtifact } from '../model/artifact.ts'
import { BaseModel } from '../model/base-model.ts'
import { FittedPipeline } from '../model/fitted-pipeline.ts'
import type { Model } from '../model/model.ts'
import { oneHot } from '../model/steps/one-hot.ts'
import { standardize } from '../model/steps/standardize.ts'
import type { CategoricalColumn, Column, NumericColumn, Table } from '../model/table.ts'
import { coefficientsChart } from '../report-page/charts/fit-charts.ts'
import { describeTraining } from './describe-training.ts'
import type { ClassifierReport, RegressorReport } from './label-report.ts'
import { PredictionWatch } from './prediction-watch.ts'
import { readArtifactReport } from './read-report.ts'
import { isReportData, type ReportData } from './report-data.ts'

const random = new Random(3)
const numbers = (name: string, rowCount: number): NumericColumn => ({
  kind: 'numeric',
  name,
  values: Float64Array.from({ length: rowCount }, () => random.uniform()),
})
const categories = (name: string, rowCount: number, count: number): CategoricalColumn => ({
  kind: 'categorical',
  name,
  codes: Int32Array.from({ length: rowCount }, (_, i) => (i < count ? i : random.integer(count))),
  levels: Array.from({ length: count }, (_, code) => `${name} ${code} `.padEnd(150, '·')).sort(),
})
const tableOf = (rowCount: number, ...columns: Column[]): Table => ({ rowCount, columns })

interface Described {
  readonly report: ReportData
  readonly label: ClassifierReport
  readonly bytes: number
}

async function describe(
  model: Model,
  features: Table,
  labels: Table,
  { parameters = {}, predicts = true, threads = 1 } = {},
): Promise<Described> {
  const team = new ThreadTeam(threads)
  const context = fitContext({ seed: 9, team })
  const all = { ...model.get_default_parameters(), ...parameters }
  const pipeline = await model.create_pipeline(all).fit(features, labels, context)
  const watch = new PredictionWatch(pipeline)
  const metrics = predicts ? await model.extract_metrics(pipeline, features, labels, context) : { own: 1 }
  const training = { features, labels, metrics }
  const predictions = watch.predictionsOf(features)
  watch.end()
  const ended = {
    model,
    parameters: all,
    kind: model.create_pipeline(all).estimator.kind,
    pipeline,
    training,
    validation: undefined,
    origin: { validationSplit: null, splitSeed: 0, dataDigest: '', workerVersion: '1.0.0' },
    warnings: new WarningList(),
    predictions,
  }
  const described = await describeTraining(ended, context)
  // As it is read again.
  const artifact = encodeArtifact(model, all, pipeline, { report: described })
  const { report } = readArtifactReport(artifact)
  return { report, label: report.labels[0] as ClassifierReport, bytes: artifact.readUInt32LE(10) }
}

t.test('1,000 columns, 3,000 categories and 60 classes stay small', async (t) => {
  const rows = 3_000
  const columns = Array.from({ length: 999 }, (_, j) => numbers(`${j} `.padEnd(150, '·'), rows))
  const features = tableOf(rows, categories('kind', rows, 3_000), ...columns)
  const { report, label, bytes } = await describe(
    new DecisionTree(),
    features,
    tableOf(rows, categories('label', rows, 60)),
    { parameters: { max_depth: 3, max_features: 20 } },
  )
  t.ok(bytes < 80_000, `${bytes} bytes`)
  t.match(report, { featureCount: 1_000, problems: [] })
  t.equal(report.features.length, 50)
  t.match(label, { classCount: 60 })
  t.equal(label.classes.names.length, 30)
  t.equal(label.confusion?.length, 31, 'the other 30 classes share a row')
  t.equal(
    label.confusion?.flat().reduce((sum, count) => sum + count),
    rows,
  )
})

t.test('26 classes and 16 columns take less than 15 kB', async (t) => {
  const rows = 2_000
  const features = tableOf(rows, ...Array.from({ length: 16 }, (_, j) => numbers(`column ${j}`, rows)))
  const label: Column = {
    kind: 'categorical',
    name: 'letter',
    codes: Int32Array.from({ length: rows }, (_, i) => i % 26),
    levels: [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  }
  const { bytes } = await describe(new GaussianNaiveBayes(), features, tableOf(rows, label))
  t.ok(bytes < 15_000, `${bytes} bytes`)
})

t.test('the same training gives the same data, whatever the number of threads', async (t) => {
  const rows = 700
  const features = tableOf(rows, numbers('a', rows), numbers('b', rows), categories('c', rows, 5))
  const labels = tableOf(rows, categories('y', rows, 4))
  const options = { parameters: { n_estimators: 5, random_state: 1 } }
  const one = await describe(new RandomForest(), features, labels, options)
  const two = await describe(new RandomForest(), features, labels, { ...options, threads: 2 })
  t.same(two.report, one.report)
})

t.test('rows are predicted for it where the metrics of a class predict none', async (t) => {
  const rows = 5_000
  const features = tableOf(rows, numbers('a', rows))
  const labels = tableOf(rows, categories('y', rows, 2))
  const { report, label } = await describe(new GaussianNaiveBayes(), features, labels, { predicts: false })
  t.match(report, { problems: [], evaluatedRows: 2_000, metrics: [{ name: 'own', training: 1, validation: null }] })
  t.equal(
    label.confusion?.flat().reduce((sum, count) => sum + count),
    2_000,
  )
})

t.test('what shuffling loses is most for the column that matters', async (t) => {
  const rows = 600
  const useful = numbers('useful', rows)
  const features = tableOf(rows, numbers('noise', rows), useful, numbers('more noise', rows))
  const y: Column = {
    kind: 'categorical',
    name: 'y',
    codes: Int32Array.from(useful.values, (value) => (value > 0.5 ? 1 : 0)),
    levels: ['low', 'high'],
  }
  const { label } = await describe(new GaussianNaiveBayes(), features, tableOf(rows, y))
  t.match(label.importances, { method: 'permutation', columnCount: 3 })
  t.equal(label.importances?.names[0], 'useful')
  t.ok((label.importances?.values[0] as number) > 0.2)
  t.ok(Math.abs(label.importances?.values[1] as number) < 0.05)
})

t.test('coefficients are per standard deviation of the columns that were standardized alone', async (t) => {
  const rows = 200
  const features = tableOf(rows, numbers('a', rows), numbers('b', rows), categories('c', rows, 3))
  const labels = tableOf(rows, numbers('y', rows))
  class Some extends BaseModel {
    readonly name = 'some'
    readonly estimator = LinearRegression
    override steps() {
      return [standardize({ columns: ['b'] }), oneHot()]
    }
  }
  const { report } = await describe(new Some(), features, labels)
  const [label] = report.labels as [RegressorReport]
  const { columns = [], standardized = [], isStandardized } = label.coefficients ?? {}
  t.equal(isStandardized, false)
  t.same(
    columns.filter((_, j) => standardized[j]),
    ['b'],
  )
  const chart = coefficientsChart(label, 0)
  t.match(chart?.description, /per standard deviation of 1 standardized column, per unit of the others/)
  const perOf = new Map(chart?.values.map(({ column, per }) => [column, per]))
  t.equal(perOf.size, 5)
  t.equal(perOf.get('b'), 'standard deviation')
  t.equal(perOf.get('a'), 'unit')
  t.equal([...perOf.values()].filter((per) => per === 'unit').length, 4, 'nor are those of the categories')
})

t.test('a report of an earlier version is read', async (t) => {
  const rows = 60
  const { report } = await describe(
    new GaussianNaiveBayes(),
    tableOf(rows, numbers('a', rows)),
    tableOf(rows, categories('y', rows, 2)),
  )
  const { splitSeed: _, seed: __, dataDigest: ___, versions: ____, warnings: _____, ...before } = report
  t.ok(isReportData(before))
})

t.test('the first tree leads rows to leaves, and tells how many', async (t) => {
  const rows = 400
  const a = numbers('a', rows)
  const y: Column = {
    kind: 'categorical',
    name: 'y',
    codes: Int32Array.from(a.values, (value) => (value > 0.5 ? 1 : 0)),
    levels: ['low', 'high'],
  }
  const { label } = await describe(new DecisionTree(), tableOf(rows, a), tableOf(rows, y))
  const low = y.codes.reduce((sum, code) => sum + 1 - code, 0)
  t.match(label.tree, {
    treeCount: 1,
    rows,
    nodes: [
      { rows, split: { column: 'a', left: 1, right: 2 } },
      { rows: low, names: ['low'], counts: [low], split: null },
      { rows: rows - low, names: ['high'], counts: [rows - low], split: null },
    ],
  })
  const threshold = label.tree?.nodes[0]?.split?.threshold as number
  t.ok(Math.abs(threshold - 0.5) < 0.02)
})

t.test('a part that cannot be made is named, and the others are there', async (t) => {
  class Odd extends GaussianNaiveBayes {
    override get_default_parameters(): never {
      throw new Error('no defaults today')
    }
  }
  const rows = 60
  const features = tableOf(rows, numbers('a', rows))
  const labels = tableOf(rows, categories('y', rows, 2))
  const model = new GaussianNaiveBayes()
  const pipeline = await model.create_pipeline(model.get_default_parameters()).fit(features, labels, fitContext())
  const { featureSchema, steps, outputs } = pipeline
  const broken = new FittedPipeline(featureSchema, steps, outputs)
  broken.predict = () => Promise.reject(new Error('the predictions are gone'))
  const training = { features, labels, metrics: {} }
  const report = await describeTraining(
    {
      model: new Odd(),
      parameters: {},
      kind: 'classifier',
      pipeline: broken,
      training,
      validation: undefined,
      origin: { validationSplit: null, splitSeed: 0, dataDigest: '', workerVersion: '1.0.0' },
      warnings: new WarningList(),
      predictions: undefined,
    },
    fitContext(),
  )
  t.match(report.problems, [
    { part: 'predictions', reason: 'the predictions are gone' },
    { part: 'parameters', reason: 'no defaults today' },
  ])
  t.equal(report.features.length, 1)
  t.same(report.labels, [])
})

t.test('report data whose tree does not end, or that has a member wrong, is none', async (t) => {
  const rows = 200
  const features = tableOf(rows, numbers('a', rows), numbers('b', rows))
  const { report } = await describe(new DecisionTree(), features, tableOf(rows, categories('y', rows, 2)))
  t.ok(isReportData(report))
  // biome-ignore lint/suspicious/noExplicitAny: the point is to write what the type forbids
  const changed = (change: (of: any) => void): unknown => {
    const copy = structuredClone(report)
    change(copy)
    return copy
  }
  for (const [left, right] of [
    [0, 2],
    [1, 1],
    [1, 99],
    [1.5, 2],
  ]) {
    t.notOk(isReportData(changed((of) => Object.assign(of.labels[0].tree.nodes[0].split, { left, right }))))
  }
  t.notOk(isReportData(changed((of) => of.metrics.push({ name: 'x', training: Number.NaN, validation: null }))))
  t.notOk(isReportData(changed((of) => of.features.push(...Array(60).fill(of.features[0])))))
  t.notOk(isReportData(changed((of) => delete of.labels[0].kind)))
  t.notOk(isReportData(null))
})
