// Typed values of WebAssembly that are one number each. Vectors are in vectors.ts.
import { signed } from './integers.ts'
import { ACCESSES, CONTROL, OPCODES } from './opcodes.ts'
import { bytesOf, loaded, type Parts, Value } from './value.ts'

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
  /** negation: the comparison that holds where this one does not. */
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

  /** Of −2^31 … 2^32 − 1. */
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
  /** `negated`: the same comparison the other way round. */
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

  /** Of an int32. */
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

/** In memory, and as an argument. Computed with as F64 or F32x4. */
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
