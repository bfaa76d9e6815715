// Vectors of 16 bytes, typed by their lanes. Comparisons give masks: lanes whose bits are all 1 where they hold, else 0.
import { ACCESSES, addressing, OPCODES } from './opcodes.ts'
import { bytesOf, F32, F64, I32, I64, type Local, loaded, Value } from './values.ts'

const VECTOR_BYTE = 0x7b

abstract class Vector<Self extends Value<Self>, Mask extends Value<Mask>> extends Value<Self> {
  /** Bit by bit: this where the mask is 1, else the other. */
  where(mask: Mask, other: Self | number): Self {
    return new this.type([this.take(), this.operand(other), mask.take(), this.opcode('where')])
  }
}

/** Bits, which can be masks. */
export abstract class IntegerVector<Self extends Value<Self>> extends Vector<Self, Self> {
  and(other: Self | number): Self {
    return this.with('and', other)
  }
  or(other: Self | number): Self {
    return this.with('or', other)
  }
  not(): Self {
    return this.as(this.type, 'not')
  }
  /** 1 where any bit is 1, else 0. */
  isAnySet(): I32 {
    return this.as(I32, 'isAnySet')
  }
}

/** Four int32. */
export class I32x4 extends IntegerVector<I32x4> {
  static readonly byte = VECTOR_BYTE
  static readonly opcodes = OPCODES.I32x4
  static readonly accesses = ACCESSES.I32x4

  static of(value: number): I32x4 {
    return new I32x4([OPCODES.I32x4.constant, bytesOf(Int32Array.of(value, value, value, value))], undefined, true)
  }
  static load(address: I32, offset = 0, memory = 0): I32x4 {
    return loaded(I32x4, ACCESSES.I32x4.load, address, offset, memory)
  }
  static splat(value: I32): I32x4 {
    return new I32x4([value.take(), OPCODES.I32x4.splat])
  }
  /** The first two lanes; the others are 0. */
  static loadHalf(address: I32, offset = 0, memory = 0): I32x4 {
    return loaded(I32x4, ACCESSES.I32x4.loadHalf, address, offset, memory)
  }
  differs(other: I32x4 | number): I32x4 {
    return this.with('differs', other)
  }
  /** This in lanes whose mask has all bits 1, the other in lanes whose mask has none; other masks are not allowed. */
  whereLanes(mask: I32x4, other: I32x4 | number): I32x4 {
    return new I32x4([this.take(), this.operand(other), mask.take(), this.opcode('whereLanes')])
  }
  /** The highest bit of each lane: bits 0 to 3. */
  signBits(): I32 {
    return this.as(I32, 'signBits')
  }
  firstTwoAsF64(): F64x2 {
    return this.as(F64x2, 'firstTwoAsF64')
  }
}

/** Two int64. */
export class I64x2 extends IntegerVector<I64x2> {
  static readonly byte = VECTOR_BYTE
  static readonly opcodes = OPCODES.I64x2
  static readonly accesses = ACCESSES.I64x2

  static of(first: number | bigint, second = first): I64x2 {
    const lanes = BigInt64Array.of(BigInt(first), BigInt(second))
    return new I64x2([OPCODES.I64x2.constant, bytesOf(lanes)], undefined, true)
  }
  static load(address: I32, offset = 0, memory = 0): I64x2 {
    return loaded(I64x2, ACCESSES.I64x2.load, address, offset, memory)
  }
  static splat(value: I64): I64x2 {
    return new I64x2([value.take(), OPCODES.I64x2.splat])
  }
  shiftLeft(bits: I32 | number): I64x2 {
    const count = typeof bits === 'number' ? I32.of(bits) : bits
    return new I64x2([this.take(), count.take(), this.opcode('shiftLeft')])
  }
  asBitsOfF64(): F64x2 {
    return new F64x2(this.take())
  }
  lane(index: 0 | 1): I64 {
    return new I64([this.take(), this.opcode('lane'), index])
  }
}

/** Four float32. */
export class F32x4 extends Vector<F32x4, I32x4> {
  static readonly byte = VECTOR_BYTE
  static readonly opcodes = OPCODES.F32x4
  static readonly accesses = ACCESSES.F32x4

  static of(value: number): F32x4 {
    return new F32x4([OPCODES.F32x4.constant, bytesOf(Float32Array.of(value, value, value, value))], undefined, true)
  }
  static load(address: I32, offset = 0, memory = 0): F32x4 {
    return loaded(F32x4, ACCESSES.F32x4.load, address, offset, memory)
  }
  static splat(value: F32): F32x4 {
    return new F32x4([value.take(), OPCODES.F32x4.splat])
  }
  /** One float32 in all lanes. */
  static loadSplat(address: I32, offset = 0, memory = 0): F32x4 {
    return loaded(F32x4, ACCESSES.F32x4.loadSplat, address, offset, memory)
  }
  /** The first two lanes; the others are 0. */
  static loadHalf(address: I32, offset = 0, memory = 0): F32x4 {
    return loaded(F32x4, ACCESSES.F32x4.loadHalf, address, offset, memory)
  }
  /** `other` where it is below this, else this: a NaN in `other` is passed over. */
  lower(other: F32x4 | number): F32x4 {
    return this.with('lower', other)
  }
  /** `other` where it is above this, else this. */
  higher(other: F32x4 | number): F32x4 {
    return this.with('higher', other)
  }
  abs(): F32x4 {
    return this.as(F32x4, 'abs')
  }
  isBelow(other: F32x4 | number): I32x4 {
    return this.withAs(I32x4, 'isBelow', other)
  }
  isAtMost(other: F32x4 | number): I32x4 {
    return this.withAs(I32x4, 'isAtMost', other)
  }
  /** this · factor + addend, rounded once or twice, as the machine likes. */
  timesPlusRelaxed(factor: F32x4, addend: F32x4): F32x4 {
    return new F32x4([this.take(), factor.take(), addend.take(), this.opcode('timesPlusRelaxed')])
  }
  /** addend − this · factor, likewise. */
  negatedTimesPlusRelaxed(factor: F32x4, addend: F32x4): F32x4 {
    return new F32x4([this.take(), factor.take(), addend.take(), this.opcode('negatedTimesPlusRelaxed')])
  }
  firstTwoPromoted(): F64x2 {
    return this.as(F64x2, 'firstTwoPromoted')
  }
  lane(index: 0 | 1 | 2 | 3): F32 {
    return new F32([this.take(), this.opcode('lane'), index])
  }
}

/** Two float64. */
export class F64x2 extends Vector<F64x2, I64x2> {
  static readonly byte = VECTOR_BYTE
  static readonly opcodes = OPCODES.F64x2
  static readonly accesses = ACCESSES.F64x2

  static of(first: number, second = first): F64x2 {
    return new F64x2([OPCODES.F64x2.constant, bytesOf(Float64Array.of(first, second))], undefined, true)
  }
  static load(address: I32, offset = 0, memory = 0): F64x2 {
    return loaded(F64x2, ACCESSES.F64x2.load, address, offset, memory)
  }
  static splat(value: F64): F64x2 {
    return new F64x2([value.take(), OPCODES.F64x2.splat])
  }
  /** One float64 in both lanes. */
  static loadSplat(address: I32, offset = 0, memory = 0): F64x2 {
    return loaded(F64x2, ACCESSES.F64x2.loadSplat, address, offset, memory)
  }
  /** The first lane; the second is 0. */
  static loadHalf(address: I32, offset = 0, memory = 0): F64x2 {
    return loaded(F64x2, ACCESSES.F64x2.loadHalf, address, offset, memory)
  }
  over(other: F64x2 | number): F64x2 {
    return this.with('over', other)
  }
  /** NaN where either is. */
  max(other: F64x2 | number): F64x2 {
    return this.with('max', other)
  }
  /** `other` where it is below this, else this: a NaN in `other` is passed over. */
  lower(other: F64x2 | number): F64x2 {
    return this.with('lower', other)
  }
  /** `other` where it is above this, else this. */
  higher(other: F64x2 | number): F64x2 {
    return this.with('higher', other)
  }
  abs(): F64x2 {
    return this.as(F64x2, 'abs')
  }
  negated(): F64x2 {
    return this.as(F64x2, 'negated')
  }
  /** The nearest whole numbers; of two as near, the even one. */
  nearest(): F64x2 {
    return this.as(F64x2, 'nearest')
  }
  differs(other: F64x2 | number): I64x2 {
    return this.withAs(I64x2, 'differs', other)
  }
  isBelow(other: F64x2 | number): I64x2 {
    return this.withAs(I64x2, 'isBelow', other)
  }
  isAbove(other: F64x2 | number): I64x2 {
    return this.withAs(I64x2, 'isAbove', other)
  }
  isAtMost(other: F64x2 | number): I64x2 {
    return this.withAs(I64x2, 'isAtMost', other)
  }
  /** This where the mask is set, else 0. */
  and(mask: I64x2): F64x2 {
    return new F64x2([this.take(), mask.take(), this.opcode('and')])
  }
  bits(): I64x2 {
    return new I64x2(this.take())
  }
  lane(index: 0 | 1): F64 {
    return new F64([this.take(), this.opcode('lane'), index])
  }
  withLane(index: 0 | 1, value: F64): F64x2 {
    return new F64x2([this.take(), value.take(), this.opcode('withLane'), index])
  }
  /** This with a float64 of the memory in one lane. */
  withLoadedLane(index: 0 | 1, address: I32, offset = 0, memory = 0): F64x2 {
    const [opcode, alignment] = ACCESSES.F64x2.loadLane
    return new F64x2([address.take(), this.take(), opcode, addressing(alignment, offset, memory), index])
  }
  /** The first lane of this, then that of the other. */
  firstLanes(other: F64x2): F64x2 {
    return this.with('firstLanes', other)
  }
  /** The second lane of this, then that of the other. */
  secondLanes(other: F64x2): F64x2 {
    return this.with('secondLanes', other)
  }
  /** Two float32; the others are 0. */
  demoted(): F32x4 {
    return this.as(F32x4, 'demoted')
  }
}

/** A sum of both lanes, the first first. The vector must be a local. */

export function sumOfLanes(pair: Local<F64x2>): F64 {
  return pair.lane(0).plus(pair.lane(1))
}
