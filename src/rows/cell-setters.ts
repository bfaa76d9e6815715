// Values of binary forms into a column: the same rules for each of them. Each returns what is wrong with the value, if
// anything is.
import type { ColumnBuilder } from '../model/column-builder.ts'
import { decimalNumber, decimalText } from './exact-decimals.ts'

/** NaN is a missing value, as in pandas. */
export function setNumber(builder: ColumnBuilder, row: number, value: number): string | undefined {
  if (Number.isNaN(value)) return undefined
  return builder.isText ? builder.setLevel(row, String(value)) : builder.setNumber(row, value)
}

export function setInteger(builder: ColumnBuilder, row: number, integer: bigint): string | undefined {
  if (builder.isText) return builder.setLevel(row, String(integer))
  const value = Number(integer)
  if (!Number.isSafeInteger(value)) builder.noteWide(row)
  return builder.setNumber(row, value)
}

export function setBoolean(builder: ColumnBuilder, row: number, value: boolean): string | undefined {
  return builder.setLevel(row, builder.isText ? String(value) : value)
}

/** A number; where the column is text, with all its digits. */
export function setDecimal(builder: ColumnBuilder, row: number, integer: bigint, scale: number): string | undefined {
  if (builder.isText) return builder.setLevel(row, decimalText(integer, scale))
  const value = decimalNumber(integer, scale)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) builder.noteWide(row)
  return builder.setNumber(row, value)
}

/** A day, an instant or a time of day, as ISO writes it; undefined of one that it does not write. */
export function setTime(builder: ColumnBuilder, row: number, iso: string | undefined): string | undefined {
  return iso === undefined ? 'expected a time within the years 0 to 9999' : builder.setLevel(row, iso)
}
