// The rows of a node divided among its children, in WebAssembly.
import { advance, type Code, constantI32, get, i32, load, set, store, tee, whileBelow } from '../wasm/instructions.ts'

export function divide(): Code {
  const [ROWS, ROWS_END, CODES, GOES_LEFT, LEFTS, RIGHTS] = [0, 1, 2, 3, 4, 5]
  const [ROW, LEFT] = [6, 7]
  return [
    ...whileBelow(
      ROWS,
      ROWS_END,
      [...get(ROWS), ...load.i32(), ...tee(ROW), ...get(CODES), i32.add, ...load.u8()],
      [...get(GOES_LEFT), i32.add, ...load.u8(), ...constantI32(2), i32.shiftLeft, ...set(LEFT)],
      [...get(LEFTS), ...get(ROW), ...store.i32(), ...get(RIGHTS), ...get(ROW), ...store.i32()],
      [...get(LEFTS), ...get(LEFT), i32.add, ...set(LEFTS)],
      [...get(RIGHTS), ...constantI32(4), i32.add, ...get(LEFT), i32.sub, ...set(RIGHTS)],
      advance(ROWS, 4),
    ),
    ...get(LEFTS),
  ]
}
