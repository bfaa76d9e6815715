// What the values of a Parquet column mean, out of the physical type and what the schema says of it.
// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
import type { TimeUnit } from '../iso-times.ts'
import type { ParquetField } from './file-metadata.ts'
import { numberOf, structOf, type ThriftStruct } from './thrift-fields.ts'

export type Meaning =
  | { readonly kind: 'number' | 'unsigned' | 'half' | 'boolean' | 'text' | 'uuid' | 'day' | 'int96' | 'nothing' }
  | { readonly kind: 'decimal'; readonly scale: number }
  | { readonly kind: 'clock'; readonly unit: TimeUnit }
  | { readonly kind: 'instant'; readonly unit: TimeUnit; readonly isUtc: boolean }

/** ConvertedType. */
const CONVERTED: Readonly<Record<number, Meaning>> = {
  0: { kind: 'text' },
  4: { kind: 'text' },
  6: { kind: 'day' },
  7: { kind: 'clock', unit: 'ms' },
  8: { kind: 'clock', unit: 'us' },
  9: { kind: 'instant', unit: 'ms', isUtc: true },
  10: { kind: 'instant', unit: 'us', isUtc: true },
  11: { kind: 'unsigned' },
  12: { kind: 'unsigned' },
  13: { kind: 'unsigned' },
  14: { kind: 'unsigned' },
  15: { kind: 'number' },
  16: { kind: 'number' },
  17: { kind: 'number' },
  18: { kind: 'number' },
  19: { kind: 'text' },
}
const CONVERTED_DECIMAL = 5
const REFUSED_CONVERTED: Readonly<Record<number, string>> = { 20: 'BSON', 21: 'INTERVAL' }

/** LogicalType, by the id of its one field. */
const LOGICAL: Readonly<Record<number, Meaning>> = {
  1: { kind: 'text' },
  4: { kind: 'text' },
  6: { kind: 'day' },
  11: { kind: 'nothing' },
  12: { kind: 'text' },
  14: { kind: 'uuid' },
  15: { kind: 'half' },
}
const REFUSED_LOGICAL: Readonly<Record<number, string>> = {
  13: 'BSON',
  16: 'VARIANT',
  17: 'GEOMETRY',
  18: 'GEOGRAPHY',
}
const [LOGICAL_DECIMAL, LOGICAL_TIME, LOGICAL_TIMESTAMP, LOGICAL_INTEGER] = [5, 7, 8, 10]

/** Physical types that each meaning can stand on. */
const PHYSICAL: Readonly<Record<Meaning['kind'], readonly string[]>> = {
  number: ['INT32', 'INT64', 'FLOAT', 'DOUBLE'],
  unsigned: ['INT32', 'INT64'],
  half: ['FIXED_LEN_BYTE_ARRAY'],
  boolean: ['BOOLEAN'],
  text: ['BYTE_ARRAY'],
  uuid: ['FIXED_LEN_BYTE_ARRAY'],
  day: ['INT32'],
  int96: ['INT96'],
  nothing: ['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'],
  decimal: ['INT32', 'INT64', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'],
  clock: ['INT32', 'INT64'],
  instant: ['INT64'],
}

/** What the values are, or why the column is not taken. */
export function meaningOf(field: ParquetField): Meaning | { readonly refused: string } {
  if (field.type === undefined || field.repetition === 'repeated') {
    return { refused: 'a list, map or struct is not taken; expected one value a row: write its parts as columns' }
  }
  const meaning = saidOf(field) ?? plainOf(field)
  if ('refused' in meaning) return meaning
  if (PHYSICAL[meaning.kind].includes(field.type)) return meaning
  return { refused: `the schema says ${meaning.kind} of values of type ${field.type}, which cannot be` }
}

function saidOf({ logical, converted, scale }: ParquetField): Meaning | { readonly refused: string } | undefined {
  const [said] = logical ?? []
  if (said !== undefined) {
    const [id, value] = said
    const refused = REFUSED_LOGICAL[id]
    if (refused !== undefined) return notTaken(refused)
    const details = value instanceof Map ? (value as ThriftStruct) : new Map()
    if (id === LOGICAL_DECIMAL) return { kind: 'decimal', scale: numberOf(details, 1, 0) }
    if (id === LOGICAL_TIME) return { kind: 'clock', unit: unitOf(details) }
    if (id === LOGICAL_TIMESTAMP) return { kind: 'instant', unit: unitOf(details), isUtc: details.get(1) === true }
    if (id === LOGICAL_INTEGER) return { kind: details.get(2) === false ? 'unsigned' : 'number' }
    const meaning = LOGICAL[id]
    if (meaning !== undefined) return meaning
  }
  if (converted === undefined) return undefined
  if (converted === CONVERTED_DECIMAL) return { kind: 'decimal', scale }
  const refused = REFUSED_CONVERTED[converted]
  return refused === undefined ? CONVERTED[converted] : notTaken(refused)
}

/** Of a column of which the schema says nothing more. Byte arrays are text: older writers do not say so. */
function plainOf({ type }: ParquetField): Meaning | { readonly refused: string } {
  if (type === 'BOOLEAN') return { kind: 'boolean' }
  if (type === 'BYTE_ARRAY') return { kind: 'text' }
  if (type === 'INT96') return { kind: 'int96' }
  if (type === 'FIXED_LEN_BYTE_ARRAY') return notTaken('FIXED_LEN_BYTE_ARRAY without a meaning')
  return { kind: 'number' }
}

function notTaken(type: string): { readonly refused: string } {
  return {
    refused: `the Parquet type ${type} is not taken; expected numbers, booleans, text, decimals, dates or times`,
  }
}

function unitOf(details: ThriftStruct): TimeUnit {
  const unit = structOf(details.get(2))
  return unit.has(1) ? 'ms' : unit.has(2) ? 'us' : 'ns'
}
