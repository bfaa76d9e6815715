// Writes a routine as statements over typed values: for kernels that are too long to be read as lists of instructions.
import type { Routine } from './assemble-module.ts'
import { type Code, ELSE, END, F32, F64, I32, I64, IF, LOOP, V128 } from './instructions.ts'
import { unsigned } from './integers.ts'
import { Local, type Operand, type Parts, place, toValue, type Value } from './values.ts'

const STORES: ReadonlyMap<number, readonly [opcode: Code, alignment: number]> = new Map([
  [I32, [[0x36], 2]],
  [I64, [[0x37], 3]],
  [F32, [[0x38], 2]],
  [F64, [[0x39], 3]],
  [V128, [[0xfd, 0x0b], 3]],
])

/** What a branch out of a block, or back to the start of a loop, needs to know. */
export interface Label {
  readonly depth: number
}

export class RoutineWriter {
  private readonly code: number[] = []
  private readonly parameters: number[] = []
  private readonly types: number[] = []
  private readonly name: string
  private readonly results: Code
  private depth = 0

  constructor(name: string, results: Code = []) {
    this.name = name
    this.results = results
  }

  /** Parameters come before all locals. */
  parameter(type: number): Local {
    this.parameters.push(type)
    return new Local(type, this.parameters.length - 1)
  }

  /** A new local that starts as `value` each time that the code comes by. */
  local(value: Value): Local {
    this.types.push(value.type)
    const local = new Local(value.type, this.parameters.length + this.types.length - 1)
    this.set(local, value)
    return local
  }

  set(local: Local, value: Operand): void {
    this.push(toValue(value, local.type).code, [0x21, ...unsigned(local.index)])
  }

  add(local: Local, value: Operand): void {
    this.set(local, local.plus(value))
  }

  /** Stores by the type of the value, `offset` bytes behind the address. */
  store(address: Value, value: Value, offset = 0, memory = 0): void {
    const [opcode, alignment] = STORES.get(value.type)!
    this.push(address.code, value.code, opcode, place(alignment, offset, memory))
  }

  /** The lowest byte of an int32. */
  storeByte(address: Value, value: Value, offset = 0): void {
    this.push(address.code, value.code, [0x3a], place(0, offset, 0))
  }

  if(condition: Value, then: () => void, otherwise?: () => void): void {
    this.push(condition.code, IF)
    this.nest(then)
    if (otherwise !== undefined) {
      this.push([ELSE])
      this.nest(otherwise)
    }
    this.push([END])
  }

  /** Runs the body as long as the condition holds; branches to `out` leave it, to `again` ask the condition again. */
  while(condition: Value, body: (out: Label, again: Label) => void): void {
    this.push([0x02, 0x40], LOOP)
    this.depth += 2
    const out = { depth: this.depth - 1 }
    const again = { depth: this.depth }
    this.branch(out, condition.isZero())
    body(out, again)
    this.branch(again)
    this.depth -= 2
    this.push([END, END])
  }

  /** For index = from; index < end; index += step. An end that is no constant must be a local or cheap. */
  count(index: Local, from: Operand, end: Operand, body: (out: Label) => void, step = 1): void {
    this.set(index, from)
    this.while(index.isBelow(end), (out) => {
      body(out)
      this.add(index, step)
    })
  }

  /** What stands in the body, which branches to `out` leave. */
  block(body: (out: Label) => void): void {
    this.push([0x02, 0x40])
    this.depth++
    body({ depth: this.depth })
    this.depth--
    this.push([END])
  }

  branch(to: Label, condition?: Value): void {
    if (condition !== undefined) this.push(condition.code)
    this.push([condition === undefined ? 0x0c : 0x0d, ...unsigned(this.depth - to.depth)])
  }

  return(value?: Operand): void {
    if (value !== undefined) this.push(toValue(value, this.results[0] as number).code)
    this.push([0x0f])
  }

  /** Sets bytes. */
  fill(address: Value, value: Operand, bytes: Value): void {
    this.push(address.code, toValue(value, I32).code, bytes.code, [0xfc, 0x0b, 0])
  }

  /** Calls a routine that gives nothing. */
  call(routine: number, ...given: readonly Value[]): void {
    for (const value of given) this.push(value.code)
    this.push([0x10, ...unsigned(routine)])
  }

  finish(): Routine {
    const { name, parameters, results, types, code } = this
    // A routine with a result ends in `return`; what is behind can never be reached.
    const end: Code = results.length > 0 ? [0x00] : []
    return { name, parameters, results, locals: types.map((type) => [1, type] as const), code: [...code, ...end] }
  }

  private nest(body: () => void): void {
    this.depth++
    body()
    this.depth--
  }

  private push(...parts: Parts): void {
    for (const part of parts) {
      if (typeof part === 'number') this.code.push(part)
      else this.push(...part)
    }
  }
}
