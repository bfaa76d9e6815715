// Blends: which are chosen, and that each member sees its own columns.
import t from 'tap'
import type { FittedRegressor } from '../../src/learning/estimator.ts'
import { toRowBlock } from '../../src/learning/matrix.ts'
import { SparseWriter } from '../../src/learning/sparse.ts'
import { FittedBlendRegressor, sliceColumns } from '../../src/model/auto/fitted-blend.ts'
import { goodnessOf, type Truth } from '../../src/model/auto/held-out.ts'
import { selectBlend } from '../../src/model/auto/select-blend.ts'

const truth: Truth = { kind: 'regressor', values: Float64Array.of(1, 2, 3, 4) }
const judges = { metric: 'root_mean_squared_error', truths: [truth], weight: undefined }
/** Errors of the two cancel each other; the third is far off. */
const high = [Float64Array.of(2, 3, 4, 5)]
const low = [Float64Array.of(0, 1, 2, 3)]
const far = [Float64Array.of(9, 9, 9, 9)]

t.test('two candidates whose errors cancel are averaged in equal parts', async (t) => {
  const { counts, goodness } = selectBlend([high, far, low], judges, 5)
  t.equal(counts[0], counts[2])
  t.equal(counts[1], 0)
  t.ok(Math.abs(goodness) < 1e-12)
})

t.test('no more members than are asked for, and the best alone where it is enough', async (t) => {
  t.same(selectBlend([high, low], judges, 1).counts.filter((count) => count > 0).length, 1)
  const exact = [Float64Array.of(1, 2, 3, 4)]
  t.same(selectBlend([far, exact, high], judges, 5), { counts: [0, 1, 0], goodness: -0 })
})

t.test('the goodness of a metric grows with what is better', async (t) => {
  const near = Float64Array.of(1.1, 2, 3, 4)
  for (const metric of ['r2', 'mean_absolute_error', 'median_absolute_error']) {
    t.ok(goodnessOf(metric, truth, near) >= goodnessOf(metric, truth, high[0] as Float64Array), metric)
  }
  const classes: Truth = { kind: 'classifier', codes: Int32Array.of(0, 1, 1), classNames: ['a', 'b'] }
  const sure = Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.1, 0.9)
  const wrong = Float64Array.of(0.1, 0.9, 0.8, 0.2, 0.9, 0.1)
  for (const metric of ['log_loss', 'accuracy', 'roc_auc', 'balanced_accuracy']) {
    t.ok(goodnessOf(metric, classes, sure) > goodnessOf(metric, classes, wrong), metric)
  }
})

t.test('each member sees its own columns, dense and sparse', async (t) => {
  const writer = new SparseWriter()
  for (const [column, value] of [
    [1, 5],
    [3, 7],
  ] as const) {
    writer.add(column, value)
    writer.endRow()
  }
  const columns = [Float64Array.of(1, 2), Float64Array.of(10, 20), Float64Array.of(100, 200)]
  const block = toRowBlock({ rowCount: 2, columns, categoryCounts: [0, 0, 0], sparse: writer.finish(4) })
  const part = sliceColumns(block, { dense: [1, 3], sparse: [2, 4] })
  t.same([...part.values], [10, 100, 20, 200])
  t.equal(part.sparse?.columnCount, 2)
  t.same([...(part.sparse?.columns ?? [])], [1])
  t.same([...(part.sparse?.values ?? [])], [7])
  t.notOk('sparse' in sliceColumns(block, { dense: [0, 3], sparse: [2, 2] }))
  const firstColumn: FittedRegressor = {
    kind: 'regressor',
    columnCount: 1,
    predict: ({ values, columnCount, rowCount }) =>
      Float64Array.from({ length: rowCount }, (_, i) => values[i * columnCount] as number),
    toState: () => ({}),
  }
  const blend = new FittedBlendRegressor(
    [
      { fitted: firstColumn, span: { dense: [0, 1], sparse: [0, 0] }, weight: 0.25 },
      { fitted: firstColumn, span: { dense: [1, 3], sparse: [0, 4] }, weight: 0.75 },
    ],
    7,
  )
  t.same([...blend.predict(block)], [0.25 + 7.5, 0.5 + 15])
})
