// The members of a small JSON body, held to a schema: for routes that take no rows.
import type { Static, TObject, TSchema } from '@sinclair/typebox'
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors'
import { Value } from '@sinclair/typebox/value'
import { invalidRequest, ServiceError } from '../errors.ts'
import { type ReceivedBody, smallBytesOf } from './body-file.ts'
import { leaveOut, MemberFaults, type WellFormed } from './member-faults.ts'

interface BodyOfRequest {
  readonly mediaType?: string | undefined
  readonly body?: unknown
}

/**
 * The body as an object of the schema, with the defaults of the schema where members are absent. An absent body is an
 * empty object, and a member that is null is absent: generated clients send that for what is not set.
 *
 * addFaults: adds what the members cannot mean, alone or together. It is called where the body breaks the schema, too, with
 * what is left without its malformed members, so that both kinds of faults are told at once: a pair is judged only where
 * `faults.areSound` of both.
 *
 * Throws ServiceError: MEDIA_TYPE_UNSUPPORTED of anything but application/json, BODY_TOO_LARGE beyond 128 KiB,
 * BODY_MALFORMED, and REQUEST_INVALID with every fault.
 */
export function readMembers<Members extends TObject>(
  request: BodyOfRequest,
  schema: Members,
  addFaults?: (given: WellFormed<Static<Members>>, faults: MemberFaults) => void,
): Static<Members> {
  const faults = new MemberFaults()
  const members = addMemberFaults(parsed(request), schema, faults)
  addFaults?.(members as WellFormed<Static<Members>>, faults)
  if (!faults.isEmpty) throw invalidRequest(faults)
  return members
}

/**
 * The same of members that mean something only beside what is stored: who acts on them judges them. addFaults is called only
 * where the body breaks the schema, and adds what would be refused then. Where that cannot be known, as of a project that is
 * not there, the faults of form are told alone.
 */
export async function readChange<Members extends TObject>(
  request: BodyOfRequest,
  schema: Members,
  addFaults: (given: WellFormed<Static<Members>>, faults: MemberFaults) => Promise<void>,
): Promise<Static<Members>> {
  const faults = new MemberFaults()
  const members = addMemberFaults(parsed(request), schema, faults)
  if (faults.isEmpty) return members
  try {
    await addFaults(members as WellFormed<Static<Members>>, faults)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
  }
  throw invalidRequest(faults)
}

/**
 * A value as readMembers takes a body: with defaults, without nulls. What it breaks of the schema is added to the faults, and
 * left out of what is returned. parent: the member of the body that it is, where it is not the body itself.
 */
export function addMemberFaults<Members extends TObject>(
  given: unknown,
  schema: Members,
  faults: MemberFaults,
  parent?: string,
): Static<Members> {
  const members = Value.Default(schema, withoutNulls(given, schema)) as Static<Members>
  const malformed = new Map<string, string[]>()
  for (const error of Value.Errors(schema, members)) {
    const { path } = error
    // Of a union every branch complains.
    if (malformed.has(path)) continue
    const names = path.split('/').slice(1).map(unescaped)
    malformed.set(path, names)
    faults.addMalformed(parent === undefined ? names : [parent, ...names], detailOf(error))
  }
  for (const names of malformed.values()) leaveOut(members, names)
  // What is no object at all has no members.
  return malformed.has('') ? ({} as Static<Members>) : members
}

/** A name out of a path of TypeBox (RFC 6901). */
function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~')
}

function detailOf({ type, schema, value, message }: ValueError): string {
  if (type === ValueErrorType.ObjectAdditionalProperties) {
    return `unexpected property; expected one of ${Object.keys(schema['properties'] ?? {}).join(', ')}`
  }
  if (value === undefined) return 'missing'
  if (Array.isArray(schema['enum'])) return `expected one of ${schema['enum'].join(', ')}`
  if (type === ValueErrorType.Union) return expectedOf(schema)
  return message.replace(/^Expected/, 'expected')
}

/** Of a union: its values, or the types of its branches. */
function expectedOf({ anyOf = [] }: TSchema): string {
  const branches = anyOf as readonly TSchema[]
  const values = branches.map((branch) => branch['const'])
  if (values.every((value) => value !== undefined)) return `expected one of ${values.join(', ')}`
  const types = new Set(branches.map((branch) => (branch['const'] === undefined ? branch['type'] : branch['const'])))
  return `expected one of these, within their limits: ${[...types].join(', ')}`
}

/** Of an object: without the members that are null, nor those of a member whose own members the schema names. */
export function withoutNulls(value: unknown, schema?: TSchema): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const named = Object.entries<TSchema>(schema?.['properties'] ?? {}).filter(([, part]) => isOfMembers(part))
  const parts = new Map(named)
  const present = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(
    present.map(([name, member]) => [name, parts.has(name) ? withoutNulls(member, parts.get(name)) : member]),
  )
}

function isOfMembers({ properties = {} }: TSchema): boolean {
  return Object.keys(properties).length > 0
}

function parsed({ mediaType, body }: BodyOfRequest): unknown {
  const received = body as ReceivedBody | undefined
  const bytes = smallBytesOf(received)
  if (bytes === undefined)
    throw new ServiceError('BODY_TOO_LARGE', 'the body has more than the 128 KiB that this takes')
  if (bytes.byteLength === 0) return {}
  if (mediaType?.toLowerCase() !== 'application/json') {
    throw new ServiceError('MEDIA_TYPE_UNSUPPORTED', 'the content type is not taken; expected application/json')
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new ServiceError('BODY_MALFORMED', `the body is not JSON: ${(error as Error).message.slice(0, 200)}`)
  }
}
