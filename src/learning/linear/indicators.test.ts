// Linear models on many columns of 0 and few 1, against scikit-learn: test/golden/generate_indicators.py wrote the answers.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { fitContext } from '../fit-context.ts'
import { numericMatrix } from '../matrix.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { Lasso } from './lasso.ts'
import { LogisticRegression } from './logistic-regression.ts'
import { Ridge } from './ridge.ts'

interface Design {
  readonly rows: number
  readonly levels: readonly number[]
  readonly seed: number
  readonly weighted: boolean
  readonly middle: number
  readonly models: readonly {
    readonly estimator: 'LogisticRegression' | 'Lasso' | 'Ridge'
    readonly classes?: number
    readonly alpha?: number
    readonly coefficients: readonly number[]
    readonly intercepts: readonly number[]
    readonly norm: number
  }[]
}
const { designs }: { designs: readonly Design[] } = JSON.parse(
  readFileSync(new URL('../../../test/golden/indicators.json', import.meta.url), 'utf8'),
)

function pose({ rows, levels, seed }: Design): { columns: Float64Array[]; y: Float64Array } {
  let state = seed
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const y = new Float64Array(rows)
  const columns = levels.flatMap((count) => {
    const codes = Array.from({ length: rows }, () => Math.floor(count * draw() ** 2))
    codes.forEach((code, i) => {
      y[i]! += code % 3
    })
    const used = new Set(codes)
    return Array.from({ length: count }, (_, level) => level)
      .filter((level) => used.has(level))
      .map((level) => Float64Array.from(codes, (code) => (code === level ? 1 : 0)))
  })
  columns.splice(
    columns.length >> 1,
    0,
    Float64Array.from({ length: rows }, () => draw() - 0.5),
  )
  for (let i = 0; i < rows; i++) y[i]! += draw() * 4 - 2
  return { columns, y }
}

for (const design of designs) {
  const { columns, y } = pose(design)
  const x = numericMatrix(columns)
  const weights = design.weighted ? y.map((_, i) => (i % 7) / 2) : undefined
  for (const { estimator, classes = 0, alpha = 0, ...expected } of design.models) {
    const name = `${estimator} on ${columns.length} columns${weights ? ', weighted' : ''}, ${classes || alpha}`
    t.test(`${name}, is scikit-learn's, for any number of threads`, async (t) => {
      const found: unknown[] = []
      for (const threads of [1, 2]) {
        const team = new ThreadTeam(threads)
        const context = fitContext({ team })
        const codes = y.map(
          (value) => (value > design.middle ? 1 : 0) + (classes === 3 && value > design.middle + 2 ? 1 : 0),
        )
        const target = { codes: Int32Array.from(codes), classNames: ['a', 'b', 'c'].slice(0, classes) }
        const fitted =
          estimator === 'LogisticRegression'
            ? await new LogisticRegression({ tol: 1e-8, max_iter: 2000 }).fit(x, target, context, weights)
            : estimator === 'Lasso'
              ? await new Lasso({ alpha, tol: 1e-13, max_iter: 100_000 }).fit(x, y, context, weights)
              : await new Ridge({ alpha }).fit(x, y, context, weights)
        await team.close()
        found.push(fitted.toState())
        t.ok(fitted.isConverged)
        const norm = Math.sqrt(fitted.coefficients.reduce((sum, value) => sum + value * value, 0))
        t.ok(Math.abs(norm / expected.norm - 1) < 1e-6, `norm ${norm}, not ${expected.norm}`)
        expected.coefficients.forEach((value, j) => {
          const apart = Math.abs(fitted.coefficients[j]! - value)
          if (apart > 1e-6 * norm) t.fail(`coefficient ${j}: ${fitted.coefficients[j]}, not ${value}`)
        })
        const intercepts = 'intercepts' in fitted ? fitted.intercepts : [fitted.intercept]
        expected.intercepts.forEach((value, k) => {
          t.ok(Math.abs(intercepts[k]! - value) < 1e-6 * norm, `intercept ${intercepts[k]}, not ${value}`)
        })
      }
      t.strictSame(found[1], found[0])
    })
  }
}
