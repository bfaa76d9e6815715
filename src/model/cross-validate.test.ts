import t from 'tap'
import { MajorityClassifier } from '../../test/models/estimators/majority-classifier.ts'
import { MeanRegressor } from '../../test/models/estimators/mean-regressor.ts'
import { buildTable } from '../../test/support/build-table.ts'
import { fitContext } from '../learning/fit-context.ts'
import { Ridge } from '../learning/linear/ridge.ts'
import { kFold } from '../learning/model-selection/splits.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import type { Split } from '../learning/stratified-split.ts'
import { crossValidate } from './cross-validate.ts'
import { FaultList } from './faults.ts'
import { Pipeline } from './pipeline.ts'
import { isBetter, scoreOf } from './scoring.ts'

const tableOf = (rows: readonly unknown[]) => buildTable(rows, 'features', new FaultList())
const context = fitContext()
const features = tableOf([1, 2, 3, 4, 5, 6].map((a) => ({ a })))
const split = (training: number[], validation: number[]): Split => ({
  training: Int32Array.from(training),
  validation: Int32Array.from(validation),
})

t.test('predicts each row by a pipeline that was fitted on the others', async (t) => {
  const labels = tableOf([10, 20, 30, 40, 50, 60].map((y) => ({ y })))
  const splits = [split([2, 3, 4, 5], [0, 1]), split([0, 1, 4, 5], [2, 3])]
  const { folds, predictions } = await crossValidate(
    () => new Pipeline([], new MeanRegressor()),
    { features, labels },
    splits,
    { context, withPredictions: true },
  )
  t.same(predictions, [
    { kind: 'regressor', name: 'y', values: Float64Array.of(45, 45, 35, 35, Number.NaN, Number.NaN) },
  ])
  t.match(folds, [
    { metrics: { mean_absolute_error: 30 }, trainingRows: 4, validationRows: 2 },
    { metrics: { mean_absolute_error: 5 }, trainingRows: 4, validationRows: 2 },
  ])
})

t.test('a class that a fold does not learn has probability 0 there', async (t) => {
  const labels = tableOf(['p', 'p', 'q', 'q', 'r', 'p'].map((y) => ({ y })))
  const splits = [split([0, 1, 2, 3], [4, 5]), split([1, 2, 3, 4, 5], [0])]
  const { folds, predictions } = await crossValidate(
    () => new Pipeline([], new MajorityClassifier()),
    { features, labels },
    splits,
    { context, withPredictions: true },
  )
  const [of] = predictions
  t.ok(of?.kind === 'classifier')
  if (of?.kind !== 'classifier') return
  t.same(of.levels, ['p', 'q', 'r'])
  t.same([...of.codes], [0, -1, -1, -1, 0, 0])
  t.same([...of.probabilities.subarray(12, 15)], [0.5, 0.5, 0])
  t.equal(folds[0]?.metrics['accuracy'], 0.5)
  t.notOk('log_loss' in (folds[0]?.metrics ?? {}), 'no probability of a class that was not learnt')
})

t.test('rows that are validated several times get the mean', async (t) => {
  const labels = tableOf([10, 20, 30, 40, 50, 60].map((y) => ({ y })))
  const splits = [split([1, 2, 3, 4, 5], [0]), split([1, 2], [0])]
  const { predictions } = await crossValidate(
    () => new Pipeline([], new MeanRegressor()),
    { features, labels },
    splits,
    { context, withPredictions: true },
  )
  t.match(predictions, [{ values: { 0: (40 + 25) / 2 } }])
})

t.test('weights count in the fit and in the metrics', async (t) => {
  const labels = tableOf([0, 10, 0, 10, 0, 10].map((y) => ({ y })))
  const sampleWeight = Float64Array.of(1, 0, 1, 0, 1, 0)
  const rows = { features, labels, sampleWeight }
  const { folds } = await crossValidate(() => new Pipeline([], new Ridge()), rows, kFold(6, 2, 0), { context })
  for (const { metrics } of folds) t.equal(metrics['mean_absolute_error'], 0)
})

t.test('warnings come once, the listener can end it, and the stop flag does', async (t) => {
  const labels = tableOf([10, 20, 30, 40, 50, 60].map((y) => ({ y })))
  const rows = { features, labels }
  const make = () => new Pipeline([], new MeanRegressor())
  const reports: string[] = []
  const report = (done: number, of: number) => void reports.push(`${done}/${of}`)
  const ended = await crossValidate(make, rows, kFold(6, 3, 0), {
    context: { ...context, report },
    onFold: (_, index) => index < 1,
  })
  t.equal(ended.folds.length, 2)
  t.same(reports, ['0/3', '1/3', '3/3'])
  const stop = new StopFlag()
  await t.rejects(
    crossValidate(make, rows, kFold(6, 3, 0), {
      context: fitContext({ stop }),
      onFold: () => {
        stop.set()
        return true
      },
    }),
    { name: 'FitStopped' },
  )
})

t.test('scores compare by the direction of the metric, over all label columns', async (t) => {
  t.ok(isBetter('r2', 0.5, 0.4))
  t.ok(isBetter('log_loss', 0.4, 0.5))
  t.ok(isBetter('validation_log_loss', 0.4, undefined))
  t.notOk(isBetter('accuracy', undefined, undefined))
  t.equal(scoreOf({ 'a.r2': 0.5, 'b.r2': 0.25 }, 'r2', ['a', 'b']), 0.375)
  t.equal(scoreOf({ 'a.r2': 0.5 }, 'r2', ['a', 'b']), undefined)
})
