// The JSON object of a request, out of bytes into tables. Its members may come in any order.

import { ServiceError } from '../errors.ts'
import { FaultList } from '../model/faults.ts'
import type { ReadTable } from '../model/read-column.ts'
import { shown } from '../model/shown.ts'
import type { TableMemory } from '../model/table-memory.ts'
import type { ByteWindow } from './byte-window.ts'
import { JsonReader, type JsonType } from './json-reader.ts'
import { JsonRows } from './json-rows.ts'
import { type AssembledRows, TableAssembler } from './table-assembler.ts'

/** What a body has where a list of rows belongs. */
export type RowsMember = AssembledRows | { readonly notRows: JsonType | 'nothing'; readonly hint?: string }

/** A body whose rows are tables already. */
export interface ReadBody {
  readonly features: RowsMember
  readonly labels: RowsMember
  /** The other members, as JSON.parse gives them. */
  readonly others: ReadonlyMap<string, unknown>
  /** Of members that are not known, or whose values are too large. */
  readonly faults: FaultList
}

/** Bytes of a member that holds no rows, at the most. */
const OTHER_BYTES_MAX = 2 ** 20
/** Unknown members that are named at the most, and characters of a name that are looked at. */
const UNKNOWN_MAX = 1000
const NAME_LENGTH_MAX = 200

const COLON = 0x3a
const BRACE_END = 0x7d

/**
 * Reads a whole body whose members may be those; under `features` and `labels` come rows. As in JSON.parse the last of
 * equal names counts.
 * Throws ServiceError BODY_MALFORMED when it is not UTF-8, not JSON or no object. O(bytes); holds the tables, the other
 * members and a window of the bytes.
 */
export function readJsonBody(window: ByteWindow, members: readonly string[], memory?: TableMemory): ReadBody {
  const reader = new JsonReader(window)
  expectObject(reader)
  const rows: { features: RowsMember; labels: RowsMember } = {
    features: { notRows: 'nothing' },
    labels: { notRows: 'nothing' },
  }
  const others = new Map<string, unknown>()
  const tooLarge = new Set<string>()
  const unknown = new Set<string>()
  readMembersOf(reader, (name) => {
    if (!members.includes(name)) {
      reader.skipValue()
      if (unknown.size < UNKNOWN_MAX) unknown.add(name.slice(0, NAME_LENGTH_MAX))
    } else if (name === 'features' || name === 'labels') {
      // An earlier one is let go first: there need not be room for both.
      rows[name] = { notRows: 'nothing' }
      rows[name] = readRows(reader, name, memory)
    } else {
      const value = reader.readValue(OTHER_BYTES_MAX)
      others.set(name, value)
      if (value === undefined) tooLarge.add(name)
      else tooLarge.delete(name)
    }
  })
  reader.expectEnd()
  const faults = new FaultList()
  for (const name of unknown) {
    faults.add({ in: 'body', detail: `unknown member ${shown(name)}; expected ${members.join(', ')}` })
  }
  for (const name of tooLarge) faults.add({ in: 'body', detail: `${name}: more than ${OTHER_BYTES_MAX} bytes` })
  return { ...rows, others, faults }
}

/**
 * Reads the object at whose brace the reader stands: `take` is called at the value of each member, and reads or skips it.
 * Throws ServiceError BODY_MALFORMED.
 */
export function readMembersOf(reader: JsonReader, take: (name: string) => void): void {
  reader.advance()
  let isNext = reader.peek() !== BRACE_END
  if (!isNext) reader.advance()
  while (isNext) {
    reader.scanString()
    const name = reader.stringValue()
    reader.expect(COLON)
    take(name)
    isNext = reader.hasNext(BRACE_END)
  }
}

/** Rows that are a JSON list by themselves. Throws ServiceError BODY_MALFORMED where the body is none. O(bytes). */
export function readJsonList(window: ByteWindow, memory?: TableMemory): AssembledRows {
  const reader = new JsonReader(window)
  if (reader.peek() === -1) throw new ServiceError('BODY_MALFORMED', 'expected a JSON list of rows, got no body')
  const rows = readRows(reader, 'features', memory)
  reader.expectEnd()
  if (!('notRows' in rows)) return rows
  throw new ServiceError('BODY_MALFORMED', `expected a JSON list of rows, got ${rows.notRows}`)
}

function readRows(reader: JsonReader, place: 'features' | 'labels', memory: TableMemory | undefined): RowsMember {
  const type = reader.typeAhead()
  if (type !== 'array') {
    reader.skipValue()
    return { notRows: type }
  }
  const assembler = new TableAssembler(() => place, memory)
  new JsonRows(reader, assembler, place).readList()
  return assembler.finish()
}

/** Throws ServiceError BODY_MALFORMED where something else comes than an object. */
export function expectObject(reader: JsonReader): void {
  if (reader.peek() === -1) throw new ServiceError('BODY_MALFORMED', 'expected a JSON object, got no body')
  const type = reader.typeAhead()
  if (type === 'object') return
  const value = type === 'array' ? reader.skipValue() : reader.readValue(OTHER_BYTES_MAX)
  reader.expectEnd()
  const got = type === 'array' ? 'an array' : shown(value === undefined ? type : value)
  throw new ServiceError('BODY_MALFORMED', `expected a JSON object, got ${got}`)
}

/**
 * The table of a member, with its faults. Adds a fault and gives undefined when it is no list of rows, or an empty one.
 */
export function tableOf(rows: RowsMember, member: 'features' | 'labels', faults: FaultList): ReadTable | undefined {
  if ('notRows' in rows) {
    faults.add({ in: member, detail: rows.hint ?? `expected a list of rows, got ${rows.notRows}` })
    return undefined
  }
  if (rows.table.rowCount === 0) {
    faults.add({ in: member, detail: 'expected at least one row, got none' })
    return undefined
  }
  faults.addAll(rows.faults)
  return rows.table
}
