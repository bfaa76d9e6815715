// The product of a block of columns with itself in WebAssembly: the hot loop of least squares, lasso and the logistic
// Hessian.
import { assembleModule, type Routine } from '../wasm/assemble-module.ts'
import {
  advance,
  branchIf,
  type Code,
  constantI32,
  END,
  F64,
  f64,
  f64x2,
  get,
  I32,
  i32,
  LOOP,
  load,
  set,
  store,
  tee,
  V128,
  v128,
  whileBelow,
} from '../wasm/instructions.ts'
import { compile } from '../wasm/web-assembly.ts'

/** Addresses, and sizes in bytes. */
export interface GramRoutines {
  /** Values from `from` to `end`, a multiple of 16 bytes, become (value − offset) · scale. */
  standardize(from: number, end: number, offset: number, scale: number): void
  /**
   * gram += blockᵀ · block, on and above the diagonal, and within the tiles of 2 × 4 that it crosses. Columns of the
   * block
   * lie `stride` apart, of which rowBytes, a multiple of 16 above 0, count; `width` of them, a multiple of 4 above 0.
   */
  addGram(block: number, stride: number, rowBytes: number, gram: number, width: number): void
}

const STANDARDIZE: Routine = {
  name: 'standardize',
  parameters: [I32, I32, F64, F64],
  results: [],
  locals: [],
  code: whileBelow(
    0,
    1,
    [...get(0), ...get(0), ...load.v128(), ...get(2), ...f64x2.splat, ...f64x2.sub],
    [...get(3), ...f64x2.splat, ...f64x2.mul, ...store.v128()],
    advance(0, 16),
  ),
}

/** Tiles of 2 × 4 sums stay in registers: 6 loads for 8 products. */
const ADD_GRAM = ((): Routine => {
  const [BLOCK, STRIDE, ROW_BYTES, GRAM, WIDTH] = [0, 1, 2, 3, 4]
  const [I, J, ROW, OUT, A, B, SUM, LEFT, VALUE] = [5, 6, 7, 8, 9, 11, 15, 23, 25]
  const four = [0, 1, 2, 3]
  const two = [0, 1]
  const column = (j: number): Code => [...get(BLOCK), ...get(j), ...get(STRIDE), i32.mul, i32.add]
  const next = (from: number): Code => [...get(from), ...get(STRIDE), i32.add, ...set(from + 1)]
  const loadRow = (at: number): Code => [...get(at), ...get(ROW), i32.add, ...load.v128()]
  const addTile: Code = [
    ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((k) => [...v128.zero, ...set(SUM + k)]),
    ...[...constantI32(0), ...set(ROW)],
    ...LOOP,
    ...two.flatMap((i) => [...loadRow(A + i), ...set(LEFT + i)]),
    ...four.flatMap((j) => [
      ...[...loadRow(B + j), ...set(VALUE)],
      ...two.flatMap((i) => {
        const sum = SUM + 4 * i + j
        return [...get(sum), ...get(LEFT + i), ...get(VALUE), ...f64x2.mul, ...f64x2.add, ...set(sum)]
      }),
    ]),
    ...[...get(ROW), ...constantI32(16), i32.add, ...tee(ROW), ...get(ROW_BYTES), i32.less, ...branchIf(0), END],
    ...two.flatMap((i) => [
      ...four.flatMap((j) => {
        const sum = SUM + 4 * i + j
        return [
          ...[...get(OUT), ...get(OUT), ...load.f64(8 * j), ...get(sum), ...f64x2.lane(0), ...get(sum)],
          ...[...f64x2.lane(1), f64.add, f64.add, ...store.f64(8 * j)],
        ]
      }),
      ...[
        ...get(OUT),
        ...get(WIDTH),
        ...constantI32(3),
        i32.shiftLeft,
        ...(i === 0 ? [i32.add] : [i32.sub]),
        ...set(OUT),
      ],
    ]),
  ]
  return {
    name: 'addGram',
    parameters: [I32, I32, I32, I32, I32],
    results: [],
    locals: [
      [10, I32],
      [11, V128],
    ],
    code: whileBelow(
      I,
      WIDTH,
      [...column(I), ...set(A), ...next(A), ...get(I), ...constantI32(-4), i32.and, ...tee(J)],
      [
        ...get(I),
        ...get(WIDTH),
        i32.mul,
        i32.add,
        ...constantI32(3),
        i32.shiftLeft,
        ...get(GRAM),
        i32.add,
        ...set(OUT),
      ],
      whileBelow(
        J,
        WIDTH,
        [...column(J), ...set(B), ...next(B), ...next(B + 1), ...next(B + 2)],
        ...[addTile, advance(OUT, 32), advance(J, 4)],
      ),
      advance(I, 2),
    ),
  }
})()

/** Imports env.memory and exports GramRoutines. */
export const GRAM_MODULE = compile(
  assembleModule({
    memory: { name: 'memory', isShared: false },
    routines: [STANDARDIZE, ADD_GRAM],
  }),
)
