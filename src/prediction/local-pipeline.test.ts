import t from 'tap'
import { MajorityClassifier } from '../../test/models/estimators/majority-classifier.ts'
import { buildTable } from '../../test/support/build-table.ts'
import { fitContext } from '../learning/fit-context.ts'
import { FaultList } from '../model/faults.ts'
import { Pipeline } from '../model/pipeline.ts'
import { LocalPipeline } from './local-pipeline.ts'

const tableOf = (rows: readonly unknown[]) => buildTable(rows, 'features', new FaultList())
const fitted = await new Pipeline([], new MajorityClassifier()).fit(
  tableOf([{ a: 1 }, { a: 2 }]),
  tableOf([{ y: 'p' }, { y: 'q' }]),
  fitContext(),
)

t.test('a single row is assumed fast until its time is known, and more are not', async (t) => {
  const local = new LocalPipeline(fitted)
  t.ok(local.isFastFor(1))
  t.notOk(local.isFastFor(2))
  local.learn(0.01)
  t.ok(local.isFastFor(500))
  t.notOk(local.isFastFor(501), 'beyond 5 ms')
  local.learn(1000)
  t.notOk(local.isFastFor(1), 'and a slow pipeline keeps nobody waiting for one row')
})

t.test('an explanation is fast only where earlier ones were', async (t) => {
  const local = new LocalPipeline(fitted)
  local.learn(0)
  t.notOk(local.explainsFastForBody(100), 'none was made yet')
  local.learnExplained(2.5)
  t.ok(local.explainsFastForBody(100))
  t.ok(local.explainsFastFor(2))
  t.notOk(local.explainsFastFor(3), 'beyond 5 ms')
})

t.test('rows whose probabilities are many are not predicted here, however fast they are', async (t) => {
  const local = new LocalPipeline(fitted)
  local.learn(0)
  t.ok(local.isFastFor(2 ** 14))
  t.notOk(local.isFastFor(2 ** 14 + 1))
})

t.test('bodies of a kind tell how many rows the next one has', async (t) => {
  const local = new LocalPipeline(fitted)
  t.ok(local.isFastForBody('rows', 100_000), 'one row, as far as anybody knows')
  t.ok(local.isFastForBody('rows', 0))
  local.learn(1)
  local.learnBody('rows', 1000, 10)
  t.ok(local.isFastForBody('rows', 99), 'at least one row')
  t.ok(local.isFastForBody('rows', 500))
  t.notOk(local.isFastForBody('rows', 600))
  t.ok(local.isFastForBody('tensors', 600), 'rows of another kind have other lengths')
  // Twenty per cent of the newest: 100 + 0.2 · (600 − 100).
  local.learnBody('rows', 600, 1)
  t.ok(local.isFastForBody('rows', 5 * 200 + 199))
  t.notOk(local.isFastForBody('rows', 6 * 200))
})

t.test('leaves rows with something wrong or new to the long way', async (t) => {
  const local = new LocalPipeline(fitted)
  t.equal(local.predictRows([{ a: 1 }])?.predictions.labels.rowCount, 1)
  t.equal(local.predictRows([{ b: 1 }]), undefined)
})
