import t from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { NotExplainable } from '../learning/errors.ts'
import type { Regressor } from '../learning/estimator.ts'
import { fitContext } from '../learning/fit-context.ts'
import { KNeighborsClassifier } from '../learning/neighbors/k-neighbors-classifier.ts'
import { KNeighborsRegressor } from '../learning/neighbors/k-neighbors-regressor.ts'
import { DecisionTreeClassifier } from '../learning/trees/decision-tree-classifier.ts'
import { DecisionTreeRegressor } from '../learning/trees/decision-tree-regressor.ts'
import { FaultList, RowsError } from './faults.ts'
import type { FittedPipeline } from './fitted-pipeline.ts'
import { Pipeline } from './pipeline.ts'
import { impute } from './steps/impute.ts'
import { oneHot } from './steps/one-hot.ts'
import { polynomial } from './steps/polynomial.ts'
import type { AnyStep } from './steps/step.ts'

const tableOf = (rows: readonly unknown[], place: 'features' | 'labels' = 'features') =>
  buildTable(rows, place, new FaultList())
const features = Array.from({ length: 90 }, (_, i) => ({ a: i % 7, kind: ['x', 'y', 'z'][i % 3], b: (i * 5) % 11 }))
const labels = features.map(({ a, kind, b }) => ({ price: a * b + (kind === 'y' ? 20 : 0), size: b }))

const fit = (steps: readonly AnyStep[], estimator: Regressor, columns: readonly string[] = ['a', 'kind', 'b']) => {
  const taken = features.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => columns.includes(name))),
  )
  return new Pipeline(steps, estimator).fit(tableOf(taken), tableOf(labels, 'labels'), fitContext())
}

async function explained(pipeline: FittedPipeline, rows: readonly unknown[]) {
  const { labels: said, explanations = [] } = await pipeline.predict(tableOf(rows), { explain: {} })
  return { said, explanations }
}

t.test('what encoded columns contribute is that of the feature that they come of', async (t) => {
  const pipeline = await fit([impute(), oneHot(), polynomial()], new DecisionTreeRegressor({ max_depth: 6 }))
  const { said, explanations } = await explained(pipeline, features)
  t.same(
    explanations.map(({ name, classes }) => [name, classes]),
    [
      ['price', [null]],
      ['size', [null]],
    ],
  )
  explanations.forEach(({ bases, contributions }, label) => {
    const column = said.columns[label]
    features.forEach((_, i) => {
      const [a, kind, b] = contributions.subarray(3 * i, 3 * i + 3)
      const sum = (bases[0] as number) + (a as number) + (kind as number) + (b as number)
      t.ok(column?.kind === 'numeric' && Math.abs(sum - (column.values[i] as number)) < 1e-9)
    })
  })
  // What a·b tells counts for a, which is named first.
  const product = await fit([polynomial()], new DecisionTreeRegressor({ max_depth: 1 }), ['a', 'b'])
  const [price] = (await explained(product, [{ a: 6, b: 10 }])).explanations
  t.not(price?.contributions[0], 0)
  t.equal(price?.contributions[1], 0)
})

t.test('a method without a rule says so before it asks which of many classes is meant', async (t) => {
  const names = Array.from({ length: 30 }, (_, i) => ({ name: `class ${i % 30}` }))
  const rows = tableOf(names.map((_, i) => ({ a: i })))
  const neighbors = new Pipeline([], new KNeighborsClassifier({ n_neighbors: 1 }))
  const pipeline = await neighbors.fit(rows, tableOf(names, 'labels'), fitContext())
  await t.rejects(pipeline.predict(rows, { explain: {} }), NotExplainable)
})

t.test('it is refused where a column comes of no feature that is told, or the method has no rule', async (t) => {
  const mixing: AnyStep = {
    type: 'mixing',
    fit: () => fitted,
    restore: () => fitted,
  }
  const fitted = {
    type: 'mixing',
    transform: ({ rowCount, columns }: { rowCount: number; columns: readonly Float64Array[] }) => ({
      rowCount,
      columns: columns.slice(0, 1),
      columnNames: ['component'],
      categoryCounts: [0],
    }),
    toState: () => ({}),
  }
  const mixed = await fit([mixing], new DecisionTreeRegressor(), ['a', 'b'])
  await t.rejects(
    explained(mixed, [{ a: 1, b: 2 }]),
    new NotExplainable('no step tells of which feature column "component" of the method comes'),
  )
  const neighbors = await fit([], new KNeighborsRegressor(), ['a', 'b'])
  await t.rejects(explained(neighbors, [{ a: 1, b: 2 }]), new NotExplainable('its method has no rule for explanations'))
})

t.test('many classes and many values are refused', async (t) => {
  const rows = Array.from({ length: 60 }, (_, i) => ({ a: i }))
  const classes = rows.map(({ a }) => ({ letter: `c${a % 30}` }))
  const pipeline = await new Pipeline([], new DecisionTreeClassifier()).fit(
    tableOf(rows),
    tableOf(classes, 'labels'),
    fitContext(),
  )
  const faultsOf = async (promise: Promise<unknown>) => {
    try {
      await promise
    } catch (error) {
      return error instanceof RowsError ? error.faults.listed : error
    }
    return []
  }
  t.match(await faultsOf(explained(pipeline, rows)), [
    { in: 'query', parameter: 'explain_class', detail: /one of the 30 classes of label "letter": more than 20/ },
  ])
  const { explanations = [] } = await pipeline.predict(tableOf(rows), { explain: { className: 'c7' } })
  t.same(explanations[0]?.classes, ['c7'])
  const wide = {
    rowCount: 2 ** 24 + 1,
    columns: [{ kind: 'numeric', name: 'a', values: new Float64Array(2 ** 24 + 1) }],
  } as const
  t.match(await faultsOf(pipeline.predict(wide, { explain: { className: 'c7' }, withProbabilities: false })), [
    { in: 'query', parameter: 'explain', detail: /at most 16777216 values, got 16777217: send fewer rows/ },
  ])
})
