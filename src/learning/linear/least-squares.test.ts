// Least squares on designs that are wide, dependent or badly scaled, against scikit-learn's LinearRegression:
// test/golden/generate_least_squares.py wrote the answers.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { fitContext } from '../fit-context.ts'
import { numericMatrix, toRowBlock } from '../matrix.ts'
import { r2 } from '../metrics/r2.ts'
import { LinearRegression } from './linear-regression.ts'
import { Ridge } from './ridge.ts'

interface Design {
  readonly kind: 'dense' | 'dependent' | 'scaled' | 'triangle' | 'levels'
  readonly rows: number
  readonly columns?: number
  readonly levels?: readonly number[]
  readonly exponents?: readonly number[]
  readonly seed: number
  readonly fit_intercept?: boolean
  readonly weighted?: boolean
  readonly columnCount: number
  readonly rank: number
  readonly coefficients: readonly number[]
  readonly norm: number
  readonly intercept: number
  readonly r2: number
}
const { designs }: { designs: readonly Design[] } = JSON.parse(
  readFileSync(new URL('../../../test/golden/least_squares.json', import.meta.url), 'utf8'),
)

/** The generator's draws. */
function drawFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function poseDesign(design: Design): { columns: Float64Array[]; y: Float64Array; weights?: Float64Array } {
  const draw = drawFrom(design.seed)
  const columns = columnsOf(design, draw)
  const n = columns[0]!.length
  const y =
    design.kind === 'triangle'
      ? Float64Array.from({ length: n }, (_, i) => columns.findIndex((column) => column[i] === 1))
      : Float64Array.from({ length: n }, () => draw() * 4 - 1)
  return design.weighted ? { columns, y, weights: Float64Array.from(y, (_, i) => (i % 7) / 2) } : { columns, y }
}

function columnsOf({ kind, rows, columns = 0, levels = [], exponents = [] }: Design, draw: () => number) {
  const isLevel = (codes: number[], level: number) => Float64Array.from(codes, (code) => (code === level ? 1 : 0))
  const allLevels = (count: number) => Array.from({ length: count }, (_, level) => level)
  if (kind === 'triangle') {
    const codes = allLevels(levels[0]!).flatMap((level) => new Array<number>(level + 1).fill(level))
    return allLevels(levels[0]!).map((level) => isLevel(codes, level))
  }
  const numbers = (exponent: number) => Float64Array.from({ length: rows }, () => (draw() - 0.5) * 10 ** exponent)
  if (kind === 'levels') {
    const found = levels.flatMap((count) => {
      const codes = Array.from({ length: rows }, () => Math.floor(count * draw() ** 2))
      return allLevels(count).flatMap((level) => (codes.includes(level) ? [isLevel(codes, level)] : []))
    })
    return [...found, ...exponents.map(numbers)]
  }
  const dense = Array.from({ length: columns }, () => numbers(0))
  if (kind === 'scaled') return dense.map((column, j) => column.map((value) => value * 10 ** exponents[j]!))
  if (kind === 'dense') return dense
  const [a, b, c] = dense as [Float64Array, Float64Array, Float64Array]
  return [...dense, a, b.map((value, i) => value * 0.1 + c[i]! * 0.7), a.map((value) => value * (1 / 3) * 3)]
}

for (const design of designs) {
  const { kind, seed, columnCount, rank, fit_intercept = true } = design
  t.test(`the least-norm solution of ${kind} columns, seed ${seed}, is scikit-learn's`, async (t) => {
    const { columns, y, weights } = poseDesign(design)
    t.equal(columns.length, columnCount)
    const x = numericMatrix(columns)
    // Nothing of these designs lies between the tolerances of the two, but for columns far apart in size.
    const estimators = [
      new LinearRegression({ fit_intercept }),
      ...(kind === 'scaled' || design.exponents !== undefined ? [] : [new Ridge({ alpha: 0, fit_intercept })]),
    ]
    for (const estimator of estimators) {
      const name = `${estimator.constructor.name}, rank ${rank} of ${columnCount}`
      const fitted = await estimator.fit(x, y, fitContext(), weights)
      const largest = fitted.coefficients.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      const apart = design.coefficients.reduce(
        (most, value, j) => Math.max(most, Math.abs(fitted.coefficients[j]! - value)),
        0,
      )
      t.ok(apart <= 1e-9 * largest, `${name}: coefficients ${(apart / largest).toExponential(1)} apart`)
      const norm = largest * Math.sqrt(fitted.coefficients.reduce((sum, value) => sum + (value / largest) ** 2, 0))
      t.ok(Math.abs(norm / design.norm - 1) < 1e-9, `${name}: norm ${norm}, not ${design.norm}`)
      t.ok(Math.abs(fitted.intercept - design.intercept) <= 1e-9 * (1 + Math.abs(design.intercept)), name)
      t.ok(Math.abs(r2(y, fitted.predict(toRowBlock(x))) - design.r2) < 1e-9, name)
    }
  })
}
