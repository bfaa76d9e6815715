// Typed values: expressions of WebAssembly that know their type, and so their instructions.
import { type Code, constantF64, constantI32, constantI64, F32, F64, I32, I64, SELECT, V128 } from './instructions.ts'
import { unsigned } from './integers.ts'

/** The opcodes of one operation by type; 0 where there is none. */
type Opcodes = readonly [i32: number, i64: number, f64: number, f64x2?: number, f32?: number]

const COLUMNS: readonly number[] = [I32, I64, F64, V128, F32]

/** Code in parts, which are put one behind the other at last: long expressions are not copied again and again. */
export type Parts = readonly (number | Parts)[]

/** Something of one type that instructions leave on the stack. A number stands for a constant of the other's type. */
export class Value {
  readonly type: number
  readonly code: Parts

  constructor(type: number, code: Parts) {
    this.type = type
    this.code = code
  }

  plus(other: Operand): Value {
    return this.with(other, [0x6a, 0x7c, 0xa0, 0xf0])
  }
  minus(other: Operand): Value {
    return this.with(other, [0x6b, 0x7d, 0xa1, 0xf1])
  }
  times(other: Operand): Value {
    return this.with(other, [0x6c, 0x7e, 0xa2, 0xf2])
  }
  /** Integers: unsigned, rounded down. */
  over(other: Operand): Value {
    return this.with(other, [0x6e, 0x80, 0xa3, 0xf3])
  }
  and(other: Operand): Value {
    return this.with(other, [0x71, 0x83, 0, 0x4e])
  }
  or(other: Operand): Value {
    return this.with(other, [0x72, 0x84, 0, 0x50])
  }
  xor(other: Operand): Value {
    return this.with(other, [0x73, 0x85, 0, 0x51])
  }
  shiftLeft(other: Operand): Value {
    return this.with(other, [0x74, 0x86, 0])
  }
  /** Zeros come in from above. */
  shiftRight(other: Operand): Value {
    return this.with(other, [0x76, 0x88, 0])
  }
  rotateLeft(other: Operand): Value {
    return this.with(other, [0x77, 0x89, 0])
  }
  /** Comparisons give the int32 1 or 0, of vectors masks; integers are signed. */
  equals(other: Operand): Value {
    return this.with(other, [0x46, 0x51, 0x61, 0x47, 0x5b], I32)
  }
  differs(other: Operand): Value {
    return this.with(other, [0x47, 0x52, 0x62, 0x48, 0x5c], I32)
  }
  isBelow(other: Operand): Value {
    return this.with(other, [0x48, 0x53, 0x63, 0x49, 0x5d], I32)
  }
  isAbove(other: Operand): Value {
    return this.with(other, [0x4a, 0x55, 0x64, 0x4a, 0x5e], I32)
  }
  isAtMost(other: Operand): Value {
    return this.with(other, [0x4c, 0x57, 0x65, 0x4b, 0x5f], I32)
  }
  isAtLeast(other: Operand): Value {
    return this.with(other, [0x4e, 0x59, 0x66, 0x4c, 0x60], I32)
  }
  /** Vectors: `other` where it is below this, else this. */
  lower(other: Value): Value {
    return this.with(other, [0, 0, 0, 0xf6])
  }
  higher(other: Value): Value {
    return this.with(other, [0, 0, 0, 0xf7])
  }
  /** int32 and int64: 1 where it is 0, else 0. */
  isZero(): Value {
    return new Value(I32, [this.code, this.type === I64 ? 0x50 : 0x45])
  }
  trailingZeros(): Value {
    return new Value(this.type, [this.code, this.type === I64 ? 0x7a : 0x68])
  }
  /** From int32, unsigned. */
  asI64(): Value {
    return new Value(I64, [this.code, 0xad])
  }
  /** From int64: its lower half. */
  asI32(): Value {
    return new Value(I32, [this.code, 0xa7])
  }
  /** From int32, signed. */
  asF64(): Value {
    return new Value(F64, [this.code, 0xb7])
  }
  /** From int32, unsigned. */
  asUnsignedF64(): Value {
    return new Value(F64, [this.code, 0xb8])
  }
  /** The nearest float32, as a float64. */
  rounded(): Value {
    return new Value(F64, [this.code, 0xb6, 0xbb])
  }
  /** The bits of a float64 as an int64, and back. */
  bits(): Value {
    return new Value(I64, [this.code, 0xbd])
  }
  asBitsOfF64(): Value {
    return new Value(F64, [this.code, 0xbf])
  }
  /** From float64, towards 0, as an int32. */
  truncated(): Value {
    return new Value(I32, [this.code, 0xfc, 0x02])
  }
  /** From float32. */
  promoted(): Value {
    return new Value(F64, [this.code, 0xbb])
  }
  /** Two times the float64. */
  splat(): Value {
    return new Value(V128, [this.code, 0xfd, 0x14])
  }
  lane(index: 0 | 1): Value {
    return new Value(F64, [this.code, 0xfd, 0x21, index])
  }
  /** All bits turned round. */
  not(): Value {
    return new Value(V128, [this.code, 0xfd, 0x4d])
  }
  /** This where the condition holds, else the other; both are computed. */
  where(condition: Value, other: Operand): Value {
    const otherwise = toValue(other, this.type)
    return new Value(this.type, [this.code, otherwise.code, condition.code, SELECT])
  }

  private with(other: Operand, opcodes: Opcodes, result = this.type): Value {
    const { type } = this
    const opcode = opcodes[COLUMNS.indexOf(type)]
    if (!opcode) throw new TypeError('the values of this type have no such operation')
    const code = type === V128 ? [0xfd, ...unsigned(opcode)] : [opcode]
    return new Value(type === V128 ? V128 : result, [this.code, toValue(other, type).code, code])
  }
}

export type Operand = Value | number

export class Local extends Value {
  readonly index: number

  constructor(type: number, index: number) {
    super(type, [0x20, ...unsigned(index)])
    this.index = index
  }
}

export const int = (value: number): Value => new Value(I32, constantI32(value))
export const float = (value: number): Value => new Value(F64, constantF64(value))

/** A value `offset` bytes behind an address in memory 0 or 1. */
const loaded =
  (type: number, opcode: Code, alignment: number) =>
  (address: Value, offset = 0, memory = 0): Value =>
    new Value(type, [address.code, opcode, place(alignment, offset, memory)])

export const loadI32 = loaded(I32, [0x28], 2)
export const loadI64 = loaded(I64, [0x29], 3)
export const loadF64 = loaded(F64, [0x2b], 3)
export const loadU8 = loaded(I32, [0x2d], 0)
export const loadU16 = loaded(I32, [0x2f], 1)
export const loadV128 = loaded(V128, [0xfd, 0x00], 3)
export const loadF32 = loaded(F32, [0x2a], 2)

/** A call of a routine of the module, by its place there, that gives a value. */
export function callOf(type: number, routine: number, ...given: readonly Value[]): Value {
  return new Value(type, [given.map((value) => value.code), 0x10, unsigned(routine)])
}

/** alignment: a hint, as a power of two. */
export function place(alignment: number, offset: number, memory: number): Code {
  const bytes = unsigned(offset)
  return memory === 0 ? [alignment, ...bytes] : [alignment | 0x40, ...unsigned(memory), ...bytes]
}

/** The operand itself, or the constant of the type. */
export function toValue(value: Operand, type: number): Value {
  if (value instanceof Value) {
    if (value.type !== type) throw new TypeError('a value of another type was expected')
    return value
  }
  if (type === I64) return new Value(I64, constantI64(value))
  return type === F64 ? float(value) : int(value)
}
