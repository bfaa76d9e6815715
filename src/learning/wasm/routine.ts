// Routines of a WebAssembly module, written as statements over typed values.
import { unsigned } from './integers.ts'
import { CONTROL, type Code } from './opcodes.ts'
import { RoutineWriter } from './routine-writer.ts'
import type { AnyRoutine, AnyValue, Local, Parts, Type } from './values.ts'

/** Types of parameters by their names, in the order in which JavaScript gives the arguments. */
export type Parameters = Readonly<Record<string, Type<AnyValue>>>
export type LocalsOf<P extends Parameters> = { readonly [name in keyof P]: Local<InstanceType<P[name]>> }
/** What a routine is called with, by name. A number stands for a constant. */
export type ArgumentsOf<P extends Parameters> = { readonly [name in keyof P]: InstanceType<P[name]> | number }

/** R: what it returns; undefined when it returns nothing. Other routines call it by reference. */
export class Routine<P extends Parameters = Parameters, R = unknown> implements AnyRoutine {
  readonly name: string
  readonly parameters: P
  readonly result: Type<R> | undefined
  readonly locals: Code
  readonly code: readonly (Code | AnyRoutine)[]

  constructor(name: string, parameters: P, result: Type<R> | undefined, writer: RoutineWriter) {
    this.name = name
    this.parameters = parameters
    this.result = result
    this.locals = writer.locals
    this.code = writer.code
  }

  /** What the routine returns for the arguments. */
  of(given: ArgumentsOf<P>): R {
    if (this.result === undefined) throw new TypeError(`${this.name} returns nothing: call it by the writer's call`)
    return new this.result(this.callWith(given))
  }

  /** The instructions of a call. */
  callWith(given: ArgumentsOf<P>): Parts {
    const values = Object.entries(this.parameters).map(([name, type]) => {
      const value = given[name] as AnyValue | number
      return (typeof value === 'number' ? type.of(value) : value).take()
    })
    return [values, CONTROL.call, this]
  }
}

/** Writes a routine without a result: `body` states what it does with its parameters. */
export function routine<const P extends Parameters>(
  name: string,
  parameters: P,
  body: (w: RoutineWriter, given: LocalsOf<P>) => void,
): Routine<P, undefined>
/** Writes a routine that returns what `body` returns, or before that what `return` of the writer says. */
export function routine<const P extends Parameters, R extends AnyValue>(
  name: string,
  parameters: P,
  result: Type<R>,
  body: (w: RoutineWriter, given: LocalsOf<P>) => R,
): Routine<P, R>
export function routine<P extends Parameters, R extends AnyValue>(
  name: string,
  parameters: P,
  ...rest:
    | readonly [body: (w: RoutineWriter, given: LocalsOf<P>) => void]
    | readonly [result: Type<R>, body: (w: RoutineWriter, given: LocalsOf<P>) => R]
): Routine<P, R> {
  const [result, body] = rest.length === 1 ? [undefined, rest[0]] : rest
  const types = Object.values(parameters)
  const locals = types.map((type, index) => new type([CONTROL.get, unsigned(index)], index))
  const writer = new RoutineWriter(types.length, result)
  const value = body(
    writer,
    Object.fromEntries(Object.keys(parameters).map((key, i) => [key, locals[i]])) as LocalsOf<P>,
  )
  if (value !== undefined) writer.leave(value)
  return new Routine(name, parameters, result, writer)
}
