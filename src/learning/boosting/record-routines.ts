// Rows' records in WebAssembly: gradients go in, and what the rows of a node add comes out side by side.
import {
  advance,
  type Code,
  constantI32,
  f64x2,
  get,
  i32,
  i64x2,
  load,
  set,
  store,
  v128,
  whileBelow,
} from '../wasm/instructions.ts'
import {
  exactUnits,
  HEAD_BYTES,
  type KernelShape,
  recordBytesOf,
  UNROLLED_WORDS_MAX,
  wordCountOf,
} from './kernel-shape.ts'

/** 3 · 2^51: floats from 2^52 to 2^53 are the whole numbers there. */
const WHOLE = 3 * 2 ** 51

export function setGradients({ columnCount, form }: KernelShape): Code {
  const [RECORDS, RECORDS_END, GRADIENTS, HESSIANS] = [0, 1, 2, 3]
  const copyFloat = (from: number, base: number): Code => [
    ...[...get(RECORDS), ...get(from), ...load.i32(), ...store.i32(base), ...advance(from, 4)],
  ]
  return whileBelow(
    RECORDS,
    RECORDS_END,
    copyFloat(GRADIENTS, 0),
    form === 'pairs' ? [] : copyFloat(HESSIANS, 4),
    advance(RECORDS, recordBytesOf(columnCount)),
  )
}

export function gather(shape: KernelShape): Code {
  const { columnCount, form } = shape
  const [ROWS, ROWS_END, RECORDS, BINS, PAIRS] = [0, 1, 2, 3, 4]
  const [FROM, VECTORS_END] = [5, 6]
  const wordCount = wordCountOf(columnCount)
  const vectors = wordCount >> 2
  const copyVector = (k: number): Code => [
    ...[...get(BINS), ...get(FROM), ...load.v128(HEAD_BYTES + 16 * k, 8), ...store.v128(16 * k)],
  ]
  const copyWord = (k: number): Code => [
    ...[...get(BINS), ...get(FROM), ...load.i32(HEAD_BYTES + 4 * k), ...store.i32(4 * k)],
  ]
  const isUnrolled = wordCount <= UNROLLED_WORDS_MAX
  const rest = [...Array(wordCount & 3).keys()].map((k) => copyWord(isUnrolled ? 4 * vectors + k : k))
  const copyBins: Code[] = isUnrolled
    ? [...[...Array(vectors).keys()].map(copyVector), ...rest, advance(BINS, 4 * wordCount)]
    : [
        [...get(FROM), ...constantI32(16 * vectors), i32.add, ...set(VECTORS_END)],
        whileBelow(FROM, VECTORS_END, copyVector(0), advance(BINS, 16), advance(FROM, 16)),
        ...[...rest, advance(BINS, 4 * (wordCount & 3))],
      ]
  return whileBelow(
    ROWS,
    ROWS_END,
    [...get(ROWS), ...load.i32(), ...constantI32(recordBytesOf(columnCount)), i32.mul],
    [...get(RECORDS), i32.add, ...set(FROM)],
    [...get(PAIRS), ...get(FROM), ...load.half(), ...f64x2.promote],
    [...(form === 'exact' ? toExactUnits(shape) : []), ...store.v128()],
    ...copyBins,
    advance(PAIRS, 16),
    advance(ROWS, 4),
  )
}

/** float64 to int64 by adding so much that the last bit of the float is worth 1; and the row counted. */
function toExactUnits(shape: KernelShape): Code {
  const { gradientBits, hessianBits, countShift } = exactUnits(shape)
  const bits = new BigInt64Array(Float64Array.of(WHOLE).buffer)[0] as bigint
  return [
    ...[...v128.constantF64(2 ** gradientBits, 2 ** hessianBits), ...f64x2.mul],
    ...[...v128.constantF64(WHOLE, WHOLE), ...f64x2.add],
    ...[...v128.constantI64(-bits, 2n ** BigInt(countShift) - bits), ...i64x2.add],
  ]
}
