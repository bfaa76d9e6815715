// Rows that change their cluster, in WebAssembly.
import { routine } from '../wasm/routine.ts'
import { F64, I32, type Local } from '../wasm/values.ts'
import { NO_LABEL, UNDECIDED } from './row-routines.ts'
import { addRow } from './vector-routines.ts'

const PARAMETERS = {
  ...{ changes: I32, end: I32, rowCount: I32, labels: I32, rows: I32, rowBytes: I32, moves: I32, sums: I32 },
  ...{ sumsBytes: I32, counts: I32, weightSums: I32, weights: I32, weightBytes: I32 },
} as const

/** See RowFunctions. */
export const moveRows = routine('moveRows', PARAMETERS, I32, (w, given) => {
  const { changes, end, rowCount, labels, rows, rowBytes, moves, sums, sumsBytes, counts } = given
  const { weightSums, weights, weightBytes } = given
  const undecideds = w.keep(changes)
  const isAnyDecided = w.declare(I32)
  const row = w.declare(I32)
  /** Adds the row, times `factor`, to the sums of a cluster, which keep what rounding takes from them. */
  const addTo = (cluster: Local<I32>, factor: Local<F64>, one: 1 | -1): void => {
    w.call(addRow, {
      row: rows.plus(row.times(rowBytes)),
      sums: sums.plus(cluster.times(sumsBytes)),
      bytes: sumsBytes.shiftRight(1),
      factor,
    })
    const count = w.keep(counts.plus(cluster.shiftLeft(2)))
    w.store(count, I32.load(count).plus(one))
    const sum = w.keep(weightSums.plus(cluster.shiftLeft(4)))
    const before = w.keep(F64.load(sum))
    const after = w.keep(before.plus(factor))
    w.store(sum, after)
    const added = w.keep(after.minus(before))
    const lost = before.minus(after.minus(added)).plus(factor.minus(added))
    w.store(sum, F64.load(sum, 8).plus(lost), 8)
  }
  w.each(changes, end, 8, () => {
    w.set(row, I32.load(changes))
    const former = w.keep(I32.load(changes, 4))
    w.block((next) => {
      // Rows that only fill up the last tile.
      w.branch(next, row.isAtLeastUnsigned(rowCount))
      const labelAt = w.keep(labels.plus(row.shiftLeft(2)))
      const label = w.keep(I32.load(labelAt))
      w.if(label.equals(UNDECIDED), () => {
        w.store(labelAt, former)
        w.store(undecideds, row)
        w.add(undecideds, 4)
        w.branch(next)
      })
      w.set(isAnyDecided, 1)
      w.branch(next, moves.isZero())
      const weight = w.keep(F64.load(weights.plus(row.times(weightBytes))))
      addTo(label, weight, 1)
      w.branch(next, former.equals(NO_LABEL))
      w.set(weight, F64.of(0).minus(weight))
      addTo(former, weight, -1)
    })
  })
  return undecideds.plus(isAnyDecided)
})
