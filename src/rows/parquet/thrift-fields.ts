// Fields of a Thrift struct as what they have to be.
import type { ThriftStruct, ThriftValue } from './thrift.ts'

export type { ThriftStruct } from './thrift.ts'

export function structOf(value: ThriftValue | undefined): ThriftStruct {
  if (value instanceof Map) return value
  throw new Error('its metadata lacks a part')
}

export function listOf(struct: ThriftStruct, id: number): ThriftValue[] {
  const value = struct.get(id)
  if (Array.isArray(value)) return value
  throw new Error('its metadata lacks a list')
}

/** An integer that is not negative. Throws when it is another thing, or absent without a default. */
export function numberOf(struct: ThriftStruct, id: number, absent?: number): number {
  const value = struct.get(id) ?? absent
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
  throw new Error('its metadata lacks a number, or has one that cannot be')
}
