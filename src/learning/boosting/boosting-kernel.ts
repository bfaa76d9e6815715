// The inner loops of growing trees in WebAssembly, put together for one shape of histograms.
import { assembleModule, type Routine } from '../wasm/assemble-module.ts'
import {
  advance,
  type Code,
  constantF64,
  constantI32,
  constantI64,
  copyBytes,
  f64,
  f64x2,
  fillBytes,
  get,
  I32,
  i32,
  i32x4,
  i64,
  i64x2,
  load,
  set,
  store,
  tee,
  V128,
  v128,
  whileBelow,
} from '../wasm/instructions.ts'
import { compile, instantiate, type WasmMemory } from '../wasm/web-assembly.ts'

/**
 * What a bin holds; 16 bytes of sums, and in one case 4 of a count.
 *
 * pairs    gradient and hessian, float64; where every hessian is 1 their sum is the count
 * counted  the same, and an int32 count elsewhere
 * exact    gradient, int64; hessian and above it the count, uint64: in units of exactUnits. One addition does for all
 *          three, which takes two thirds of the time, and no order of adding rounds. For gradients within ±1 and
 *          hessians from 0 to ¼ of at most EXACT_ROWS_MAX rows: then a hessian is rounded by 2^−25 at most, a
 *          gradient by 2^−42.
 */
export type BinForm = 'pairs' | 'counted' | 'exact'

export const EXACT_ROWS_MAX = 2 ** 21 - 1
/** Words of a row (four columns each) that the code is written out for; a loop goes over those of wider rows. */
const UNROLLED_WORDS_MAX = 16
/** A row's gradient and hessian. */
export const HEAD_BYTES = 8
/** 3 · 2^51: floats from 2^52 to 2^53 are the whole numbers there. */
const WHOLE = 3 * 2 ** 51

/** columnCount: columns that the histogram has; slots: bins that each has room for; rowCount: most rows in a bin. */
export interface KernelShape {
  readonly rowCount: number
  readonly columnCount: number
  readonly slots: number
  readonly form: BinForm
}

/** All arguments are byte addresses in the kernel's memory or numbers of bytes; vectors lie on multiples of 16. */
export interface BoostingKernel {
  /** Writes gradients, and hessians if the form has any, into the records of all rows. */
  setGradients(records: number, recordsEnd: number, gradients: number, hessians: number): void
  /**
   * Copies the bins of rows (int32, from `rows` to `rowsEnd`) side by side to `bins`, and what each adds to a
   * histogram to `pairs`, 16 bytes a row. Rows are far apart in deep nodes: a loop as short as this one waits for many
   * of them at once, where the adding loop would wait for one after another.
   */
  gather(rows: number, rowsEnd: number, records: number, bins: number, pairs: number): void
  /** Adds gathered rows to a histogram, in their order. */
  addRows(pairs: number, pairsEnd: number, bins: number, sums: number, counts: number): void
  /** parent − child, written into the parent. */
  subtractSums(parent: number, parentEnd: number, child: number): void
  subtractCounts(parent: number, parentEnd: number, child: number): void
  /** Exact sums as pairs and counts. */
  expand(from: number, fromEnd: number, sums: number, counts: number): void
  fill(address: number, value: number, bytes: number): void
  copy(to: number, from: number, bytes: number): void
  /**
   * Writes the rows whose bin (the byte at codes + row) has a 1 in the 256 bytes at goesLeft to `lefts`, which may be
   * `rows` itself, and the others to `rights`. Returns the end of the lefts. Every row is written to both sides, and one
   * of them moves on: no branch to mispredict.
   */
  divide(rows: number, rowsEnd: number, codes: number, goesLeft: number, lefts: number, rights: number): number
}

/** O(columns of a row), at most some kB of code. TypeScript takes 2.4 times as long: it checks bounds, and adds numbers one by one. */
export function boostingKernel(memory: WasmMemory<SharedArrayBuffer>, shape: KernelShape): BoostingKernel {
  const subtract = shape.form === 'exact' ? i64x2.sub : f64x2.sub
  const routines: Routine[] = [
    { name: 'setGradients', ...only(4), code: setGradients(shape) },
    { name: 'gather', ...only(5, 2), code: gather(shape) },
    { name: 'addRows', ...only(5, 5, 1), code: addRows(shape) },
    { name: 'subtractSums', ...only(3), code: subtractVectors(subtract) },
    { name: 'subtractCounts', ...only(3), code: subtractVectors(i32x4.sub) },
    { name: 'expand', ...only(4), code: expand(shape) },
    { name: 'fill', ...only(3), code: [...get(0), ...get(1), ...get(2), ...fillBytes] },
    { name: 'copy', ...only(3), code: [...get(0), ...get(1), ...get(2), ...copyBytes] },
    { name: 'divide', ...only(6, 2), results: [I32], code: divide() },
  ]
  const module = compile(assembleModule({ memory: { name: 'memory', isShared: true }, routines }))
  return instantiate(module, { memory }) as BoostingKernel
}

/** Types of a routine of int32 parameters, int32 locals and vectors. */
function only(parameters: number, ints = 0, vectors = 0): Omit<Routine, 'name' | 'code'> {
  return {
    parameters: new Array<number>(parameters).fill(I32),
    results: [],
    locals: [
      [ints, I32],
      [vectors, V128],
    ],
  }
}

/** Bits of fractions, and where counts begin: as many as there is room for when all rows meet in one bin. */
function exactUnits({ rowCount }: KernelShape): { gradientBits: number; hessianBits: number; countShift: number } {
  const countBits = 32 - Math.clz32(rowCount)
  return {
    gradientBits: Math.min(50, 63 - countBits),
    hessianBits: Math.min(50, 66 - 2 * countBits),
    countShift: 64 - countBits,
  }
}

/** A count of 1 above the hessian. */
function oneRow(shape: KernelShape): Code {
  return [...constantI64(1), ...constantI64(exactUnits(shape).countShift), i64.shiftLeft]
}

/** Bytes of a row's record: its gradient and hessian, float32, then its bins. Small ones do not lie across cache lines. */
export function recordBytesOf(columnCount: number): number {
  const bytes = HEAD_BYTES + 4 * wordCountOf(columnCount)
  const rounded = 2 ** Math.ceil(Math.log2(bytes))
  return rounded <= 64 && rounded <= 1.3 * bytes ? rounded : bytes
}

function wordCountOf(columnCount: number): number {
  return (columnCount + 3) >> 2
}

function setGradients({ columnCount, form }: KernelShape): Code {
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

function gather(shape: KernelShape): Code {
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

function addRows({ columnCount, slots, form }: KernelShape): Code {
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

function subtractVectors(subtract: Code): Code {
  const [PARENT, PARENT_END, CHILD] = [0, 1, 2]
  return whileBelow(
    PARENT,
    PARENT_END,
    [...get(PARENT), ...get(PARENT), ...load.v128(), ...get(CHILD), ...load.v128(), ...subtract, ...store.v128()],
    advance(PARENT, 16),
    advance(CHILD, 16),
  )
}

function expand(shape: KernelShape): Code {
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

function divide(): Code {
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
