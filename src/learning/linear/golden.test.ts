// The linear models against scikit-learn's answers: test/golden/generate_linear.py wrote them.
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { ClassTarget } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { numericMatrix, toRowBlock } from '../matrix.ts'
import { Lasso } from './lasso.ts'
import { LinearRegression } from './linear-regression.ts'
import { LogisticRegression } from './logistic-regression.ts'
import { Ridge } from './ridge.ts'

interface LogisticCase {
  data: string
  standardized: boolean
  classes: (string | number)[] | null
  weighted: boolean
  parameters: { [name: string]: unknown }
  coefficients: number[]
  intercepts: number[]
  probabilities: number[]
}
interface RegressionCase {
  estimator: 'LinearRegression' | 'Ridge' | 'Lasso'
  data: string
  standardized: boolean
  weighted: boolean
  rankDeficient: boolean
  parameters: { [name: string]: unknown }
  coefficients: number[]
  intercept: number
  iterations: number
}
const root = new URL('../../../', import.meta.url)
const golden: { scikit_learn: string; logistic: LogisticCase[]; regression: RegressionCase[] } = JSON.parse(
  readFileSync(new URL('test/golden/linear.json', root), 'utf8'),
)

/** Columns and the last one as text, as the generator reads them. */
function load(name: string, isStandardized: boolean, classes: (string | number)[] | null) {
  const [, ...lines] = readFileSync(new URL(`examples/data/${name}.csv`, root), 'utf8')
    .trim()
    .split('\n')
  const table = lines
    .map((line) => line.trim().split(','))
    .filter((row) => classes === null || classes.map(String).includes(row.at(-1) as string))
  const target = table.map((row) => row.at(-1) as string)
  const columns = table[0]!.slice(0, -1).map((_, j) => Float64Array.from(table, (row) => Number(row[j])))
  return { columns: isStandardized ? columns.map(standardize) : columns, target }
}

function standardize(column: Float64Array): Float64Array {
  const mean = column.reduce((a, b) => a + b) / column.length
  const deviation = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length)
  return column.map((value) => (value - mean) / (deviation > 1e-12 ? deviation : 1))
}

function weightsOf(isWeighted: boolean, n: number): Float64Array | undefined {
  return isWeighted ? Float64Array.from({ length: n }, (_, i) => (i % 7) / 2) : undefined
}

function asClasses(target: string[]): ClassTarget {
  const classNames = [...new Set(target)].sort()
  return { codes: Int32Array.from(target, (label) => classNames.indexOf(label)), classNames }
}

/** The largest difference, as a part of the largest expected magnitude. */
function difference(found: Float64Array, expected: number[]): number {
  const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-300)
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs((found[i] as number) - value)), 0) / largest
}

for (const tol of [1e-4, 1e-6]) {
  t.test(`logistic regression comes within ten times its tol, ${tol}, of the optimum`, async (t) => {
    for (const { data, standardized, classes, weighted, parameters, ...expected } of golden.logistic) {
      const name = `${data} ${standardized ? '' : 'raw '}${classes ?? ''} ${weighted ? 'weighted ' : ''}${JSON.stringify(parameters)}`
      const { columns, target } = load(data, standardized, classes)
      const x = numericMatrix(columns)
      const estimator = new LogisticRegression({ ...parameters, tol })
      const fitted = await estimator.fit(x, asClasses(target), fitContext(), weightsOf(weighted, x.rowCount))
      t.ok(fitted.isConverged, `${name} converges (${fitted.iterations} iterations)`)
      t.equal(fitted.coefficients.length, expected.coefficients.length)
      const apart = difference(fitted.coefficients, expected.coefficients)
      t.ok(apart < 10 * tol, `${name}: coefficients ${apart.toExponential(1)} apart`)
      const interceptsApart = difference(fitted.intercepts, expected.intercepts)
      t.ok(interceptsApart < 10 * tol, `${name}: intercepts ${interceptsApart.toExponential(1)} apart`)
      const step = Math.max(1, Math.floor(x.rowCount / 10))
      const asked = numericMatrix(columns.map((column) => column.filter((_, i) => i % step === 0)))
      const probabilities = fitted.predictProbabilities(toRowBlock(asked))
      t.equal(probabilities.length, expected.probabilities.length)
      t.ok(difference(probabilities, expected.probabilities) < 10 * tol, `${name}: probabilities`)
    }
  })
}

t.test('logistic regression agrees to more digits when tol is lower', async (t) => {
  const { data, standardized, classes, parameters, coefficients } = golden.logistic[0] as LogisticCase
  const { columns, target } = load(data, standardized, classes)
  const estimator = new LogisticRegression({ ...parameters, tol: 1e-8 })
  const fitted = await estimator.fit(numericMatrix(columns), asClasses(target), fitContext())
  t.ok(fitted.isConverged)
  t.ok(difference(fitted.coefficients, coefficients) < 1e-8)
})

t.test('linear, ridge and lasso regression find what scikit-learn finds', async (t) => {
  const estimators = { LinearRegression, Ridge, Lasso }
  for (const { estimator, data, standardized, weighted, rankDeficient, parameters, ...expected } of golden.regression) {
    const name = `${estimator} ${data} ${standardized ? '' : 'raw '}${rankDeficient ? 'rank-deficient ' : ''}${weighted ? 'weighted ' : ''}${JSON.stringify(parameters)}`
    const { columns, target } = load(data, standardized, null)
    if (rankDeficient) {
      const [a, b, c] = columns as [Float64Array, Float64Array, Float64Array]
      columns.push(
        a,
        b.map((value, i) => value + (c[i] as number)),
        new Float64Array(a.length).fill(3),
      )
    }
    const y = Float64Array.from(target, Number)
    const Estimator = estimators[estimator]
    const fitted = await new Estimator(parameters).fit(
      numericMatrix(columns),
      y,
      fitContext(),
      weightsOf(weighted, y.length),
    )
    const apart = difference(fitted.coefficients, expected.coefficients)
    t.ok(apart < 1e-8, `${name}: coefficients ${apart.toExponential(1)} apart`)
    t.ok(Math.abs(fitted.intercept - expected.intercept) < 1e-8 * Math.abs(expected.intercept) + 1e-9, name)
    if (estimator === 'Lasso') {
      t.same(
        [...fitted.coefficients].map((value) => value === 0),
        expected.coefficients.map((value) => value === 0),
        `${name}: the same coefficients are zero`,
      )
      t.equal(fitted.iterations, expected.iterations, `${name}: in as many rounds`)
    }
  }
})
