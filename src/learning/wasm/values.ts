// Typed values: expressions of WebAssembly that know their type, and so their instructions. Vectors are in vectors.ts.
import { signed } from './integers.ts'
import { ACCESSES, type Access, addressing, CONTROL, type Code, OPCODES } from './opcodes.ts'

/** What a module is put together of. A routine stands for its index in the code of those that call it. */
export interface AnyRoutine {
  readonly name: string
  readonly parameters: Readonly<Record<string, Type<AnyValue>>>
  readonly result: Type<unknown> | undefined
  /** The byte of each local's type, behind the parameters. */
  readonly locals: Code
  /** Bytes, and between them the routines that stand for their index. Without its end. */
  readonly code: readonly (Code | AnyRoutine)[]
}

/** Code in parts, which are joined at last: long expressions are not copied again and again. */
export type Parts = readonly (number | AnyRoutine | Parts)[]

/** A type of values: one of the classes below. */
export interface Type<V> {
  new (code: Parts, index?: number, isConstant?: boolean): V
  readonly name: string
  readonly byte: number
  readonly opcodes: Readonly<Record<string, Code>>
  readonly accesses: Readonly<Record<string, Access>> & { readonly load: Access; readonly store: Access }
  /** The constant; of a vector, in all lanes. */
  of(value: number): V
  /** Loads a value from the address plus `offset` bytes, 0 or more, in memory 0 or 1. */
  load(address: I32, offset?: number, memory?: number): V
}

/** A value of any type. */
export interface AnyValue {
  readonly type: Type<AnyValue>
  take(): Parts
}

/** A value that stands in a local: it can be read again and again, and set. */
export type Local<V> = V & { readonly index: number }

/**
 * Instructions that leave one value on the stack. They run where the value is used, not where it is written down, so a
 * computed value can be used once: `keep` of the writer puts it into a local. Locals and constants can be used again.
 * Where an operand can be a number, it stands for a constant of the value's type.
 */
export abstract class Value<Self extends Value<Self>> {
  /** The index of the local whose value this is. */
  readonly index: number | undefined
  private readonly isConstant: boolean
  /** Undefined once a computed value is used. */
  private code: Parts | undefined

  constructor(code: Parts, index?: number, isConstant = false) {
    this.index = index
    this.isConstant = isConstant
    this.code = code
  }

  get type(): Type<Self> {
    return this.constructor as unknown as Type<Self>
  }

  /** The instructions, for the place where the value is used. Throws TypeError when a computed value is used again. */
  take(): Parts {
    const { code } = this
    if (code === undefined) throw new TypeError(`a computed ${this.type.name} is used twice: keep it in a local`)
    if (!this.isConstant && this.index === undefined) this.code = undefined
    return code
  }

  plus(other: Self | number): Self {
    return this.with('plus', other)
  }
  minus(other: Self | number): Self {
    return this.with('minus', other)
  }
  times(other: Self | number): Self {
    return this.with('times', other)
  }

  /** An operation of this and another value of the type. */
  protected with(operation: string, other: Self | number): Self {
    return this.withAs(this.type, operation, other)
  }

  /** The same, with a result of another type. */
  protected withAs<V>(type: Type<V>, operation: string, other: Self | number): V {
    return new type([this.take(), this.operand(other), this.opcode(operation)])
  }

  /** An operation of this value alone. */
  protected as<V>(type: Type<V>, operation: string): V {
    return new type([this.take(), this.opcode(operation)])
  }

  protected operand(other: Self | number): Parts {
    return (typeof other === 'number' ? this.type.of(other) : other).take()
  }

  protected opcode(operation: string): Code {
    return this.type.opcodes[operation] as Code
  }
}

abstract class Scalar<Self extends Value<Self>> extends Value<Self> {
  /** This where the condition is not 0, else the other; both are computed. */
  where(condition: I32, other: Self | number): Self {
    return new this.type([this.take(), this.operand(other), condition.take(), CONTROL.select])
  }
  /** Comparisons give 1 or 0; integers are signed. */
  equals(other: Self | number): I32 {
    return this.comparison('equals', other, 'differs')
  }
  differs(other: Self | number): I32 {
    return this.comparison('differs', other, 'equals')
  }
  isBelow(other: Self | number): I32 {
    return this.comparison('isBelow', other, 'isAtLeast')
  }
  isAbove(other: Self | number): I32 {
    return this.comparison('isAbove', other, 'isAtMost')
  }
  isAtMost(other: Self | number): I32 {
    return this.comparison('isAtMost', other, 'isAbove')
  }
  isAtLeast(other: Self | number): I32 {
    return this.comparison('isAtLeast', other, 'isBelow')
  }
  /** negation: the comparison that holds where this one does not, which is so for integers only. */
  protected comparison(operation: string, other: Self | number, _negation: string): I32 {
    return this.withAs(I32, operation, other)
  }
}

abstract class Integer<Self extends Value<Self>> extends Scalar<Self> {
  /** Rounded down. */
  overUnsigned(other: Self | number): Self {
    return this.with('overUnsigned', other)
  }
  and(other: Self | number): Self {
    return this.with('and', other)
  }
  or(other: Self | number): Self {
    return this.with('or', other)
  }
  xor(other: Self | number): Self {
    return this.with('xor', other)
  }
  shiftLeft(other: Self | number): Self {
    return this.with('shiftLeft', other)
  }
  /** Zeros come in from above. */
  shiftRight(other: Self | number): Self {
    return this.with('shiftRight', other)
  }
  rotateLeft(other: Self | number): Self {
    return this.with('rotateLeft', other)
  }
  /** From 0 to 2^bits − 1, as addresses are. */
  isBelowUnsigned(other: Self | number): I32 {
    return this.comparison('isBelowUnsigned', other, 'isAtLeastUnsigned')
  }
  isAtLeastUnsigned(other: Self | number): I32 {
    return this.comparison('isAtLeastUnsigned', other, 'isBelowUnsigned')
  }
  trailingZeros(): Self {
    return this.as(this.type, 'trailingZeros')
  }
  /** 1 where it is 0, else 0. */
  isZero(): I32 {
    return this.as(I32, 'isZero')
  }
  protected override comparison(operation: string, other: Self | number, negation: string): I32 {
    const [a, b] = [this.take(), this.operand(other)]
    return I32.ofComparison([a, b, this.opcode(operation)], [a, b, this.opcode(negation)])
  }
}

/** An int32, an address, or what a comparison gives. */
export class I32 extends Integer<I32> {
  static readonly byte = 0x7f
  static readonly opcodes = OPCODES.I32
  static readonly accesses = ACCESSES.I32
  private negated: Parts | undefined

  /** A constant from −2^31 to 2^32 − 1. */
  static of(value: number): I32 {
    return new I32([OPCODES.I32.constant, signed(value | 0)], undefined, true)
  }
  static load(address: I32, offset = 0, memory = 0): I32 {
    return loaded(I32, ACCESSES.I32.load, address, offset, memory)
  }
  /** A byte, from 0 to 255. */
  static loadU8(address: I32, offset = 0, memory = 0): I32 {
    return loaded(I32, ACCESSES.I32.loadU8, address, offset, memory)
  }
  /** Two bytes, from 0 to 65,535. */
  static loadU16(address: I32, offset = 0, memory = 0): I32 {
    return loaded(I32, ACCESSES.I32.loadU16, address, offset, memory)
  }
  /** negated: the comparison that holds where this one does not. */
  static ofComparison(code: Parts, negated: Parts): I32 {
    const value = new I32(code)
    value.negated = negated
    return value
  }
  override isZero(): I32 {
    return this.negated === undefined ? super.isZero() : I32.ofComparison(this.negated, this.take())
  }
  /** Unsigned. */
  asI64(): I64 {
    return this.as(I64, 'asI64')
  }
  /** Signed. */
  asF64(): F64 {
    return this.as(F64, 'asF64')
  }
  asUnsignedF64(): F64 {
    return this.as(F64, 'asUnsignedF64')
  }
}

export class I64 extends Integer<I64> {
  static readonly byte = 0x7e
  static readonly opcodes = OPCODES.I64
  static readonly accesses = ACCESSES.I64

  /** A constant that fits an int32. */
  static of(value: number): I64 {
    return new I64([OPCODES.I64.constant, signed(value | 0)], undefined, true)
  }
  static load(address: I32, offset = 0, memory = 0): I64 {
    return loaded(I64, ACCESSES.I64.load, address, offset, memory)
  }
  /** The lower half. */
  asI32(): I32 {
    return this.as(I32, 'asI32')
  }
  /** Signed; rounded to 53 bits. */
  asF64(): F64 {
    return this.as(F64, 'asF64')
  }
  asBitsOfF64(): F64 {
    return this.as(F64, 'asBitsOfF64')
  }
}

/** For memory and arguments; most computing is done in F64 or F32x4. */
export class F32 extends Value<F32> {
  static readonly byte = 0x7d
  static readonly opcodes = OPCODES.F32
  static readonly accesses = ACCESSES.F32

  static of(value: number): F32 {
    return new F32([OPCODES.F32.constant, bytesOf(Float32Array.of(value))], undefined, true)
  }
  static load(address: I32, offset = 0, memory = 0): F32 {
    return loaded(F32, ACCESSES.F32.load, address, offset, memory)
  }
  promoted(): F64 {
    return this.as(F64, 'promoted')
  }
}

export class F64 extends Scalar<F64> {
  static readonly byte = 0x7c
  static readonly opcodes = OPCODES.F64
  static readonly accesses = ACCESSES.F64

  static of(value: number): F64 {
    return new F64([OPCODES.F64.constant, bytesOf(Float64Array.of(value))], undefined, true)
  }
  static load(address: I32, offset = 0, memory = 0): F64 {
    return loaded(F64, ACCESSES.F64.load, address, offset, memory)
  }
  over(other: F64 | number): F64 {
    return this.with('over', other)
  }
  /** NaN where either is. */
  min(other: F64 | number): F64 {
    return this.with('min', other)
  }
  max(other: F64 | number): F64 {
    return this.with('max', other)
  }
  abs(): F64 {
    return this.as(F64, 'abs')
  }
  squareRoot(): F64 {
    return this.as(F64, 'squareRoot')
  }
  demoted(): F32 {
    return this.as(F32, 'demoted')
  }
  /** The nearest float32, as a float64. */
  rounded(): F64 {
    return this.demoted().promoted()
  }
  /** Towards 0; what is out of range becomes the nearest int32, NaN 0. */
  truncated(): I32 {
    return this.as(I32, 'truncated')
  }
  /** Towards 0, and faster; ends the routine with an error where it is out of range. */
  truncatedInRange(): I32 {
    return this.as(I32, 'truncatedInRange')
  }
  bits(): I64 {
    return this.as(I64, 'bits')
  }
}

export function loaded<V>(type: Type<V>, [opcode, alignment]: Access, address: I32, offset: number, memory: number): V {
  return new type([address.take(), opcode, addressing(alignment, offset, memory)])
}

/** The bytes as they stand in code. */
export function bytesOf({ buffer }: Float32Array | Float64Array | BigInt64Array | Int32Array): Code {
  return [...new Uint8Array(buffer)]
}
