// A fitted pipeline as bytes: a header that is checked before anything is decoded, and a payload of plain data.
import { createHash } from 'node:crypto'
import { Packr } from 'msgpackr'
import { StateError } from '../learning/errors.ts'
import type { EstimatorState } from '../learning/estimator.ts'
import type { FittedPipeline } from './fitted-pipeline.ts'
import type { Model, ModelParameters } from './model.ts'
import { checkPlainPayload } from './plain-payload.ts'

/*
 * Layout, integers little-endian:
 *   0  "MLWA"           4 bytes
 *   4  format version   uint16
 *   6  header length    uint32
 *  10  payload length   uint32
 *  14  SHA-256          32 bytes, of the 14 bytes before it and all after it
 *  46  header           JSON, UTF-8: ArtifactHeader
 *   …  payload          msgpack: { parameters, state }
 */
const MAGIC = 'MLWA'
const FORMAT_VERSION = 1
const DIGEST_OFFSET = 14
const HEADER_OFFSET = 46

/** The version of what estimators write. It moves when a state changes its meaning; then older artifacts are refused. */
export const LIBRARY_VERSION = 1

/** What can be read of an artifact without decoding its payload. */
export interface ArtifactHeader {
  readonly model_name: string
  readonly library_version: number
  readonly feature_names: readonly string[]
  readonly label_names: readonly string[]
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

/** The same fitted pipeline and parameters give the same bytes. O(bytes). */
export function encodeArtifact(model: Model, parameters: ModelParameters, pipeline: FittedPipeline): Buffer {
  const header: ArtifactHeader = {
    model_name: model.name,
    library_version: LIBRARY_VERSION,
    feature_names: pipeline.featureSchema.map((column) => column.name),
    label_names: pipeline.outputs.map((output) => output.name),
  }
  const headerBytes = Buffer.from(JSON.stringify(header))
  // Parameters go in as JSON text: their keys may be any names, of classes for instance, and msgpackr renames some.
  const payload = packr.pack({ parameters: JSON.stringify(parameters), state: pipeline.toState() })
  const bytes = Buffer.alloc(HEADER_OFFSET + headerBytes.length + payload.length)
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt16LE(FORMAT_VERSION, 4)
  bytes.writeUInt32LE(headerBytes.length, 6)
  bytes.writeUInt32LE(payload.length, 10)
  headerBytes.copy(bytes, HEADER_OFFSET)
  payload.copy(bytes, HEADER_OFFSET + headerBytes.length)
  digestOf(bytes).copy(bytes, DIGEST_OFFSET)
  return bytes
}

/** Checks magic, versions, lengths and digest, and reads the header. Throws ArtifactError. O(bytes). */
export function readArtifactHeader(bytes: Buffer): ArtifactHeader {
  if (bytes.length < HEADER_OFFSET || bytes.toString('latin1', 0, 4) !== MAGIC) {
    throw new ArtifactError('not_an_artifact', 'the stored result is not an artifact of this worker')
  }
  const formatVersion = bytes.readUInt16LE(4)
  if (formatVersion !== FORMAT_VERSION) {
    throw new ArtifactError('format_version', `artifact format ${formatVersion}; this worker reads ${FORMAT_VERSION}`)
  }
  const length = HEADER_OFFSET + bytes.readUInt32LE(6) + bytes.readUInt32LE(10)
  if (bytes.length !== length || !digestOf(bytes).equals(bytes.subarray(DIGEST_OFFSET, HEADER_OFFSET))) {
    throw new ArtifactError(
      'corrupt',
      `the artifact is damaged: ${bytes.length} bytes, expected ${length}, or its checksum is wrong`,
    )
  }
  const header = parseHeader(bytes.toString('utf8', HEADER_OFFSET, HEADER_OFFSET + bytes.readUInt32LE(6)))
  if (header.library_version !== LIBRARY_VERSION) {
    throw new ArtifactError(
      'library_version',
      `the artifact was written by library version ${header.library_version}; this worker reads ${LIBRARY_VERSION}: train again`,
    )
  }
  return header
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

function unpackPayload(bytes: Buffer): { parameters: ModelParameters; state: EstimatorState } {
  const payloadBytes = bytes.subarray(HEADER_OFFSET + bytes.readUInt32LE(6))
  checkPlainPayload(payloadBytes)
  const { parameters, state } = packr.unpack(payloadBytes) as { parameters: string; state: EstimatorState }
  return { parameters: JSON.parse(parameters) as ModelParameters, state }
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
    !areNames(header.label_names)
  ) {
    throw new ArtifactError('corrupt', 'the header of the artifact does not say what a header says')
  }
  return header as ArtifactHeader
}

function digestOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes.subarray(0, DIGEST_OFFSET)).update(bytes.subarray(HEADER_OFFSET)).digest()
}
