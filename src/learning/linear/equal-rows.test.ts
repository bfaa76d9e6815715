// Merged rows against those that they come of.
import t from 'tap'
import { fitContext } from '../fit-context.ts'
import { type Matrix, numericMatrix } from '../matrix.ts'
import { Random } from '../random.ts'
import { type SparseRows, SparseWriter } from '../sparse.ts'
import { mergeByClass } from './equal-rows.ts'
import { LogisticRegression } from './logistic-regression.ts'
import { splitSparse } from './split-sparse.ts'

const COLUMNS = 40
const ROWS = 5000

/** Rows of up to `perRow` values, drawn from `values`. */
function drawRows(perRow: number, values: readonly number[], rowCount = ROWS): Matrix {
  const random = new Random(perRow)
  const writer = new SparseWriter()
  for (let i = 0; i < rowCount; i++) {
    const columns = new Set(
      Array.from({ length: random.integer(perRow + 1) }, () => random.integer(COLUMNS / perRow ** 2)),
    )
    for (const j of [...columns].sort((a, b) => a - b)) writer.add(j, values[random.integer(values.length)] as number)
    writer.endRow()
  }
  return { ...numericMatrix([], rowCount), sparse: writer.finish(COLUMNS) }
}

function keyOf({ starts, columns, values }: SparseRows, i: number, code: number): string {
  const [from, end] = [starts[i], starts[i + 1]]
  return `${columns.slice(from, end)} ${values.slice(from, end)} ${code}`
}

t.test('equal rows of a class become one of their weight', async (t) => {
  for (const [perRow, values] of [
    [1, [1]],
    [1, [1, 2]],
    [2, [1]],
    [2, [1, -0.5]],
  ] as const) {
    const random = new Random(2)
    const split = splitSparse(drawRows(perRow, values))
    const codes = Int32Array.from({ length: ROWS }, () => random.integer(3))
    for (const weights of [undefined, Float64Array.from({ length: ROWS }, () => random.integer(3))]) {
      const expected = new Map<string, number>()
      codes.forEach((code, i) => {
        const key = keyOf(split.sparse, i, code)
        expected.set(key, (expected.get(key) ?? 0) + (weights?.[i] ?? 1))
      })
      const merged = mergeByClass(split, codes, 3, weights)
      if (merged === undefined) {
        t.fail(`${perRow} values a row were not merged`)
        continue
      }
      const found = Array.from(merged.weights, (weight, i) => [keyOf(merged.split.sparse, i, merged.codes[i]!), weight])
      t.equal(merged.split.rowCount, found.length)
      const present = [...expected].filter(([, weight]) => weight > 0)
      t.same(found.sort(), present.sort(), `${perRow} values of ${values}`)
    }
  }
})

t.test('few rows, rows with numbers and rows that differ stay as they are', async (t) => {
  const codes = new Int32Array(ROWS)
  const one = drawRows(1, [1])
  t.equal(mergeByClass(splitSparse(drawRows(1, [1], 4000)), codes.subarray(0, 4000), 2), undefined)
  const withNumbers = { ...one, columns: [Float64Array.from({ length: ROWS }, (_, i) => i)], categoryCounts: [0] }
  t.equal(mergeByClass(splitSparse(withNumbers), codes, 2), undefined)
  const differing = Array.from({ length: ROWS }, (_, i) => 1 + i)
  t.equal(mergeByClass(splitSparse(drawRows(1, differing)), codes, 2), undefined)
  t.equal(mergeByClass(splitSparse(one), codes, 1000), undefined, 'nor does a class a row help')
})

t.test('a fit on rows that come often is that on each of them with its weight', async (t) => {
  for (const classCount of [2, 3]) {
    const random = new Random(5)
    const x = drawRows(1, [1])
    const split = splitSparse(x)
    const codes = Int32Array.from(
      { length: ROWS },
      (_, i) => (random.integer(2) + (split.sparse.columns[i] as number)) % classCount,
    )
    const merged = mergeByClass(split, codes, classCount)
    if (merged === undefined) throw new Error('not merged')
    const classNames = ['a', 'b', 'c'].slice(0, classCount)
    const estimator = new LogisticRegression({ tol: 1e-9, max_iter: 1000 })
    const often = await estimator.fit(x, { codes, classNames }, fitContext())
    const small: Matrix = { ...numericMatrix([], merged.split.rowCount), sparse: merged.split.sparse }
    const once = await estimator.fit(small, { codes: merged.codes, classNames }, fitContext(), merged.weights)
    t.ok(often.isConverged && once.isConverged)
    often.coefficients.forEach((value, j) => {
      if (Math.abs(value - once.coefficients[j]!) > 1e-7) t.fail(`coefficient ${j}: ${value} ${once.coefficients[j]}`)
    })
    // Against the condition for a minimum itself, on all rows.
    const gradient = new Float64Array(COLUMNS)
    const probabilities = often.predictProbabilities({
      rowCount: ROWS,
      columnCount: 0,
      values: new Float64Array(0),
      sparse: x.sparse!,
    })
    for (let i = 0; i < ROWS; i++) {
      const residual = probabilities[i * classCount + 1]! - (codes[i] === 1 ? 1 : 0)
      for (let k = x.sparse!.starts[i]!; k < x.sparse!.starts[i + 1]!; k++) gradient[x.sparse!.columns[k]!]! += residual
    }
    const line = classCount === 2 ? 0 : COLUMNS
    gradient.forEach((sum, j) => {
      if (Math.abs(sum + often.coefficients[line + j]!) > 1e-4) t.fail(`gradient ${j} of ${classCount} classes: ${sum}`)
    })
  }
})
