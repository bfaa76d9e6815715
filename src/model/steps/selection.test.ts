// selectImportant() and selectVarying(), beside scikit-learn's: test/golden/generate_selection.py.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { StateError } from '../../learning/errors.ts'
import type { Estimator } from '../../learning/estimator.ts'
import { fitContext } from '../../learning/fit-context.ts'
import { Lasso } from '../../learning/linear/lasso.ts'
import { LinearRegression } from '../../learning/linear/linear-regression.ts'
import { LogisticRegression } from '../../learning/linear/logistic-regression.ts'
import { Ridge } from '../../learning/linear/ridge.ts'
import { KNeighborsRegressor } from '../../learning/neighbors/k-neighbors-regressor.ts'
import { DecisionTreeRegressor } from '../../learning/trees/decision-tree-regressor.ts'
import type { Warning } from '../../learning/warnings.ts'
import { toFrame } from '../frame.ts'
import { Pipeline } from '../pipeline.ts'
import type { CategoricalColumn, NumericColumn, Table } from '../table.ts'
import { selectImportant } from './select-important.ts'
import { selectVarying } from './select-varying.ts'
import { type AnyStep, type Frame, type StepContext, stepContext } from './step.ts'

interface Golden {
  readonly scikit_learn: string
  readonly x: readonly (readonly number[])[]
  readonly y: readonly number[]
  readonly classes: readonly number[]
  readonly importance: readonly {
    readonly estimator: keyof typeof estimators
    readonly threshold: string | number | null
    readonly columnsMax: number | null
    readonly kept: readonly number[]
  }[]
  readonly varied: readonly (readonly (number | null)[])[]
  readonly variance: readonly { readonly threshold: number; readonly kept: readonly number[] }[]
}
const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/golden/selection.json', import.meta.url), 'utf8'))
const estimators = {
  Lasso: () => new Lasso({ alpha: 0.3, tol: 1e-12, max_iter: 100_000 }),
  Ridge: () => new Ridge(),
  LinearRegression: () => new LinearRegression(),
  LogisticRegression: () => new LogisticRegression({ max_iter: 10_000 }),
  DecisionTreeRegressor: () => new DecisionTreeRegressor({ max_depth: 3, random_state: 0 }),
}

const numbers = (name: string, values: readonly (number | null)[]): NumericColumn => ({
  kind: 'numeric',
  name,
  values: Float64Array.from(values, (value) => value ?? Number.NaN),
})
const tableOf = (columns: readonly (readonly (number | null)[])[]): Table => ({
  rowCount: columns[0]?.length ?? 0,
  columns: columns.map((values, j) => numbers(`c${j}`, values)),
})
const labels = [numbers('y', golden.y)]
const classes: CategoricalColumn = {
  kind: 'categorical',
  name: 'y',
  codes: Int32Array.from(golden.classes),
  levels: ['low', 'middle', 'high'],
}

/** The names of what a step keeps; the same when it was written and read. */
async function keptBy(step: AnyStep, frame: Frame, context: StepContext): Promise<readonly string[]> {
  const fitted = await step.fit(frame, context)
  const { columnNames } = fitted.transform(frame)
  t.same(step.restore(fitted.toState()).transform(frame).columnNames, columnNames, `${step.type} comes back`)
  t.throws(() => step.restore({}), StateError)
  return columnNames
}

for (const { estimator, threshold, columnsMax, kept } of golden.importance) {
  const name = `${estimator}, ${threshold ?? 'the default'}, ${columnsMax ?? 'any number'}`
  t.test(`what counts for ${name}, as scikit-learn ${golden.scikit_learn}`, async (t) => {
    const options = {
      ...(threshold === null ? {} : { threshold: threshold === '-inf' ? Number.NEGATIVE_INFINITY : threshold }),
      ...(columnsMax === null ? {} : { columnsMax }),
    }
    const step = selectImportant(estimators[estimator](), options)
    const context = stepContext({ labels: estimator === 'LogisticRegression' ? [classes] : labels })
    t.same(
      await keptBy(step, toFrame(tableOf(golden.x)), context),
      kept.map((j) => `c${j}`),
    )
  })
}

for (const { threshold, kept } of golden.variance) {
  t.test(`what varies by more than ${threshold}, as scikit-learn ${golden.scikit_learn}`, async (t) => {
    const frame = toFrame(tableOf(golden.varied))
    t.same(
      await keptBy(selectVarying({ threshold }), frame, stepContext()),
      kept.map((j) => `c${j}`),
    )
  })
}

t.test('categories of which there is one are left out, and what is not named stays', async (t) => {
  const rows = { rowCount: 3, columns: [] }
  const same: CategoricalColumn = {
    kind: 'categorical',
    name: 'same',
    codes: Int32Array.of(1, -1, 1),
    levels: ['a', 'b'],
  }
  const two = { ...same, name: 'two', codes: Int32Array.of(0, -1, 1) }
  const frame = toFrame({
    ...rows,
    columns: [same, two, numbers('one', [1, 1, 1]), numbers('none', [null, null, null])],
  })
  const warnings: Warning[] = []
  const context = stepContext({ warn: (warning) => warnings.push(warning) })
  t.same(await keptBy(selectVarying(), frame, context), ['two'])
  t.same(warnings, [
    {
      code: 'COLUMNS_SELECTED',
      message: '1 of 4 columns that vary were kept; left out: "same", "one", "none"',
    },
  ])
  t.same(await keptBy(selectVarying({ columns: ['one'] }), frame, context), ['same', 'two', 'none'])
  t.throws(() => selectVarying().fit(toFrame({ ...rows, columns: [same] }), context), {
    name: 'DataError',
    message: /no column has a variance above the 0/,
  })
})

t.test('in a pipeline: labels of several columns, weights, and what cannot be', async (t) => {
  const features = tableOf(golden.x)
  const fit = (estimator: Estimator, of: Table, options = {}) =>
    new Pipeline([selectImportant(estimator, options)], new Ridge()).fit(features, of, fitContext())
  const two = { rowCount: features.rowCount, columns: [...labels, numbers('z', golden.x[6] as number[])] }
  const fitted = await fit(new Lasso({ alpha: 0.3 }), two)
  const encoded = fitted.encode(toFrame(features))
  t.ok(encoded.columnNames.includes('c6') && encoded.columnNames.includes('c2'), `${encoded.columnNames}`)
  t.equal((await fitted.predict(features)).labels.columns.length, 2)
  const one = { rowCount: features.rowCount, columns: labels }
  await t.rejects(fit(new Lasso({ alpha: 1e6 }), one), {
    name: 'DataError',
    message: /no column reaches the threshold/,
  })
  await t.rejects(fit(new KNeighborsRegressor(), one), { name: 'TypeError', message: /importances or coefficients/ })
  const gaps = { rowCount: features.rowCount, columns: tableOf(golden.varied).columns }
  const unfitted = new Pipeline([selectImportant(new Ridge())], new Ridge())
  await t.rejects(unfitted.fit(gaps, one, fitContext()), { name: 'DataError', message: /add impute\(\)/ })
  const noLabels = selectImportant(new Ridge()).fit(toFrame(features), stepContext())
  await t.rejects(noLabels, { name: 'DataError', message: /needs labels/ })
})

t.test('options that are none are refused when the step is made', async (t) => {
  for (const threshold of ['most', '2*max', Number.NaN]) {
    t.throws(() => selectImportant(new Ridge(), { threshold }), { name: 'TypeError', message: /threshold: expected/ })
  }
  for (const columnsMax of [0, 1.5]) {
    t.throws(() => selectImportant(new Ridge(), { columnsMax }), { name: 'TypeError', message: /columnsMax: expected/ })
  }
  t.throws(() => selectVarying({ threshold: -1 }), { name: 'TypeError', message: /threshold: expected/ })
})
