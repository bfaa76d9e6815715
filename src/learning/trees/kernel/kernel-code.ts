// Words in which the routines of the kernel are written: fields, cells, random numbers.
import type { Routine } from '../../wasm/routine.ts'
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import { F32, F64, I32, type Local } from '../../wasm/values.ts'
import { CELL_BYTES, FIELDS } from './kernel-layout.ts'
import type { KernelShape } from './kernel-shape.ts'

type Fields = typeof FIELDS.places
type FieldValue<Name extends keyof Fields> = ReturnType<Fields[Name]['load']>

/** The fields of one thread, in a routine that has the thread's base. */
export class Thread {
  readonly base: Local<I32>
  private readonly w: RoutineWriter
  private readonly offset: number

  constructor(w: RoutineWriter, base: Local<I32>, { own }: Pick<KernelShape, 'own'>) {
    this.w = w
    this.base = base
    this.offset = own.fields.offset
  }

  get<Name extends keyof Fields>(field: Name): FieldValue<Name> {
    return FIELDS.places[field].load(this.base, this.offset) as FieldValue<Name>
  }

  set<Name extends keyof Fields>(field: Name, value: FieldValue<Name>): void {
    const place = FIELDS.places[field]
    place.store(this.w, this.base, value as never, this.offset)
  }
}

/** random(base): 32 bits. */
export type RandomRoutine = Routine<{ readonly base: typeof I32 }, I32>

/** A random number from 0 to bound − 1. The bias is below bound / 2^32. */
export function drawBelow(random: RandomRoutine, base: Local<I32>, bound: I32): I32 {
  return random.of({ base }).asI64().times(bound.asI64()).shiftRight(32).asI32()
}

/** The address of a column's first cell, less the place of the cells. */
export function columnAddress({ rowCount, cellType }: KernelShape, column: Local<I32>): I32 {
  return column.times(rowCount * CELL_BYTES[cellType])
}

/** The rank of a row in the column at an address, which columnAddress gives. */
export function rankAt({ cellType, shared }: KernelShape, column: Local<I32>, row: I32): I32 {
  const { offset } = shared.cells
  if (cellType === 'u8') return I32.loadU8(column.plus(row), offset)
  if (cellType === 'u16') return I32.loadU16(column.plus(row.shiftLeft(1)), offset)
  return I32.load(column.plus(row.shiftLeft(2)), offset)
}

/** The value of a row in such a column. */
export function valueAt({ cellType, shared }: KernelShape, column: Local<I32>, row: I32): F64 {
  const { offset } = shared.cells
  if (cellType === 'f32') return F32.load(column.plus(row.shiftLeft(2)), offset).promoted()
  return F64.load(column.plus(row.shiftLeft(3)), offset)
}
