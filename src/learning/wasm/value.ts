// The base of all typed values: instructions that leave a value, and how they are put together.
import { type Access, addressing, type Code } from './opcodes.ts'
import type { Routine } from './routine.ts'
import type { I32 } from './values.ts'

/** Code in parts, which are joined at last: long expressions are not copied again and again. A routine is its index. */
export type Parts = readonly (number | Routine | Parts)[]

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
  private readonly code: Parts
  private readonly isConstant: boolean
  private isTaken = false

  constructor(code: Parts, index?: number, isConstant = false) {
    this.code = code
    this.index = index
    this.isConstant = isConstant
  }

  get type(): Type<Self> {
    return this.constructor as unknown as Type<Self>
  }

  /** The instructions, for the place where the value is used. Throws TypeError when a computed value is used again. */
  take(): Parts {
    if (this.isTaken && !this.isConstant && this.index === undefined) {
      throw new TypeError(`a computed ${this.type.name} is used twice: keep it in a local`)
    }
    this.isTaken = true
    return this.code
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

export function loaded<V>(type: Type<V>, [opcode, alignment]: Access, address: I32, offset: number, memory: number): V {
  return new type([address.take(), opcode, addressing(alignment, offset, memory)])
}

/** The bytes as they stand in code. */
export function bytesOf({ buffer }: Float32Array | Float64Array | BigInt64Array | Int32Array): Code {
  return [...new Uint8Array(buffer)]
}
