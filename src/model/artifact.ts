// A fitted pipeline as bytes: a header that is checked before anything is decoded, a report, and a payload of plain data.
import { createHash } from 'node:crypto'
import { Packr } from 'msgpackr'
import { StateError } from '../learning/errors.ts'
import type { EstimatorState, StateValue } from '../learning/estimator.ts'
import type { FittedPipeline } from './fitted-pipeline.ts'
import type { Model, ModelParameters } from './model.ts'
import { checkPlainPayload } from './plain-payload.ts'

/*
 * Layout, integers little-endian:
 *   0  "MLWA"           4 bytes
 *   4  format version   uint16
 *   6  header length    uint32
 *  10  report length    uint32
 *  14  payload length   uint32
 *  18  SHA-256          32 bytes, of the payload
 *  50  SHA-256          32 bytes, of the 50 bytes before it, header and report: it stands for all
 *  82  header           JSON, UTF-8: ArtifactHeader
 *   …  report           msgpack: what pictures of the training are made of; may be empty. Its last baseline_length bytes are
 *                       the baseline, msgpack by itself: what predictions are held against later
 *   …  payload          msgpack: { parameters, state }
 * The front, all but the payload, can be checked and read without it.
 */
const MAGIC = 'MLWA'
const FORMAT_VERSION = 2
const PAYLOAD_DIGEST_OFFSET = 18
const DIGEST_OFFSET = 50
const HEADER_OFFSET = 82

/** The version of what estimators write. It moves when a state changes its meaning; then older artifacts are refused. */
export const LIBRARY_VERSION = 1

/** What can be read of an artifact without decoding its payload. */
export interface ArtifactHeader {
  readonly model_name: string
  readonly library_version: number
  readonly feature_names: readonly string[]
  readonly label_names: readonly string[]
  /** Absent where there is no baseline. */
  readonly baseline_length?: number
}

/** What an artifact holds beside the pipeline. */
export interface ArtifactExtras {
  readonly report?: StateValue | undefined
  readonly baseline?: StateValue | undefined
}

export type ArtifactFault =
  | 'not_an_artifact'
  | 'format_version'
  | 'library_version'
  | 'corrupt'
  | 'another_model'
  | 'state'

/** Bytes that are no artifact of this model and version. Nothing of them was decoded, unless the fault is "state". */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError'
  readonly fault: ArtifactFault
  constructor(fault: ArtifactFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

/**
 * moreTypes keeps typed arrays what they are; structuredClone: false leaves clone pointers out, in both directions;
 * no records, which compile code; map keys as plain properties. What it reads is checked before: plain-payload.ts.
 */
const packr = new Packr({ moreTypes: true, structuredClone: false, useRecords: false, mapsAsObjects: true })

/** The same with float32 where it has every digit of a number: reports have few digits. */
const reportPackr = new Packr({ structuredClone: false, useRecords: false, mapsAsObjects: true, useFloat32: 4 })

/** The same fitted pipeline, parameters, report and baseline give the same bytes. O(bytes). */
export function encodeArtifact(
  model: Model,
  parameters: ModelParameters,
  pipeline: FittedPipeline,
  { report, baseline }: ArtifactExtras = {},
): Buffer {
  const baselineBytes = baseline === undefined ? Buffer.alloc(0) : packr.pack(baseline)
  const header: ArtifactHeader = {
    model_name: model.name,
    library_version: LIBRARY_VERSION,
    feature_names: pipeline.featureSchema.map((column) => column.name),
    label_names: pipeline.outputs.map((output) => output.name),
    ...(baseline === undefined ? {} : { baseline_length: baselineBytes.length }),
  }
  const headerBytes = Buffer.from(JSON.stringify(header))
  const reportBytes = Buffer.concat([report === undefined ? Buffer.alloc(0) : reportPackr.pack(report), baselineBytes])
  // Parameters go in as JSON text: their keys may be any names, of classes for instance, and msgpackr renames some.
  const payload = packr.pack({ parameters: JSON.stringify(parameters), state: pipeline.toState() })
  const bytes = Buffer.alloc(HEADER_OFFSET + headerBytes.length + reportBytes.length + payload.length)
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt16LE(FORMAT_VERSION, 4)
  bytes.writeUInt32LE(headerBytes.length, 6)
  bytes.writeUInt32LE(reportBytes.length, 10)
  bytes.writeUInt32LE(payload.length, 14)
  headerBytes.copy(bytes, HEADER_OFFSET)
  reportBytes.copy(bytes, HEADER_OFFSET + headerBytes.length)
  payload.copy(bytes, HEADER_OFFSET + headerBytes.length + reportBytes.length)
  sha256(payload).copy(bytes, PAYLOAD_DIGEST_OFFSET)
  frontDigestOf(bytes, lengthsOf(bytes)).copy(bytes, DIGEST_OFFSET)
  return bytes
}

/** Bytes from the start of an artifact that tell how long its front is. */
export const ARTIFACT_PREFIX_LENGTH = HEADER_OFFSET

/** Checks magic, versions, lengths and digests, and reads the header. Throws ArtifactError. O(bytes). */
export function readArtifactHeader(bytes: Buffer): ArtifactHeader {
  const { header } = readFront(bytes)
  const { front, payload } = lengthsOf(bytes)
  const isWhole = bytes.length === front + payload
  const digest = bytes.subarray(PAYLOAD_DIGEST_OFFSET, DIGEST_OFFSET)
  if (!isWhole || !sha256(bytes.subarray(front)).equals(digest)) throw damaged(bytes.length, front + payload)
  return header
}

/** Length of the front, from at least ARTIFACT_PREFIX_LENGTH bytes of an artifact. Throws ArtifactError. */
export function frontLengthOf(bytes: Buffer): number {
  if (bytes.length < HEADER_OFFSET || bytes.toString('latin1', 0, 4) !== MAGIC) {
    throw new ArtifactError('not_an_artifact', 'the stored result is not an artifact of this worker')
  }
  const formatVersion = bytes.readUInt16LE(4)
  if (formatVersion !== FORMAT_VERSION) {
    throw new ArtifactError('format_version', `artifact format ${formatVersion}; this worker reads ${FORMAT_VERSION}`)
  }
  return lengthsOf(bytes).front
}

/** What stands before the payload. */
export interface ArtifactFront {
  readonly header: ArtifactHeader
  /** Of the front and, through the payload's digest in it, of the whole artifact: hexadecimal. */
  readonly digest: string
  /** Undefined where the training left none. What it says is for the reader to check. */
  readonly report: unknown
}

/** Checks and reads the front of an artifact; what follows may be missing. Throws ArtifactError. */
export function readArtifactFront(bytes: Buffer): ArtifactFront {
  const { header, reportBytes, digest } = readFront(bytes)
  if (reportBytes.length === 0) return { header, digest, report: undefined }
  try {
    checkPlainPayload(reportBytes)
    return { header, digest, report: reportPackr.unpack(reportBytes) }
  } catch (cause) {
    throw new ArtifactError('corrupt', `the report in the artifact cannot be read: ${cause}`, { cause })
  }
}

/**
 * The baseline in the front of an artifact, whatever it says; what follows the front may be missing. Undefined where there is none.
 * Throws ArtifactError. O(bytes of the front).
 */
export function readArtifactBaseline(bytes: Buffer): unknown {
  const { baselineBytes } = readFront(bytes)
  if (baselineBytes.length === 0) return undefined
  try {
    return unpackPlain(baselineBytes)
  } catch (cause) {
    throw new ArtifactError('corrupt', `the baseline in the artifact cannot be read: ${cause}`, { cause })
  }
}

/**
 * The fitted pipeline that the bytes hold. What is built is decided by the model's own class, never by the bytes.
 * Throws ArtifactError when they are damaged, of another version or model, or hold a state that its pipeline refuses.
 */
export function decodeArtifact(bytes: Buffer, model: Model): FittedPipeline {
  const header = readArtifactHeader(bytes)
  if (header.model_name !== model.name) {
    throw new ArtifactError('another_model', `the artifact is of model "${header.model_name}", not of "${model.name}"`)
  }
  try {
    const { parameters, state } = unpackPayload(bytes)
    const pipeline = model.create_pipeline(parameters).restore(state)
    pipeline.tryOut()
    return pipeline
  } catch (error) {
    const reason = error instanceof StateError ? error.message : `${error}`
    throw new ArtifactError('state', `the artifact's state does not fit model "${model.name}": ${reason}`, {
      cause: error,
    })
  }
}

/** The parameters that the artifact's pipeline was made with. Throws ArtifactError, as decodeArtifact does. O(bytes). */
export function readArtifactParameters(bytes: Buffer): ModelParameters {
  readArtifactHeader(bytes)
  try {
    return unpackPayload(bytes).parameters
  } catch (cause) {
    throw new ArtifactError('state', `the artifact's parameters cannot be read: ${cause}`, { cause })
  }
}

/** The value in a part of a payload. Throws PayloadError. */
export function unpackPlain(bytes: Buffer): unknown {
  checkPlainPayload(bytes)
  return packr.unpack(bytes)
}

function unpackPayload(bytes: Buffer): { parameters: ModelParameters; state: EstimatorState } {
  const { parameters, state } = unpackPlain(bytes.subarray(lengthsOf(bytes).front)) as {
    parameters: string
    state: EstimatorState
  }
  return { parameters: JSON.parse(parameters) as ModelParameters, state }
}

interface FrontParts {
  readonly header: ArtifactHeader
  readonly reportBytes: Buffer
  readonly baselineBytes: Buffer
  readonly digest: string
}

function readFront(bytes: Buffer): FrontParts {
  const length = frontLengthOf(bytes)
  const lengths = lengthsOf(bytes)
  const digest = bytes.subarray(DIGEST_OFFSET, HEADER_OFFSET)
  if (bytes.length < length || !frontDigestOf(bytes, lengths).equals(digest)) {
    throw damaged(bytes.length, length + lengths.payload)
  }
  const header = parseHeader(bytes.toString('utf8', HEADER_OFFSET, lengths.header))
  if (header.library_version !== LIBRARY_VERSION) {
    throw new ArtifactError(
      'library_version',
      `the artifact was written by library version ${header.library_version}; this worker reads ${LIBRARY_VERSION}: train again`,
    )
  }
  const reportEnd = length - (header.baseline_length ?? 0)
  if (reportEnd < lengths.header) throw damaged(bytes.length, length + lengths.payload)
  return {
    header,
    reportBytes: bytes.subarray(lengths.header, reportEnd),
    baselineBytes: bytes.subarray(reportEnd, length),
    digest: digest.toString('hex'),
  }
}

/** Where the header ends, where the front ends, and how long the payload is. */
function lengthsOf(bytes: Buffer): { header: number; front: number; payload: number } {
  const header = HEADER_OFFSET + bytes.readUInt32LE(6)
  return { header, front: header + bytes.readUInt32LE(10), payload: bytes.readUInt32LE(14) }
}

function damaged(length: number, expected: number): ArtifactError {
  const message = `the artifact is damaged: ${length} bytes, expected ${expected}, or its checksum is wrong`
  return new ArtifactError('corrupt', message)
}

/** A checksum tells that the bytes are as they were written, not that we wrote them. */
function parseHeader(text: string): ArtifactHeader {
  let header: Partial<ArtifactHeader> | null | undefined
  try {
    header = JSON.parse(text)
  } catch (cause) {
    throw new ArtifactError('corrupt', 'the header of the artifact is no JSON', { cause })
  }
  const areNames = (names: unknown): boolean => Array.isArray(names) && names.every((name) => typeof name === 'string')
  if (
    typeof header?.model_name !== 'string' ||
    !Number.isInteger(header.library_version) ||
    !areNames(header.feature_names) ||
    !areNames(header.label_names) ||
    !isLength(header.baseline_length)
  ) {
    throw new ArtifactError('corrupt', 'the header of the artifact does not say what a header says')
  }
  return header as ArtifactHeader
}

function isLength(length: unknown): boolean {
  return length === undefined || (Number.isInteger(length) && (length as number) >= 0)
}

function frontDigestOf(bytes: Buffer, { front }: { front: number }): Buffer {
  const hash = createHash('sha256').update(bytes.subarray(0, DIGEST_OFFSET))
  return hash.update(bytes.subarray(HEADER_OFFSET, front)).digest()
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}
