// Decimals, dates and times of Arrow into the column of a table.
import type { Data } from 'apache-arrow'
import type { ColumnBuilder } from '../model/column-builder.ts'
import { setDecimal, setTime } from './cell-setters.ts'
import { signedInteger } from './exact-decimals.ts'
import { isoClock, isoDay, isoInstant, type TimeUnit } from './iso-times.ts'

/** By the number that Arrow has for it. */
const TIME_UNITS: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns']
const DAY_MS = 86_400_000

/** Sets a row to the present value at an index; undefined of a column of another type. */
export function setterOfTimes(
  { DataType, DateUnit }: typeof import('apache-arrow'),
  data: Data,
  rowCount: number,
  builder: ColumnBuilder,
): ((index: number, row: number) => string | undefined) | undefined {
  const { type } = data
  if (DataType.isDecimal(type)) {
    const bytes = bytesOf(data)
    const width = type.bitWidth / 8
    checkLength(bytes, rowCount * width)
    const { scale } = type
    return (i, row) => setDecimal(builder, row, signedInteger(bytes.slice(i * width, (i + 1) * width).reverse()), scale)
  }
  const isTime = DataType.isTime(type)
  if (!isTime && !DataType.isDate(type) && !DataType.isTimestamp(type)) return undefined
  const bytes = bytesOf(data)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isWide = DataType.isTimestamp(type) || (isTime ? type.bitWidth === 64 : type.unit === DateUnit.MILLISECOND)
  checkLength(bytes, rowCount * (isWide ? 8 : 4))
  const at = (i: number): bigint => (isWide ? view.getBigInt64(8 * i, true) : BigInt(view.getInt32(4 * i, true)))
  const unit = TIME_UNITS[type.unit] as TimeUnit
  if (isTime) return (i, row) => setTime(builder, row, isoClock(at(i), unit))
  if (DataType.isTimestamp(type)) {
    const isUtc = typeof type.timezone === 'string' && type.timezone !== ''
    return (i, row) => setTime(builder, row, isoInstant(at(i), unit, isUtc))
  }
  return (i, row) => setTime(builder, row, isoDay(isWide ? Number(at(i)) / DAY_MS : Number(at(i))))
}

function bytesOf({ values }: Data): Uint8Array {
  const { buffer, byteOffset, byteLength } = values as Uint8Array
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function checkLength(bytes: Uint8Array, byteLength: number): void {
  if (bytes.length < byteLength) throw new Error('a column is shorter than its batch')
}
