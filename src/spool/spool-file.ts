// A file of the spool: its name, its layout, and the checks before anything of it is believed.
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { writeFlushed } from '../data-folder/flushed-files.ts'
import { keyMissing, type SealingKey } from '../encryption/key-ring.ts'
import type { ObjectCipher } from '../encryption/object-cipher.ts'
import { type OpenFile, openFile } from '../encryption/sealed-file.ts'
import { keyIdIn, SealedError } from '../encryption/sealed-layout.ts'
import { sealParts } from '../encryption/sealing.ts'
import type { Warning } from '../learning/warnings.ts'
import { type CrossFitting, isCrossFitting } from '../model/cross-fitting/cross-fitting.ts'
import { readWarnings } from '../model/run-warning.ts'
import { isSearchSettings, type SearchSettings } from '../model/search/search-settings.ts'
import { isSplitSeed } from '../model/split-seed.ts'
import type { Column, NumericColumn, Table } from '../model/table.ts'
import {
  describeTable,
  isTableDescription,
  type TableDescription,
  tableAt,
  tableByteLength,
  tableChunks,
} from '../model/table-bytes.ts'

/** An accepted run, without its rows. */
export interface AcceptedRun extends CrossFitting {
  readonly runId: number
  readonly modelName: string
  /** As the caller gave them, without defaults. */
  readonly parameters: { readonly [name: string]: unknown }
  /** The fraction of rows held out, or null for none. */
  readonly validationSplit: number | null
  /** What the held-out rows are drawn by. Absent in what an earlier version wrote. */
  readonly splitSeed?: number
  /** What the held-out rows are chosen by: the latest of them, or whole groups. Absent: drawn row by row. */
  readonly splitBy?: SplitBy
  /** Parameters that are searched for before the training. */
  readonly search?: SearchSettings
  /** SHA-256 of what was asked for, hexadecimal: the same again is the same work. */
  readonly digest: string
  /** The trace that it belongs to (W3C Trace Context), where there is one. */
  readonly traceparent?: string
  /** The caller's id of what the run belongs to. */
  readonly correlationId?: string
  /** The data set that its rows are of, where they are. */
  readonly datasetId?: number
  /** With which the caller made the run. */
  readonly idempotencyKey?: string
  /** What was decided about its rows when they were read. */
  readonly warnings?: readonly Warning[]
}

/** The column that rows are split by, and as what it is taken. */
export interface SplitBy {
  readonly column: string
  readonly as: 'time' | 'group'
}

/** Columns that are neither features nor labels, a value for each row. */
export interface AsideColumns {
  /** How much each row counts: 0 or more. */
  readonly weights?: NumericColumn
  readonly splitBy?: Column
  /** What the folds of a cross-validation are made by. */
  readonly crossValidateBy?: Column
  /** What the folds of a search follow. */
  readonly foldBy?: Column
}

/** An accepted run with its rows. */
export interface TrainingWork {
  readonly run: AcceptedRun
  readonly features: Table
  readonly labels: Table
  readonly aside?: AsideColumns
}

/** A run that lies in the spool. */
export interface SpoolEntry {
  readonly path: string
  readonly run: AcceptedRun
}

/** A file of the spool that is torn, or that this version cannot read. */
export class SpoolFileError extends Error {
  override readonly name = 'SpoolFileError'
  readonly path: string
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.path = path
  }
}

interface SpoolHeader {
  readonly run: AcceptedRun
  readonly features: TableDescription
  readonly labels: TableDescription
  /** Weights, and what rows are split and folded by, as far as they are there, in alphabetical order. */
  readonly aside?: TableDescription
  readonly roles?: readonly (keyof AsideColumns)[]
}

/*
 * Layout, integers little-endian: "MLWS" · format version uint32 · header length uint32 · zero uint32 ·
 * header (JSON, padded with spaces to 8 bytes) · columns of the features · of the labels · of those that are neither ·
 * SHA-256 of all before.
 */
const MAGIC = 'MLWS'
const FORMAT_VERSION = 1
const PREFIX_LENGTH = 16
const DIGEST_LENGTH = 32

/** The run id in a file's name, for files whose content cannot be read. */
export function runIdInName(path: string): number | undefined {
  const id = /-(\d+)\.run$/.exec(path)?.[1]
  return id === undefined ? undefined : Number(id)
}

/** When a run was accepted, by its file's name, in milliseconds since 1970. */
export function acceptedAt(path: string): number {
  return Number.parseInt(basename(path), 10)
}

/** Gives what opens a sealed file with these first 92 bytes. Throws SealedError. */
export type CipherOf = (header: Buffer) => ObjectCipher

/** Opens nothing. */
export const noCipher: CipherOf = (header) => {
  throw keyMissing([keyIdIn(header)])
}

/** Only the head of the file: enough to queue it. Throws SpoolFileError; SealedError where its key is missing. */
export function readSpoolEntry(path: string, cipherOf: CipherOf = noCipher): Promise<SpoolEntry> {
  return withFile(path, cipherOf, async (file) => {
    const prefix = Buffer.alloc(PREFIX_LENGTH)
    await file.read(prefix, 0)
    const bytes = Buffer.alloc(headerLengthOf(prefix, path, file.byteLength))
    await file.read(bytes, PREFIX_LENGTH)
    const { run } = parseHeader(bytes, path)
    // What is wrong elsewhere the checksum finds; but not another run may be ended for it.
    if (run.runId !== runIdInName(path)) throw new SpoolFileError(path, 'its header is of another run')
    return { path, run }
  })
}

/**
 * The whole work, its tables as views of one SharedArrayBuffer that threads can share. Throws SpoolFileError; SealedError
 * where its key is missing.
 */
export async function readSpoolFile(path: string, cipherOf: CipherOf = noCipher): Promise<TrainingWork> {
  const { shared, bytes } = await withFile(path, cipherOf, async (file) => {
    const shared = new SharedArrayBuffer(file.byteLength)
    const bytes = Buffer.from(shared as unknown as ArrayBuffer)
    const isWhole = (await file.read(bytes, 0)) === bytes.length
    if (!isWhole) throw new SpoolFileError(path, 'the file became shorter while it was read')
    return { shared, bytes }
  })
  const { length: size } = bytes
  const headerLength = headerLengthOf(bytes, path, size)
  const digest = createHash('sha256')
    .update(bytes.subarray(0, size - DIGEST_LENGTH))
    .digest()
  if (!digest.equals(bytes.subarray(size - DIGEST_LENGTH))) throw new SpoolFileError(path, 'its checksum is wrong')
  const header = parseHeader(bytes.subarray(PREFIX_LENGTH, PREFIX_LENGTH + headerLength), path)
  const start = PREFIX_LENGTH + headerLength
  const labelsStart = start + tableByteLength(header.features)
  const { aside = NO_COLUMNS, roles = [] } = header
  const asideStart = labelsStart + tableByteLength(header.labels)
  if (asideStart + tableByteLength(aside) + DIGEST_LENGTH !== size) {
    throw new SpoolFileError(path, 'its tables are not as long as its header says')
  }
  try {
    return {
      run: header.run,
      features: tableAt(shared, start, header.features),
      labels: tableAt(shared, labelsStart, header.labels),
      ...(roles.length === 0 ? {} : { aside: inRoles(roles, tableAt(shared, asideStart, aside)) }),
    }
  } catch (cause) {
    throw new SpoolFileError(path, `its tables are damaged: ${(cause as Error).message}`, { cause })
  }
}

/** Writes the file of a work and flushes it. Sealed where there is a key, which is to be used once. */
export function writeWork(path: string, work: TrainingWork, sealing?: SealingKey): Promise<void> {
  const chunks = chunksOf(work)
  return writeFlushed(path, sealing === undefined ? chunks : sealParts(sealing, chunks))
}

async function withFile<T>(path: string, cipherOf: CipherOf, read: (file: OpenFile) => Promise<T>): Promise<T> {
  try {
    const file = await openFile(path, cipherOf)
    try {
      return await read(file)
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (!(cause instanceof SealedError) || cause.fault === 'key_missing') throw cause
    throw new SpoolFileError(path, cause.message, { cause })
  }
}

const NO_COLUMNS: TableDescription = { rowCount: 0, columns: [] }

function inRoles(roles: readonly (keyof AsideColumns)[], { columns }: Table): AsideColumns {
  return Object.fromEntries(roles.map((role, k) => [role, columns[k]]))
}

function chunksOf({ run, features, labels, aside = {} }: TrainingWork): Uint8Array[] {
  const roles = (Object.keys(aside) as (keyof AsideColumns)[]).sort()
  // Their names may be the same: the roles tell them apart.
  const columns = roles.map((role) => ({ ...(aside[role] as Column), name: role }))
  const besides: Table = { rowCount: features.rowCount, columns }
  const header: SpoolHeader = {
    run,
    features: describeTable(features),
    labels: describeTable(labels),
    ...(roles.length === 0 ? {} : { aside: describeTable(besides), roles }),
  }
  const json = Buffer.from(JSON.stringify(header))
  const headerBytes = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')])
  const prefix = Buffer.alloc(PREFIX_LENGTH)
  prefix.write(MAGIC, 0, 'latin1')
  prefix.writeUInt32LE(FORMAT_VERSION, 4)
  prefix.writeUInt32LE(headerBytes.length, 8)
  const chunks = [prefix, headerBytes, ...tableChunks(features), ...tableChunks(labels), ...tableChunks(besides)]
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return [...chunks, hash.digest()]
}

function headerLengthOf(prefix: Buffer, path: string, size: number): number {
  if (size < PREFIX_LENGTH + DIGEST_LENGTH || prefix.toString('latin1', 0, 4) !== MAGIC) {
    throw new SpoolFileError(path, 'it is not a file of the spool, or only the beginning of one')
  }
  const version = prefix.readUInt32LE(4)
  if (version !== FORMAT_VERSION) {
    throw new SpoolFileError(path, `it has format ${version}; this worker reads ${FORMAT_VERSION}`)
  }
  const length = prefix.readUInt32LE(8)
  if (PREFIX_LENGTH + length + DIGEST_LENGTH > size) throw new SpoolFileError(path, 'it is torn')
  return length
}

function parseHeader(bytes: Buffer, path: string): SpoolHeader {
  let header: unknown
  try {
    header = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new SpoolFileError(path, 'its header is damaged', { cause })
  }
  if (!isHeader(header)) throw new SpoolFileError(path, 'its header does not say what a header says')
  return header
}

/** A checksum tells that the bytes are as they were written, not that we wrote them. */
function isHeader(value: unknown): value is SpoolHeader {
  if (!isRecord(value) || !isRecord(value['run'])) return false
  const { runId, modelName, parameters, validationSplit, splitSeed, digest, traceparent, warnings } = value['run']
  const { correlationId, idempotencyKey, datasetId, search } = value['run']
  return (
    Number.isSafeInteger(runId) &&
    typeof modelName === 'string' &&
    isRecord(parameters) &&
    (validationSplit === null || (typeof validationSplit === 'number' && validationSplit > 0 && validationSplit < 1)) &&
    (splitSeed === undefined || isSplitSeed(splitSeed)) &&
    typeof digest === 'string' &&
    (datasetId === undefined || Number.isSafeInteger(datasetId)) &&
    [traceparent, correlationId, idempotencyKey].every((text) => text === undefined || typeof text === 'string') &&
    (search === undefined || isSearchSettings(search)) &&
    (warnings === undefined || readWarnings(warnings) !== undefined) &&
    isTableDescription(value['features']) &&
    isTableDescription(value['labels']) &&
    isAside(value['aside'], value['roles']) &&
    isSplitBy(value['run']['splitBy']) &&
    isCrossFitting(value['run'])
  )
}

function isAside(aside: unknown, roles: unknown): boolean {
  if (aside === undefined) return roles === undefined
  if (!isTableDescription(aside) || !Array.isArray(roles) || roles.length !== aside.columns.length) return false
  return aside.columns.every(({ name, kind }, k) => {
    if (name !== roles[k]) return false
    return ['splitBy', 'foldBy', 'crossValidateBy'].includes(name) || (name === 'weights' && kind === 'numeric')
  })
}

function isSplitBy(value: unknown): boolean {
  if (value === undefined) return true
  return isRecord(value) && typeof value['column'] === 'string' && (value['as'] === 'time' || value['as'] === 'group')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
