// Vectors of 16 bytes that count as 16 numbers of their own. The other vectors are in vectors.ts.
import { ACCESSES, OPCODES } from './opcodes.ts'
import { I32, loaded } from './values.ts'
import { IntegerVector } from './vectors.ts'

/** Sixteen int8; what says `unsigned` takes them as 0 to 255. */
export class I8x16 extends IntegerVector<I8x16> {
  static readonly byte = 0x7b
  static readonly opcodes = OPCODES.I8x16
  static readonly accesses = ACCESSES.I8x16

  static of(value: number): I8x16 {
    return I8x16.ofBytes(Array.from({ length: 16 }, () => value))
  }
  /** A constant of 16 bytes, each from −128 to 255. */
  static ofBytes(bytes: readonly number[]): I8x16 {
    return new I8x16([OPCODES.I8x16.constant, [...Uint8Array.from(bytes)]], undefined, true)
  }
  static load(address: I32, offset = 0, memory = 0): I8x16 {
    return loaded(I8x16, ACCESSES.I8x16.load, address, offset, memory)
  }
  /** Four bytes, four times over. */
  static loadSplat4(address: I32, offset = 0, memory = 0): I8x16 {
    return loaded(I8x16, ACCESSES.I8x16.loadSplat4, address, offset, memory)
  }
  /** A mask: −1 where this is above the other, as signed numbers. */
  isAbove(other: I8x16 | number): I8x16 {
    return this.with('isAbove', other)
  }
  /** The bits of this that the other has not. */
  without(other: I8x16): I8x16 {
    return this.with('without', other)
  }
  lowerUnsigned(other: I8x16 | number): I8x16 {
    return this.with('lowerUnsigned', other)
  }
  /** The sum, unsigned; 255 where it would be more. */
  plusUpTo255(other: I8x16 | number): I8x16 {
    return this.with('plusUpTo255', other)
  }
  /** Shifts each two bytes, the second the higher, as one number; zeros come in from above. */
  pairsShiftRight(bits: number): I8x16 {
    return new I8x16([this.take(), I32.of(bits).take(), this.opcode('pairsShiftRight')])
  }
  /** The bytes of this at the places that the other names; these are from 0 to 15. */
  lookUp(places: I8x16): I8x16 {
    return this.with('lookUp', places)
  }
}
