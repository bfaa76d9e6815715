// The instructions of WebAssembly that the kernels of src/learning are written in, as bytes.
// https://webassembly.github.io/spec/core/binary/instructions.html
import { signed, unsigned } from './integers.ts'

export type Code = readonly number[]

/** Types of values. */
export const [I32, I64, F32, F64, V128] = [0x7f, 0x7e, 0x7d, 0x7c, 0x7b] as const

export const END = 0x0b
export const LOOP = [0x03, 0x40] as const
export const BLOCK = [0x02, 0x40] as const
export const IF = [0x04, 0x40] as const
export const ELSE = 0x05
export const SELECT = 0x1b
/** Leaves the `depth`-th block outwards, or begins the loop there again; `branchIf` takes a condition. */
export const branch = (depth: number): Code => [0x0c, depth]
export const branchIf = (depth: number): Code => [0x0d, depth]

export const get = (local: number): Code => [0x20, local]
export const set = (local: number): Code => [0x21, local]
export const tee = (local: number): Code => [0x22, local]

/** Integers are unsigned where that matters, but for `aboveSigned`. */
export const i32 = {
  isZero: 0x45,
  trailingZeros: 0x68,
  equal: 0x46,
  differ: 0x47,
  less: 0x49,
  aboveSigned: 0x4a,
  notLess: 0x4f,
  add: 0x6a,
  sub: 0x6b,
  mul: 0x6c,
  divide: 0x6e,
  and: 0x71,
  or: 0x72,
  shiftLeft: 0x74,
  shiftRight: 0x76,
}
/** asDouble, asUnsignedDouble: rounded to 53 bits. low: an int32. */
export const i64 = {
  add: 0x7c,
  and: 0x83,
  shiftLeft: 0x86,
  shiftRight: 0x88,
  low: 0xa7,
  asDouble: 0xb9,
  asUnsignedDouble: 0xba,
}
export const f64 = {
  equal: 0x61,
  differ: 0x62,
  less: 0x63,
  greater: 0x64,
  atMost: 0x65,
  abs: 0x99,
  sqrt: 0x9f,
  add: 0xa0,
  sub: 0xa1,
  mul: 0xa2,
  div: 0xa3,
  min: 0xa4,
  max: 0xa5,
  /** Towards zero; it must fit. */
  toI32: 0xaa,
}
/**
 * Two float64. `lane` takes one out; `replaceLane` puts one in. lesserOf: of a and b, b where b < a, else a;
 * greaterOf: b where a < b, else a. So a NaN in b is passed over.
 */
export const f64x2 = {
  splat: simd(0x14),
  lane: (index: number): Code => simd(0x21, index),
  replaceLane: (index: number): Code => simd(0x22, index),
  add: simd(0xf0),
  sub: simd(0xf1),
  mul: simd(0xf2),
  div: simd(0xf3),
  max: simd(0xf5),
  abs: simd(0xec),
  negate: simd(0xed),
  differ: simd(0x48),
  greater: simd(0x4a),
  lesserOf: simd(0xf6),
  greaterOf: simd(0xf7),
  /** To whole numbers. */
  nearest: simd(0x94),
  /** Of the first two of four float32; and back, two zeros behind them. */
  promote: simd(0x5f),
  demote: simd(0x5e),
  /** Of two pairs, the first of each, or the second. */
  firsts: simd(0x0d, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
  seconds: simd(0x0d, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31),
  /** Of the first two of four int32. */
  ofI32: simd(0xfe),
}
/** Two int64, or four int32. */
export const i64x2 = { shiftLeft: simd(0xcb), add: simd(0xce), sub: simd(0xd1) }
/** choose: of a, b and a mask, a where all its bits are set, b where none is. */
export const i32x4 = { splat: simd(0x11), differ: simd(0x38), add: simd(0xae), sub: simd(0xb1), choose: simd(0x10b) }
/**
 * Four float32. relaxedMultiplyAdd: a · b + c, relaxedNegatedMultiplyAdd: c − a · b, rounded once or twice as the machine
 * likes. min and max: of numbers; which operand is given for NaN depends on their order.
 */
export const f32x4 = {
  splat: simd(0x13),
  less: simd(0x43),
  atMost: simd(0x45),
  abs: simd(0xe0),
  add: simd(0xe4),
  sub: simd(0xe5),
  mul: simd(0xe6),
  min: simd(0xea),
  max: simd(0xeb),
  relaxedMultiplyAdd: simd(0x105),
  relaxedNegatedMultiplyAdd: simd(0x106),
}
/** All 128 bits. `bitmask` gathers the highest bits of the four int32. */
export const v128 = {
  zero: simd(0x0c, ...new Array<number>(16).fill(0)),
  constantF64: (a: number, b: number): Code => simd(0x0c, ...new Uint8Array(Float64Array.of(a, b).buffer)),
  constantI64: (a: bigint, b: bigint): Code => simd(0x0c, ...new Uint8Array(BigInt64Array.of(a, b).buffer)),
  or: simd(0x50),
  /** Of a, b and a mask: bits of a where the mask has 1, else of b. */
  select: simd(0x52),
  isAnySet: simd(0x53),
  bitmask: simd(0xa4),
}

export const constantI32 = (value: number): Code => [0x41, ...signed(value | 0)]
/** For int64: a number that an int32 can be. */
export const constantI64 = (value: number): Code => [0x42, ...signed(value | 0)]
export const constantF32 = (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)]
export const constantF64 = (value: number): Code => [0x44, ...new Uint8Array(Float64Array.of(value).buffer)]

/**
 * Loads and stores at the address on the stack plus `base` bytes, in memory 0 if not said otherwise. Vectors are said
 * to lie on multiples of 16 bytes if not of 8: a hint, which may be wrong. A float32 is loaded to, and stored from,
 * a float64 on the stack; splatF32 puts one in all four places, splatF64 a float64 in both.
 */
export const load = {
  i32: (base = 0, memory = 0): Code => [0x28, ...place(2, base, memory)],
  /** One byte, as an int32 from 0 to 255. */
  u8: (base = 0): Code => [0x2d, ...place(0, base)],
  i64: (base = 0): Code => [0x29, ...place(3, base)],
  f32: (base = 0): Code => [0x2a, ...place(2, base), 0xbb],
  f64: (base = 0, memory = 0): Code => [0x2b, ...place(3, base, memory)],
  v128: (base = 0, alignment: 8 | 16 = 16, memory = 0): Code =>
    simd(0x00, ...place(alignment === 16 ? 4 : 3, base, memory)),
  /** 8 bytes, and 0 in the other 8. */
  half: (base = 0, memory = 0): Code => simd(0x5d, ...place(3, base, memory)),
  splatF32: (base = 0, memory = 0): Code => simd(0x09, ...place(2, base, memory)),
  splatF64: (base = 0): Code => simd(0x0a, ...place(3, base)),
}
export const store = {
  i32: (base = 0, memory = 0): Code => [0x36, ...place(2, base, memory)],
  i64: (base = 0): Code => [0x37, ...place(3, base)],
  f32: (base = 0, memory = 0): Code => [0xb6, 0x38, ...place(2, base, memory)],
  f64: (base = 0, memory = 0): Code => [0x39, ...place(3, base, memory)],
  v128: (base = 0): Code => simd(0x0b, ...place(4, base)),
  /** The first 8 bytes of a vector. */
  half: (base = 0): Code => simd(0x5b, ...place(3, base), 0),
}

/** Calls the module's routine of that place among its routines; arguments are on the stack. */
export const call = (routine: number): Code => [0x10, ...unsigned(routine)]
/** A float64 on the stack as a float32. */
export const demoteF64 = 0xb6

/** Sets bytes, or copies them: address, value or source, and number of bytes are on the stack. */
export const fillBytes: Code = [0xfc, 0x0b, 0]
/** The same in memory 1. */
export const fillScratch: Code = [0xfc, 0x0b, 1]
export const copyBytes: Code = [0xfc, 0x0a, 0, 0]

/** Runs the code while local a is below local b. */
export const whileBelow = (a: number, b: number, ...code: readonly Code[]): Code => [
  ...[...BLOCK, ...LOOP],
  ...[...get(a), ...get(b), i32.notLess, ...branchIf(1)],
  ...code.flat(),
  ...[...branch(0), END, END],
]

/** Adds to a local. */
export const advance = (local: number, by: number): Code => [
  ...[...get(local), ...constantI32(by), i32.add, ...set(local)],
]

function simd(opcode: number, ...rest: readonly number[]): Code {
  return [0xfd, ...unsigned(opcode), ...rest]
}

/** alignment: as a power of two. */
function place(alignment: number, base: number, memory = 0): Code {
  return memory === 0 ? [alignment, ...unsigned(base)] : [alignment | 0x40, ...unsigned(memory), ...unsigned(base)]
}
