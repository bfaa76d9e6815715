import t from 'tap'
import { GradientBoostingClassifier } from './boosting/gradient-boosting-classifier.ts'
import { fitContext } from './fit-context.ts'
import { LogisticRegression } from './linear/logistic-regression.ts'
import { splitSparse } from './linear/split-sparse.ts'
import { type Matrix, numericMatrix, toDense, toDenseRows, toRowBlock } from './matrix.ts'
import { ThreadTeam } from './parallel/thread-team.ts'
import { Random } from './random.ts'
import { joinSparse, SparseWriter, sliceSparse, sparseValue, spreadColumn, toSparseColumns } from './sparse.ts'

function drawSparse(rows: number, columns: number, each: number, seed: number) {
  const random = new Random(seed)
  const writer = new SparseWriter()
  for (let i = 0; i < rows; i++) {
    const taken = new Set(Array.from({ length: each }, () => random.integer(columns)))
    for (const j of [...taken].sort((a, b) => a - b)) writer.add(j, 1 + random.uniform())
    writer.endRow()
  }
  return writer.finish(columns)
}

t.test('rows, columns, parts and joins of sparse columns hold the same values', async (t) => {
  const left = drawSparse(50, 20, 4, 1)
  const right = drawSparse(50, 7, 2, 2)
  const both = joinSparse(left, right)
  t.equal(both.columnCount, 27)
  const byColumn = toSparseColumns(both)
  const part = sliceSparse(both, 10, 30)
  const ofPart = toSparseColumns(part)
  const x: Matrix = { ...numericMatrix([Float64Array.from({ length: 50 }, (_, i) => i)]), sparse: both }
  const dense = toDense(x)
  t.equal(dense.columns.length, 28)
  const rows = toDenseRows(toRowBlock(x, 10, 30), 3, 9)
  for (let j = 0; j < 27; j++) {
    const column = spreadColumn(byColumn, j, new Float64Array(50))
    t.same(dense.columns[j + 1], column)
    t.same(spreadColumn(ofPart, j, new Float64Array(20)), column.slice(10, 30), `column ${j} of a part`)
    for (let i = 0; i < 50; i++) {
      const expected = j < 20 ? sparseValue(left, i, j) : sparseValue(right, i, j - 20)
      if (column[i] !== expected || sparseValue(both, i, j) !== expected) t.fail(`row ${i}, column ${j}`)
    }
    for (let i = 0; i < 6; i++) t.equal(rows.values[i * rows.columnCount + j + 1], column[13 + i])
  }
  t.throws(
    () => toDense({ rowCount: 2 ** 16, columns: [], categoryCounts: [], sparse: { ...both, columnCount: 2 ** 12 } }),
    {
      name: 'DataError',
    },
  )
})

t.test(
  'a linear fit reads full sparse columns whole, leaves empty ones out, and names those it cannot sum',
  async (t) => {
    const writer = new SparseWriter()
    for (let i = 0; i < 10; i++) {
      writer.add(0, 5)
      if (i === 3) writer.add(2, 1)
      writer.endRow()
    }
    const sparse = writer.finish(3)
    const split = splitSparse({ ...numericMatrix([new Float64Array(10)]), sparse })
    t.same([...split.denseFeatures], [0, 1])
    t.same(split.dense[1], new Float64Array(10).fill(5))
    t.same([...split.sparseFeatures], [3])
    t.same([...split.sparse.values], [1])
    for (const [value, message] of [
      [Number.NaN, 'column 3 (counted from 0) has missing values, which this method cannot take'],
      [1e200, 'column 3 (counted from 0) has values too large to sum; scale it first'],
    ] as const) {
      const values = sparse.values.map((old, k) => (sparse.columns[k] === 2 ? value : old))
      const x = { ...numericMatrix([new Float64Array(10)]), sparse: { ...sparse, values } }
      t.throws(() => splitSparse(x), { message })
    }
  },
)

t.test('any number of threads fits sparse columns to the same bytes', async (t) => {
  const rowCount = 20_000
  const sparse = drawSparse(rowCount, 700, 90, 3)
  const columns = [Float64Array.from({ length: rowCount }, (_, i) => (i * 7) % 13)]
  const x = { ...numericMatrix(columns), sparse }
  const codes = Int32Array.from({ length: rowCount }, (_, i) => (sparse.values[sparse.starts[i]!]! > 1.5 ? 1 : 0))
  const y = { codes, classNames: ['a', 'b'] }
  const team = new ThreadTeam(2)
  t.teardown(() => team.close())
  for (const make of [
    () => new LogisticRegression({ max_iter: 5 }),
    () => new GradientBoostingClassifier({ max_iter: 2, max_leaf_nodes: 4, random_state: 0 }),
  ]) {
    const alone = await make().fit(x, y, fitContext())
    const together = await make().fit(x, y, fitContext({ team }))
    t.same(together.toState(), alone.toState())
    t.equal(alone.columnCount, 701)
  }
})
