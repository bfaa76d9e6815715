// The columns that an artifact knows, with their levels: read out of its bytes without building the pipeline.
import { ArtifactError, frontLengthOf, unpackPlain } from './artifact.ts'
import { endOfPlainValue, PayloadError } from './plain-payload.ts'
import type { Level } from './table.ts'

/** A column of features or labels. Of numbers and times an artifact has no values. */
export interface KnownColumn {
  readonly name: string
  readonly kind: 'categorical' | 'numeric' | 'time'
  /** Empty but of categories. */
  readonly levels: readonly Level[]
  /** Of a column of text, which is one of numbers here. */
  readonly isText?: true
}

/**
 * Reads the columns out of a whole artifact. What estimators and steps have learnt is passed over, the checksum of the
 * payload is not asked. Throws ArtifactError where the payload is not as a pipeline writes it. O(values before the last
 * column).
 */
export function readArtifactColumns(bytes: Buffer): KnownColumn[] {
  try {
    const payload = bytes.subarray(frontLengthOf(bytes))
    const state = membersAt(payload, 0).get('state')
    const parts = state === undefined ? undefined : membersAt(payload, state)
    const [features, outputs] = [parts?.get('features'), parts?.get('outputs')]
    if (features === undefined || outputs === undefined) throw new PayloadError('it has no columns')
    return [...columnsAt(payload, features), ...columnsAt(payload, outputs)]
  } catch (cause) {
    if (cause instanceof ArtifactError) throw cause
    throw new ArtifactError('state', `the columns of the artifact cannot be read: ${cause}`, { cause })
  }
}

function columnsAt(payload: Buffer, at: number): KnownColumn[] {
  return itemsAt(payload, at).map((start) => {
    const members = membersAt(payload, start)
    const value = (name: string): unknown => {
      const begin = members.get(name)
      return begin === undefined ? undefined : unpackPlain(payload.subarray(begin, endOfPlainValue(payload, begin)))
    }
    const name = value('name')
    const levels = value('levels')
    if (typeof name !== 'string') throw new PayloadError('it has a column without a name')
    if (value('kind') === 'time') return { name, kind: 'time', levels: [] }
    if (value('kind') === 'text') return { name, kind: 'numeric', levels: [], isText: true }
    // Labels that are numbers have an empty list.
    const isCategorical = Array.isArray(levels) && levels.length > 0
    return isCategorical ? { name, kind: 'categorical', levels } : { name, kind: 'numeric', levels: [] }
  })
}

/** Where the values of a record begin, by their names. */
function membersAt(payload: Buffer, start: number): Map<string, number> {
  const { count, first } = headAt(payload, start, { short: 0x80, long: 0xde })
  const members = new Map<string, number>()
  let at = first
  for (let i = 0; i < count; i++) {
    const value = endOfPlainValue(payload, at)
    members.set(String(unpackPlain(payload.subarray(at, value))), value)
    at = endOfPlainValue(payload, value)
  }
  return members
}

/** Where the items of a list begin. */
function itemsAt(payload: Buffer, start: number): number[] {
  const { count, first } = headAt(payload, start, { short: 0x90, long: 0xdc })
  const items: number[] = []
  let at = first
  for (let i = 0; i < count; i++) {
    items.push(at)
    at = endOfPlainValue(payload, at)
  }
  return items
}

/** How many values a list or a record has, and where they begin. short: the kind with 4 bits of length; long: with 16. */
function headAt(
  payload: Buffer,
  at: number,
  { short, long }: { readonly short: number; readonly long: number },
): { count: number; first: number } {
  const kind = payload[at] as number
  if ((kind & 0xf0) === short) return { count: kind & 0x0f, first: at + 1 }
  if (kind === long) return { count: payload.readUInt16BE(at + 1), first: at + 3 }
  if (kind === long + 1) return { count: payload.readUInt32BE(at + 1), first: at + 5 }
  throw new PayloadError(`expected ${short === 0x80 ? 'a record' : 'a list'}, got the kind ${kind}`)
}
