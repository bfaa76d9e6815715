// Sums of bins in WebAssembly: rows are added, histograms subtracted, and exact sums made float64.
import {
  advance,
  type Code,
  constantF64,
  constantI32,
  constantI64,
  f64,
  f64x2,
  get,
  i32,
  i64,
  i64x2,
  load,
  set,
  store,
  tee,
  whileBelow,
} from '../wasm/instructions.ts'
import { exactUnits, type KernelShape, UNROLLED_WORDS_MAX, wordCountOf } from './kernel-shape.ts'

export function addRows({ columnCount, slots, form }: KernelShape): Code {
  const [PAIRS, PAIRS_END, BINS, SUMS, COUNTS] = [0, 1, 2, 3, 4]
  const [WORD, ADDRESS, WORDS_END, SUMS_OF_WORD, COUNTS_OF_WORD, PAIR] = [5, 6, 7, 8, 9, 10]
  const add = form === 'exact' ? i64x2.add : f64x2.add
  /** The bin in byte b of WORD times 2^shift. */
  const binTimes = (b: number, shift: number): Code => [
    ...(b === 0
      ? [...get(WORD), ...constantI32(shift), i32.shiftLeft]
      : [...get(WORD), ...constantI32(8 * b - shift), i32.shiftRight]),
    ...[...constantI32(255 << shift), i32.and],
  ]
  /** Adds the pair to the bin in byte b of WORD, of the column that is `column` columns behind the addresses. */
  const addToBin = (b: number, column: number, sums: number, counts: number): Code => [
    ...[...binTimes(b, 4), ...get(sums), i32.add, ...tee(ADDRESS)],
    ...[...get(ADDRESS), ...load.v128(16 * slots * column), ...get(PAIR), ...add, ...store.v128(16 * slots * column)],
    ...(form === 'counted'
      ? [
          ...[...binTimes(b, 2), ...get(counts), i32.add, ...tee(ADDRESS)],
          ...[...get(ADDRESS), ...load.i32(4 * slots * column), ...constantI32(1), i32.add],
          ...store.i32(4 * slots * column),
        ]
      : []),
  ]
  const bytesOf = (word: number): number[] => [0, 1, 2, 3].filter((b) => 4 * word + b < columnCount)
  const wordCount = wordCountOf(columnCount)
  const loadWord = (base: number): Code => [...get(BINS), ...load.i32(base), ...set(WORD)]
  const rowBytes = 4 * wordCount
  const fullBytes = 4 * (columnCount >> 2)
  const columns: Code[] =
    wordCount <= UNROLLED_WORDS_MAX
      ? [
          ...[...Array(wordCount).keys()].flatMap((word) => [
            loadWord(4 * word),
            ...bytesOf(word).map((b) => addToBin(b, 4 * word + b, SUMS, COUNTS)),
          ]),
          advance(BINS, rowBytes),
        ]
      : [
          [...get(SUMS), ...set(SUMS_OF_WORD), ...get(COUNTS), ...set(COUNTS_OF_WORD)],
          [...get(BINS), ...constantI32(fullBytes), i32.add, ...set(WORDS_END)],
          whileBelow(
            BINS,
            WORDS_END,
            loadWord(0),
            ...[0, 1, 2, 3].map((b) => addToBin(b, b, SUMS_OF_WORD, COUNTS_OF_WORD)),
            advance(BINS, 4),
            advance(SUMS_OF_WORD, 64 * slots),
            advance(COUNTS_OF_WORD, 16 * slots),
          ),
          ...(rowBytes > fullBytes
            ? [
                loadWord(0),
                ...bytesOf(wordCount - 1).map((b) => addToBin(b, b, SUMS_OF_WORD, COUNTS_OF_WORD)),
                advance(BINS, 4),
              ]
            : []),
        ]
  return whileBelow(PAIRS, PAIRS_END, [...get(PAIRS), ...load.v128(), ...set(PAIR)], ...columns, advance(PAIRS, 16))
}

export function subtractVectors(subtract: Code): Code {
  const [PARENT, PARENT_END, CHILD] = [0, 1, 2]
  return whileBelow(
    PARENT,
    PARENT_END,
    [...get(PARENT), ...get(PARENT), ...load.v128(), ...get(CHILD), ...load.v128(), ...subtract, ...store.v128()],
    advance(PARENT, 16),
    advance(CHILD, 16),
  )
}

export function expand(shape: KernelShape): Code {
  const { gradientBits, hessianBits, countShift } = exactUnits(shape)
  const [FROM, FROM_END, SUMS, COUNTS] = [0, 1, 2, 3]
  const second: Code = [...get(FROM), ...load.i64(8)]
  const mask: Code = [...oneRow(shape), ...constantI64(-1), i64.add]
  return whileBelow(
    FROM,
    FROM_END,
    [...get(SUMS), ...get(FROM), ...load.i64(), i64.asDouble, ...constantF64(2 ** -gradientBits), f64.mul],
    [...store.f64()],
    [...get(SUMS), ...second, ...mask, i64.and, i64.asDouble, ...constantF64(2 ** -hessianBits), f64.mul],
    [...store.f64(8)],
    [...get(COUNTS), ...second, ...constantI64(countShift), i64.shiftRight, i64.low, ...store.i32()],
    advance(FROM, 16),
    advance(SUMS, 16),
    advance(COUNTS, 4),
  )
}

/** A count of 1 above the hessian. */
function oneRow(shape: KernelShape): Code {
  return [...constantI64(1), ...constantI64(exactUnits(shape).countShift), i64.shiftLeft]
}
