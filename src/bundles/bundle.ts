// A bundle: one version of a project in one file, which a container serves without a database.
import { createHash } from 'node:crypto'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { ENVELOPE_LENGTH_MAX } from '../signing/dsse.ts'

/*
 * Layout, integers little-endian:
 *   0  "MLWB"           4 bytes
 *   4  format version   uint16
 *   6  head length      uint32
 *  10  artifact length  uint32
 *  14  SHA-256          32 bytes, of the artifact
 *  46  SHA-256          32 bytes, of the 46 bytes before it and of the head: it stands for all
 *  78  head             JSON, UTF-8: BundleHead
 *   …  artifact         as it was trained
 */
const MAGIC = 'MLWB'
const FORMAT_VERSION = 1
const ARTIFACT_DIGEST_OFFSET = 14
const DIGEST_OFFSET = 46
/** Bytes before the head. */
export const PREFIX_LENGTH = 78
const DIGEST_LENGTH = 32

/** Of its JSON, in bytes: room for a manifest of the greatest length. */
const HEAD_LENGTH_MAX = 2 ** 25
const MANIFESTS_MAX = 4
/** PostgreSQL takes no larger value. */
const ARTIFACT_LENGTH_MAX = 2 ** 30

export const BUNDLE_LENGTH_MAX = PREFIX_LENGTH + HEAD_LENGTH_MAX + ARTIFACT_LENGTH_MAX
export const BUNDLE_MEDIA_TYPE = 'application/octet-stream'

const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const Head = Type.Object({
  project: Type.Object({ id: Id, name: Type.String({ minLength: 1, maxLength: 255 }) }),
  version: Id,
  model_run_id: Id,
  model_name: Type.String({ minLength: 1, maxLength: 255 }),
  /** Of the worker that trained it; null where it is not known. */
  worker_version: Type.Union([Type.String({ maxLength: 255 }), Type.Null()]),
  /** The signed manifests of the version, DSSE envelopes, the newest first. */
  manifests: Type.Array(Type.String({ maxLength: ENVELOPE_LENGTH_MAX }), { maxItems: MANIFESTS_MAX }),
})

/** What a bundle says of its version. Names as they stand in the file. */
export type BundleHead = Readonly<Static<typeof Head>>

/** Of the artifact. */
export interface ArtifactFacts {
  /** Hexadecimal. */
  readonly sha256: string
  readonly byteLength: number
}

export interface BundleFront {
  /** All bytes before the artifact. */
  readonly bytes: Buffer
  /** The digest that stands for all of the bundle, hexadecimal. */
  readonly sha256: string
}

/** Where the parts of a bundle lie. Nothing of the head is decoded yet. */
export interface BundleLayout {
  readonly headLength: number
  readonly artifact: ArtifactFacts
  /** Of the artifact, in the file. */
  readonly artifactStart: number
  /** The digest that stands for all of the bundle, hexadecimal. */
  readonly sha256: string
}

/** Bytes that are no bundle, or not one that this worker can serve. The message goes on from the name of the file. */
export class BundleError extends Error {
  override readonly name = 'BundleError'
}

/** All that stands before the artifact. Of many manifests the newest are kept. The same facts give the same bytes. */
export function bundleFront(facts: BundleHead, artifact: ArtifactFacts): BundleFront {
  const head = Buffer.from(JSON.stringify({ ...facts, manifests: facts.manifests.slice(0, MANIFESTS_MAX) }), 'utf8')
  if (head.length > HEAD_LENGTH_MAX || artifact.byteLength > ARTIFACT_LENGTH_MAX) {
    throw new RangeError(`a bundle with a head of ${head.length} and an artifact of ${artifact.byteLength} bytes`)
  }
  const prefix = Buffer.alloc(PREFIX_LENGTH)
  prefix.write(MAGIC, 'latin1')
  prefix.writeUInt16LE(FORMAT_VERSION, 4)
  prefix.writeUInt32LE(head.length, 6)
  prefix.writeUInt32LE(artifact.byteLength, 10)
  prefix.write(artifact.sha256, ARTIFACT_DIGEST_OFFSET, 'hex')
  const digest = digestOfFront(prefix, head)
  digest.copy(prefix, DIGEST_OFFSET)
  return { bytes: Buffer.concat([prefix, head]), sha256: digest.toString('hex') }
}

/** prefix: the first bytes of the file, as many as PREFIX_LENGTH where it has them. Throws BundleError. */
export function readLayout(prefix: Buffer, byteLength: number): BundleLayout {
  if (prefix.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new BundleError('is no bundle of ml-worker')
  if (prefix.length < PREFIX_LENGTH) throw new BundleError(`is cut short: it has ${byteLength} bytes`)
  const format = prefix.readUInt16LE(4)
  if (format !== FORMAT_VERSION) {
    throw new BundleError(`has the format ${format}; this worker reads the format ${FORMAT_VERSION}`)
  }
  const headLength = prefix.readUInt32LE(6)
  const artifactLength = prefix.readUInt32LE(10)
  requireAtMost(headLength, HEAD_LENGTH_MAX, 'a head')
  requireAtMost(artifactLength, ARTIFACT_LENGTH_MAX, 'an artifact')
  const artifactStart = PREFIX_LENGTH + headLength
  const expected = artifactStart + artifactLength
  if (byteLength !== expected) {
    throw new BundleError(`is not whole: it has ${byteLength} bytes, and says that it has ${expected}`)
  }
  return {
    headLength,
    artifact: { sha256: digestAt(prefix, ARTIFACT_DIGEST_OFFSET), byteLength: artifactLength },
    artifactStart,
    sha256: digestAt(prefix, DIGEST_OFFSET),
  }
}

/** head: the bytes after the prefix. Nothing of them is decoded before their checksum is right. Throws BundleError. */
export function readHead(prefix: Buffer, head: Buffer, { sha256 }: BundleLayout): BundleHead {
  if (digestOfFront(prefix, head).toString('hex') !== sha256) {
    throw new BundleError('is damaged: the checksum of its head is wrong')
  }
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(head))
  } catch (error) {
    throw new BundleError(`has a head that is not JSON: ${(error as Error).message.slice(0, 200)}`, { cause: error })
  }
  const [fault] = Value.Errors(Head, value)
  if (fault === undefined) return value as BundleHead
  throw new BundleError(`has a head that is not as it should be: ${fault.path || 'all of it'}: ${fault.message}`)
}

function digestOfFront(prefix: Buffer, head: Buffer): Buffer {
  return createHash('sha256').update(prefix.subarray(0, DIGEST_OFFSET)).update(head).digest()
}

function digestAt(prefix: Buffer, offset: number): string {
  return prefix.toString('hex', offset, offset + DIGEST_LENGTH)
}

function requireAtMost(length: number, lengthMax: number, what: string): void {
  if (length > lengthMax)
    throw new BundleError(`says that it has ${what} of ${length} bytes; expected at most ${lengthMax}`)
}
