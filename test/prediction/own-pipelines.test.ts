// Pipelines of a model's own class: what they override counts in training, in the report, and in every prediction.
import t from 'tap'
import { fitContext } from '../../src/learning/fit-context.ts'
import { LinearRegression } from '../../src/learning/linear/linear-regression.ts'
import type { RowBlock } from '../../src/learning/matrix.ts'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { decodeArtifact } from '../../src/model/artifact.ts'
import { FaultList } from '../../src/model/faults.ts'
import type { FittedPipeline } from '../../src/model/fitted-pipeline.ts'
import { Pipeline } from '../../src/model/pipeline.ts'
import { oneHot } from '../../src/model/steps/one-hot.ts'
import type { EncodingStep, FittedStep } from '../../src/model/steps/step.ts'
import { LocalPipeline } from '../../src/prediction/local-pipeline.ts'
import { train } from '../../src/trainer/train.ts'
import type { RegressorReport } from '../../src/training-summary/label-report.ts'
import { PredictionWatch } from '../../src/training-summary/prediction-watch.ts'
import { readArtifactReport } from '../../src/training-summary/read-report.ts'
import LogTarget, { FittedLogTarget, LogTargetPipeline } from '../models/log-target.ts'
import { buildTable } from '../support/build-table.ts'
import { startTrainingService } from '../support/trained.ts'

const tableOf = (rows: readonly unknown[], place: 'features' | 'labels' = 'features') =>
  buildTable(rows, place, new FaultList())
/** y = e^(a / 10 + 1): the logarithm is a line, and the label is none. */
const rows = Array.from({ length: 80 }, (_, i) => ({ a: i % 40, kind: ['x', 'y', 'z'][i % 3] }))
const labels = rows.map(({ a }) => ({ y: Math.exp(a / 10 + 1) }))
const work = {
  run: { runId: 1, modelName: 'log_target', parameters: {}, validationSplit: 0.25, digest: '0'.repeat(64) },
  features: tableOf(rows.map(({ a }) => ({ a }))),
  labels: tableOf(labels, 'labels'),
}
const surroundings = { team: new ThreadTeam(1), tell: () => {} }
const labelOf = (report: { labels: readonly unknown[] }) => report.labels[0] as RegressorReport

t.test('metrics, report and artifact are of what the own class predicts', async (t) => {
  const { artifact, metrics } = await train(new LogTarget(), work, surroundings)
  t.ok((metrics['r2'] as number) > 0.999999, `r2 ${metrics['r2']}`)
  t.ok((metrics['validation_r2'] as number) > 0.999999, `validation_r2 ${metrics['validation_r2']}`)
  const { report } = readArtifactReport(artifact)
  t.same(report.problems, [])
  t.ok(labelOf(report).scatter !== null)
  const restored = decodeArtifact(artifact, new LogTarget())
  t.ok(restored instanceof FittedLogTarget)
  const [many, now] = [
    await restored.predict(tableOf([{ a: 20 }])),
    new LocalPipeline(restored).predictRows([{ a: 20 }])?.predictions,
  ]
  for (const { labels } of [many, now as typeof many]) {
    const [column] = labels.columns
    t.ok(column?.kind === 'numeric' && Math.abs((column.values[0] as number) - Math.exp(3)) < 1e-6)
  }
})

t.test('a class without predictNow of its own goes the long way, so that its predict counts', async (t) => {
  class OnlyPredict extends FittedLogTarget {}
  Object.defineProperty(OnlyPredict.prototype, 'predictNow', {
    value: Object.getPrototypeOf(FittedLogTarget.prototype).predictNow,
  })
  const fitted = await fitLog()
  t.equal(fitted.predictsNow, true)
  t.equal(new OnlyPredict(fitted).predictsNow, false)
  t.equal(new LocalPipeline(new OnlyPredict(fitted)).predictRows([{ a: 20 }]), undefined)
})

t.test('a predictNow that differs from predict ends the training in words', async (t) => {
  class Forgets extends FittedLogTarget {
    override predictNow(block: RowBlock) {
      return Object.getPrototypeOf(FittedLogTarget.prototype).predictNow.call(this, block)
    }
  }
  class ForgetfulPipeline extends LogTargetPipeline {
    override async fit(...given: Parameters<LogTargetPipeline['fit']>) {
      return new Forgets(await super.fit(...given))
    }
    override restore(...given: Parameters<LogTargetPipeline['restore']>) {
      return new Forgets(super.restore(...given))
    }
  }
  class Forgetful extends LogTarget {
    override create_pipeline() {
      return new ForgetfulPipeline([], new LinearRegression())
    }
  }
  await t.rejects(train(new Forgetful(), work, surroundings), {
    name: 'ModelUnusableError',
    message: /^predictNow of the model's own class predicts otherwise than predict: column "y"$/,
  })
})

t.test('a watched pipeline stays the object that it was', async (t) => {
  const fitted = await fitLog()
  const keys = Reflect.ownKeys(fitted)
  const watch = new PredictionWatch(fitted)
  const predictions = await fitted.predict(work.features)
  t.equal(watch.predictionsOf(work.features), predictions)
  t.equal(watch.predictionsOf(tableOf([{ a: 1 }])), undefined)
  watch.end()
  t.same(Reflect.ownKeys(fitted), keys)
  const own = async () => predictions
  const withField = Object.assign(await fitLog(), { predict: own })
  const another = new PredictionWatch(withField)
  t.not(withField.predict, own)
  another.end()
  t.equal(withField.predict, own)
  const frozen = Object.freeze(await fitLog()) as FittedPipeline
  const ofFrozen = new PredictionWatch(frozen)
  await frozen.predict(work.features)
  t.equal(ofFrozen.predictionsOf(work.features), undefined, 'an object that cannot be changed is not watched')
  ofFrozen.end()
})

t.test('a step that looks a column up by name has its whole report', async (t) => {
  class ByName extends LogTarget {
    override create_pipeline() {
      return new Pipeline([squareOf('a'), oneHot()], new LinearRegression())
    }
  }
  const { artifact, reportProblems } = await train(new ByName(), { ...work, features: tableOf(rows) }, surroundings)
  t.same(reportProblems, [])
  const { coefficients } = labelOf(readArtifactReport(artifact).report)
  t.same(coefficients?.columns.toSorted(), ['a', 'a squared', 'kind = x', 'kind = y', 'kind = z'])
})

t.test('names that end as those of indicators do are told apart from them', async (t) => {
  class OneHot extends LogTarget {
    override create_pipeline() {
      return new Pipeline([oneHot()], new LinearRegression())
    }
  }
  const features = tableOf(rows.map(({ a, kind }) => ({ 'kind=1': a, kind, 'a=7': -a * a })))
  const { artifact } = await train(new OneHot(), { ...work, features }, surroundings)
  const { coefficients } = labelOf(readArtifactReport(artifact).report)
  t.same(coefficients?.columns.toSorted(), ['a=7', 'kind = x', 'kind = y', 'kind = z', 'kind=1'])
})

t.test('through the service: one row, rows of CSV on the thread, and tensors', async (t) => {
  const { predict, post, trainToEnd } = await startTrainingService(t, ['log_target'])
  const features = rows.map(({ a }) => ({ a }))
  const { run, status } = await trainToEnd('log_target', { features, labels })
  t.equal(status, 'SUCCESS')
  const isNear = (value: unknown, a: number): boolean => Math.abs(Number(value) - Math.exp(a / 10 + 1)) < 1e-6
  for (let times = 0; times < 2; times++) {
    const { body } = await predict(run, { features: [{ a: 20 }] })
    t.ok(isNear(body.predictions[0].y, 20), JSON.stringify(body))
  }
  const csv = await post(`/api/predict?model_run_id=${run}`, 'a\n5\n10\n', { 'content-type': 'text/csv' })
  t.ok(isNear(csv.body.predictions[1].y, 10), JSON.stringify(csv.body))
  const inputs = [{ name: 'a', shape: [2], datatype: 'FP64', data: [5, 10] }]
  const inferred = await post('/v2/models/log_target/infer', JSON.stringify({ inputs }))
  t.ok(isNear(inferred.body.outputs[0].data[0], 5), JSON.stringify(inferred.body))
})

function fitLog(): Promise<FittedPipeline> {
  return new LogTarget().create_pipeline({}).fit(work.features, work.labels, fitContext())
}

/** Adds the square of a column, which it finds by its name. */
function squareOf(name: string): EncodingStep {
  const fitted: FittedStep = {
    type: 'square',
    transform: (frame) => {
      const column = frame.columns[frame.columnNames.indexOf(name)]
      if (column === undefined) throw new Error(`there is no column ${name}`)
      return {
        rowCount: frame.rowCount,
        columns: [...frame.columns, column.map((value) => value * value)],
        columnNames: [...frame.columnNames, `${name} squared`],
        categoryCounts: [...frame.categoryCounts, 0],
      }
    },
    toState: () => ({}),
  }
  return { type: 'square', fit: () => fitted, restore: () => fitted }
}
