// The statements of a routine of WebAssembly.
import { unsigned } from './integers.ts'
import { type Access, addressing, CONTROL } from './opcodes.ts'
import { type AnyRoutine, type AnyValue, I32, type Local, type Parts, type Type, type Value } from './values.ts'
import { F32x4 } from './vectors.ts'

/** Where a branch goes: to the end of a block, or to the next round of a loop. */
export interface Label {
  /** The number of open blocks, this one included. */
  readonly depth: number
}

/** A routine that returns nothing. */
interface Callable<Given> {
  readonly result: Type<undefined> | undefined
  callWith(given: Given): Parts
}

export class RoutineWriter {
  /** Bytes, and between them the routines that stand for their index. */
  readonly code: (number[] | AnyRoutine)[]
  /** The byte of each local's type. */
  readonly locals: number[] = []
  private readonly parameterCount: number
  private readonly result: Type<AnyValue> | undefined
  private depth = 0
  /** The last of the code. */
  private bytes: number[] = []
  /** The last statement that set a local: where it begins, and the bytes up to its end. */
  private lastSet = { start: -1, end: -1, index: -1 }

  constructor(parameterCount: number, result: Type<AnyValue> | undefined) {
    this.parameterCount = parameterCount
    this.result = result
    this.code = [this.bytes]
  }

  /** A new local. It is 0 when the routine begins, and keeps its value from one round of a loop to the next. */
  declare<V extends Value<V>>(type: Type<V>): Local<V> {
    this.locals.push(type.byte)
    const index = this.parameterCount + this.locals.length - 1
    return new type([CONTROL.get, unsigned(index)], index) as Local<V>
  }

  /** A new local that is set to the value here: each time that the code comes by. */
  keep<V extends Value<V>>(value: Value<V>): Local<V> {
    const local = this.declare(value.type)
    this.setTo(local.index, value.take())
    return local
  }

  set<V extends Value<V>>(local: Value<V> & { readonly index: number }, value: NoInfer<V> | number): void {
    this.setTo(local.index, (typeof value === 'number' ? local.type.of(value) : value).take())
  }

  add<V extends Value<V>>(local: Value<V> & { readonly index: number }, value: NoInfer<V> | number): void {
    this.set(local, local.plus(value))
  }

  /** Stores by the type of the value, at the address plus `offset` bytes, in memory 0 or 1. */
  store(address: I32, value: AnyValue, offset = 0, memory = 0): void {
    this.storeAs(value.type.accesses.store, address, value, offset, memory)
  }

  /** Stores the lowest byte of an int32. */
  storeByte(address: I32, value: I32, offset = 0, memory = 0): void {
    this.storeAs(I32.accesses.storeByte, address, value, offset, memory)
  }

  /** Stores the first two lanes of four. */
  storeHalf(address: I32, value: F32x4, offset = 0): void {
    this.storeAs(F32x4.accesses.storeHalf, address, value, offset, 0)
    // The operand of this store ends in the lane of 8 bytes.
    this.push(0)
  }

  /** Sets bytes to the lowest byte of the value. */
  fill(address: I32, value: I32 | number, byteCount: I32 | number, memory = 0): void {
    this.push(address.take(), constant(value).take(), constant(byteCount).take(), CONTROL.fillBytes, memory)
  }

  /** Copies bytes within memory 0. */
  copy(to: I32, from: I32, byteCount: I32): void {
    this.push(to.take(), from.take(), byteCount.take(), CONTROL.copyBytes, 0, 0)
  }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    this.push(condition.take(), CONTROL.if)
    this.nest(then)
    if (otherwise !== undefined) {
      this.push(CONTROL.else)
      this.nest(otherwise)
    }
    this.push(CONTROL.end)
  }

  /** Runs the body while the condition holds. A branch to `out` leaves it; one to `again` asks the condition again. */
  while(condition: I32, body: (out: Label, again: Label) => void): void {
    this.block((out) => {
      this.loop((again) => {
        this.branch(out, condition.isZero())
        body(out, again)
        this.branch(again)
      })
    })
  }

  /** Runs the body once, and again as long as the condition that it returns holds. */
  repeat(body: () => I32): void {
    this.loop((again) => this.branch(again, body()))
  }

  /** Goes over addresses, which are unsigned: while pointer < end; pointer += step. The body may not change the end. */
  each(pointer: Local<I32>, end: Local<I32>, step: Local<I32> | number, body: (out: Label) => void): void {
    this.while(pointer.isBelowUnsigned(end), (out) => {
      body(out)
      this.add(pointer, step)
    })
  }

  /** Goes over numbers, which are signed: for index = from; index < end; index += step. The end is asked each round. */
  count(index: Local<I32>, from: I32 | number, end: I32 | number, body: (out: Label) => void, step = 1): void {
    this.set(index, from)
    this.while(index.isBelow(end), (out) => {
      body(out)
      this.add(index, step)
    })
  }

  /** A body that a branch to `out` leaves. */
  block(body: (out: Label) => void): void {
    this.push(CONTROL.block)
    this.nest(() => body({ depth: this.depth }))
    this.push(CONTROL.end)
  }

  branch(to: Label, condition?: I32): void {
    if (condition !== undefined) this.push(condition.take())
    this.push(condition === undefined ? CONTROL.branch : CONTROL.branchIf, unsigned(this.depth - to.depth))
  }

  /** Ends the routine, with a value if it has a result. */
  return(value?: AnyValue | number): void {
    if (value !== undefined) this.leave(value)
    this.push(CONTROL.return)
  }

  /** Calls a routine that returns nothing. */
  call<Given>(routine: Callable<Given>, given: NoInfer<Given>): void {
    this.push(routine.callWith(given))
  }

  /** Leaves the result where the end of the routine takes it from. */
  leave(value: AnyValue | number): void {
    const { result } = this
    const given = typeof value === 'number' ? result?.of(value) : value
    if (given === undefined || given.type !== result)
      throw new TypeError('a routine returns a value of its result type')
    this.push(given.take())
  }

  private loop(body: (again: Label) => void): void {
    this.push(CONTROL.loop)
    this.nest(() => body({ depth: this.depth }))
    this.push(CONTROL.end)
  }

  private nest(body: () => void): void {
    this.depth++
    body()
    this.depth--
  }

  private storeAs([opcode, alignment]: Access, address: I32, value: AnyValue, offset: number, memory: number): void {
    this.push(address.take(), value.take(), opcode, addressing(alignment, offset, memory))
  }

  private setTo(index: number, value: Parts): void {
    this.push(value)
    const start = this.bytes.length
    this.push(CONTROL.set, unsigned(index))
    this.lastSet = { start, end: this.bytes.length, index }
  }

  private push(...parts: Parts): void {
    const { bytes, lastSet } = this
    const start = bytes.length
    this.append(parts)
    if (start !== lastSet.end) return
    const get = [...CONTROL.get, ...unsigned(lastSet.index)]
    // What is set and read at once stays on the stack.
    if (get.every((byte, i) => bytes[start + i] === byte)) {
      bytes.splice(start, get.length)
      bytes.splice(lastSet.start, 1, ...CONTROL.tee)
    }
  }

  private append(parts: Parts): void {
    // By index: this is most of what it takes to write a routine.
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] as Parts[number]
      if (typeof part === 'number') this.bytes.push(part)
      else if ('code' in part) {
        this.bytes = []
        this.code.push(part, this.bytes)
        this.lastSet = { start: -1, end: -1, index: -1 }
      } else this.append(part)
    }
  }
}

function constant(value: I32 | number): I32 {
  return typeof value === 'number' ? I32.of(value) : value
}
