// The rows of a node divided among its children, in WebAssembly.
import { routine } from '../wasm/routine.ts'
import { I32 } from '../wasm/values.ts'

/** See `divide` of BoostingKernel. */
export const divide = routine(
  'divide',
  { rows: I32, rowsEnd: I32, codes: I32, goesLeft: I32, lefts: I32, rights: I32 },
  I32,
  (w, { rows, rowsEnd, codes, goesLeft, lefts, rights }) => {
    w.each(rows, rowsEnd, 4, () => {
      const row = w.keep(I32.load(rows))
      const leftBytes = w.keep(I32.loadU8(I32.loadU8(row.plus(codes)).plus(goesLeft)).shiftLeft(2))
      w.store(lefts, row)
      w.store(rights, row)
      w.add(lefts, leftBytes)
      w.set(rights, rights.plus(4).minus(leftBytes))
    })
    return lefts
  },
)
