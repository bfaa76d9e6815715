import { readFileSync } from 'node:fs'
import t from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { fitContext } from '../learning/fit-context.ts'
import { LinearRegression } from '../learning/linear/linear-regression.ts'
import { GaussianNaiveBayes } from '../learning/naive-bayes/gaussian-naive-bayes.ts'
import { RandomForestClassifier } from '../learning/trees/random-forest-classifier.ts'
import { FaultList } from '../model/faults.ts'
import type { FittedOutput } from '../model/output-rows.ts'
import { Pipeline } from '../model/pipeline.ts'
import { polynomial } from '../model/steps/polynomial.ts'
import type { NumericColumn } from '../model/table.ts'
import { dependenceOn, partialDependence } from './partial-dependence.ts'

const golden: {
  readonly rows: readonly (readonly number[])[]
  readonly grid: readonly number[]
  readonly cases: readonly {
    readonly name: string
    readonly target: readonly number[]
    /** Feature × line × point. */
    readonly means: readonly (readonly (readonly number[])[])[]
  }[]
} = JSON.parse(readFileSync(new URL('../../test/golden/partial_dependence.json', import.meta.url), 'utf8'))

const tableOf = (rows: readonly unknown[], place: 'features' | 'labels' = 'features') =>
  buildTable(rows, place, new FaultList())

for (const { name, target, means } of golden.cases) {
  t.test(`${name}: the means are scikit-learn's`, async (t) => {
    const isNumber = name.startsWith('squares')
    const features = tableOf(golden.rows.map(([a, b, c]) => ({ a, b, c })))
    const labels = tableOf(
      target.map((y) => ({ y })),
      'labels',
    )
    const pipeline = isNumber
      ? await new Pipeline([polynomial()], new LinearRegression()).fit(features, labels, fitContext())
      : await new Pipeline([], new GaussianNaiveBayes()).fit(features, labels, fitContext())
    for (const [j, expected] of means.entries()) {
      const grid = { column: features.columns[j] as NumericColumn, points: golden.grid }
      const found = await dependenceOn(pipeline, features, grid, pipeline.outputs[0] as FittedOutput, [0, 1, 2], {})
      t.equal(found.length, expected.length)
      const isNear = found.every((line, k) =>
        line.every((mean, at) => Math.abs(mean - (expected[k]?.[at] as number)) < 1e-6),
      )
      t.ok(isNear, `feature ${j}`)
    }
  })
}

t.test('the most important features come first, with grids of their values', async (t) => {
  const rows = Array.from({ length: 400 }, (_, i) => ({
    kind: ['x', 'y', 'z'][i % 3],
    a: (i * 7) % 50,
    b: 1,
    few: i % 2,
  }))
  const features = tableOf(rows)
  const labels = tableOf(
    rows.map(({ kind, a }) => ({ y: a > 25 ? 'much' : kind === 'y' ? 'some' : 'little' })),
    'labels',
  )
  const forest = new RandomForestClassifier({ n_estimators: 5, random_state: 1 })
  const pipeline = await new Pipeline([], forest).fit(features, labels, fitContext())
  const [output] = pipeline.outputs as readonly [FittedOutput]
  const importances = Float64Array.of(0.3, 0.6, 0.05, 0.05)
  const found = await partialDependence(pipeline, features, importances, output, [0, 1, 2], 1, {})
  t.same(
    found.map(({ name, kind, lines }) => [name, kind, lines]),
    [
      ['a', 'numeric', ['little', 'much', 'some']],
      ['kind', 'categorical', ['little', 'much', 'some']],
      ['few', 'numeric', ['little', 'much', 'some']],
    ],
  )
  const [a, kind] = found
  t.ok(a?.kind === 'numeric' && a.points.length === 12 && a.points[0] === 2 && a.points.at(-1) === 47)
  t.ok((a?.values[1]?.at(-1) as number) > 0.9 && (a?.values[1]?.[0] as number) < 0.1, 'much, where a is large')
  t.same(kind?.kind === 'categorical' && kind.names.toSorted(), ['x', 'y', 'z'])
  // Of every point the probabilities of all classes are 1 together.
  t.ok(
    kind?.values[0]?.every(
      (_, at) => Math.abs(kind.values.reduce((sum, line) => sum + (line[at] as number), 0) - 1) < 1e-5,
    ),
  )
  t.same(await partialDependence(pipeline, features, importances, output, [0, 1, 2], 1, {}), found, 'the same again')
  t.same(await partialDependence(pipeline, features, new Float64Array(4), output, [0], 1, {}), [])
})
