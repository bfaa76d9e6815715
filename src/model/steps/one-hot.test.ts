// Sparse columns of many rows: what bounds them is the values that they have, not those that they could have.
import t from 'tap'
import { SPARSE_VALUES_MAX } from '../../learning/sparse.ts'
import { oneHot } from './one-hot.ts'
import { type Frame, stepContext } from './step.ts'

const COLUMNS = 300
const ROWS = Math.ceil(SPARSE_VALUES_MAX / COLUMNS) + 1

/** Columns of two categories, all with the same codes. */
function frameOf(codes: Float64Array): Frame {
  const columns = Array.from({ length: COLUMNS }, () => codes)
  const columnNames = columns.map((_, j) => `c${j}`)
  return { rowCount: codes.length, columns, columnNames, categoryCounts: columns.map(() => 2) }
}

t.test('columns that are missing in nearly all rows may have any number of these', async (t) => {
  const codes = new Float64Array(ROWS).fill(Number.NaN)
  codes[7] = 1
  const frame = frameOf(codes)
  const { sparse } = oneHot()
    .fit(frame, stepContext({ takesSparse: true }))
    .transform(frame)
  t.equal(sparse?.columnCount, 2 * COLUMNS)
  t.same([...(sparse?.starts.subarray(6, 10) ?? [])], [0, 0, COLUMNS, COLUMNS])
  t.same(
    [...(sparse?.columns ?? [])],
    Array.from({ length: COLUMNS }, (_, j) => 2 * j + 1),
  )
  t.ok(sparse?.values.every((value) => value === 1))
  t.equal(sparse?.columns.buffer.byteLength, 4 * COLUMNS, 'nothing is kept for those that are missing')
})

t.test('more values than sparse columns hold are refused before anything is made for them', async (t) => {
  const frame = frameOf(new Float64Array(ROWS))
  const fitted = oneHot().fit(frame, stepContext({ takesSparse: true }))
  t.throws(() => fitted.transform(frame), {
    name: 'DataError',
    message: `sparse columns hold at most ${SPARSE_VALUES_MAX} values other than 0, these have ${COLUMNS * ROWS}`,
  })
})
