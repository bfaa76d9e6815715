// Words in which the routines of the kernel are written: fields, elements of arrays, random numbers.
import { I32 } from '../../wasm/instructions.ts'
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import { callOf, type Local, loadF32, loadF64, loadI32, loadU8, loadU16, type Value } from '../../wasm/values.ts'
import { Field, type KernelShape, Place } from './kernel-shape.ts'

export type FieldName = keyof typeof Field

/** What the routines of one thread read and write, seen from a routine whose first parameter is the thread's base. */
export class Thread {
  private readonly w: RoutineWriter
  readonly base: Local
  private readonly fields: number

  constructor(w: RoutineWriter, shape: KernelShape) {
    this.w = w
    this.base = w.parameter(I32)
    this.fields = shape.own.fields
  }

  int(field: FieldName): Value {
    return loadI32(this.base, this.fields + Field[field])
  }

  float(field: FieldName): Value {
    return loadF64(this.base, this.fields + Field[field])
  }

  /** By the type of the value. */
  setField(field: FieldName, value: Value): void {
    this.w.store(this.base, value, this.fields + Field[field])
  }

  /** Addresses of elements of 4 and 8 bytes; the array's place is the offset of the load or store. */
  at4(index: Value): Value {
    return this.base.plus(index.shiftLeft(2))
  }

  at8(index: Value): Value {
    return this.base.plus(index.shiftLeft(3))
  }

  /** A random number from 0 (included) to 1 (excluded), with 32 bits. */
  uniform(): Value {
    return callOf(I32, Place.random, this.base)
      .asUnsignedF64()
      .times(2 ** -32)
  }

  /** A random number from 0 to bound − 1. The bias is below bound / 2^32. */
  drawBelow(bound: Value): Value {
    return callOf(I32, Place.random, this.base).asI64().times(bound.asI64()).shiftRight(32).asI32()
  }
}

/** An element of the matrix: its value as a float64, or its rank. column: where it starts, in bytes. */
export function loadCell({ cellType, shared }: KernelShape, column: Value, row: Value): Value {
  switch (cellType) {
    case 'u8':
      return loadU8(column.plus(row), shared.cells)
    case 'u16':
      return loadU16(column.plus(row.shiftLeft(1)), shared.cells)
    case 'u32':
      return loadI32(column.plus(row.shiftLeft(2)), shared.cells)
    case 'f32':
      return loadF32(column.plus(row.shiftLeft(2)), shared.cells).promoted()
    case 'f64':
      return loadF64(column.plus(row.shiftLeft(3)), shared.cells)
  }
}
