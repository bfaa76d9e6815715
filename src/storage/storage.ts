// Objects by key, in a folder or a bucket: what rooms see of it. Every driver keeps the promises of test/support/storage-suite.ts.
import type { Readable } from 'node:stream'

/** What is known of an object without its bytes. */
export interface StoredObject {
  readonly key: string
  readonly byteLength: number
  /** When it was put, in milliseconds since 1970. */
  readonly storedAt: number
}

/** Bytes from `start` on, `end` excluded; an end beyond the object's is its end. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

export interface PutOptions {
  /** Of all bytes; more of them are refused. */
  readonly byteLengthMax: number
  readonly signal?: AbortSignal
}

/** created: false when an object with this key was there before; it stays as it is. */
export interface Put extends StoredObject {
  readonly created: boolean
}

export interface ListOptions {
  /** Only keys that begin so. */
  readonly prefix?: string
  /** Only keys after this one. */
  readonly after?: string
  /** 1 to 1000. */
  readonly limit: number
}

/** A request that a caller sends himself: to this URL, by PUT, with these headers and the bytes as its body. */
export interface PresignedPut {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

export interface PresignPutOptions {
  /** Where it is given, bytes of another length are refused by the stores that can: S3 and GCS. */
  readonly byteLength?: number
  /** How long the URL can be used. */
  readonly seconds: number
}

/**
 * Objects are immutable: a key is put once, and may be deleted. Keys have 1 to 512 characters: parts of letters, digits,
 * dots, dashes and underscores, with slashes between; see checkKey. All calls throw StorageError.
 */
export interface Storage {
  /** Puts what the stream gives, all or nothing, and never over an object that is there. Durable when it resolves. */
  put(key: string, bytes: Readable, options: PutOptions): Promise<Put>
  /**
   * Puts a whole file, which nobody may write any more; it may be removed afterwards. As put, without a copy where the driver
   * can. Absent where it cannot.
   */
  putFile?(key: string, path: string): Promise<Put>
  /** Puts it under sha256/<digest>, which is found while it is written: the same bytes are stored once. */
  putContent(bytes: Readable, options: PutOptions): Promise<Put>
  /** The bytes, or a part of them. Throws 'unknown' before the first byte; a start beyond the end gives no bytes. */
  get(key: string, range?: ByteRange): Promise<Readable>
  /** Undefined where there is no object. */
  stat(key: string): Promise<StoredObject | undefined>
  /** In the order of the bytes of their keys. */
  list(options: ListOptions): Promise<StoredObject[]>
  /** Does nothing where there is no object. */
  delete(key: string): Promise<void>
  /**
   * A URL under which a caller gets the object himself for so long, 1 to 604,800 seconds: this object only, and nothing but
   * its bytes. Absent where a driver cannot give one.
   */
  presignGet?(key: string, seconds: number): Promise<string>
  /**
   * Where clients of the store find the object, with rights of their own: s3://bucket/key, gs://bucket/key, or https:// for
   * Azure. Absent where others cannot read what is stored.
   */
  objectUrl?(key: string): string
  /**
   * A request with which a caller puts the object himself, once: an object that is there is not replaced. What came must be
   * looked at again with stat() and get(). Absent where a driver cannot give one.
   */
  presignPut?(key: string, options: PresignPutOptions): Promise<PresignedPut>
  /**
   * Removes the parts of objects whose put began before `before`, in milliseconds since 1970, and never ended. Returns of how
   * many. Absent where the store does so by itself.
   */
  removeAbandoned?(before: number, signal?: AbortSignal): Promise<number>
}

/**
 * key_invalid: no such key can be · unknown: there is no object · too_large: more bytes than the put allows · full: no room
 * is left · refused: the store does not let the worker do it · failed: the driver cannot do it now, for the reason in `cause`.
 */
export type StorageFailure = 'key_invalid' | 'unknown' | 'too_large' | 'full' | 'refused' | 'failed'

export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly failure: StorageFailure

  constructor(failure: StorageFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.failure = failure
  }
}

/** Of a put of more bytes than it allows. */
export function tooLarge(byteLengthMax: number): StorageError {
  return new StorageError('too_large', `more than the ${byteLengthMax} bytes that an object may have here`)
}

export const KEY_LENGTH_MAX = 512
const PART_LENGTH_MAX = 200
/** Begins with a letter or a digit: neither "." nor "..", and no name that a driver keeps for itself. */
const PART = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** Throws StorageError 'key_invalid' unless every driver can take the key, and none takes it for a path elsewhere. */
export function checkKey(key: string): void {
  const parts = key.split('/')
  if (key.length <= KEY_LENGTH_MAX && parts.every((part) => PART.test(part) && part.length <= PART_LENGTH_MAX)) return
  const shown = JSON.stringify(key.slice(0, 80))
  throw new StorageError(
    'key_invalid',
    `the key ${shown}: expected parts of letters, digits, ".", "-" and "_", which begin with a letter or a digit, with "/" between; up to ${PART_LENGTH_MAX} characters a part and ${KEY_LENGTH_MAX} in all`,
  )
}

export const LIST_LIMIT_MAX = 1_000

/** Throws RangeError unless the limit is 1 to 1000. */
export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIST_LIMIT_MAX) return
  throw new RangeError(`limit: expected 1 to ${LIST_LIMIT_MAX}, got ${limit}`)
}

/** Throws RangeError unless 0 <= start <= end. */
export function checkRange({ start, end = Number.POSITIVE_INFINITY }: ByteRange): void {
  if (Number.isSafeInteger(start) && start >= 0 && end >= start) return
  throw new RangeError(`range: expected 0 <= start <= end, got ${start} and ${end}`)
}

/** Seven days: more than that S3 and GCS do not take. */
export const PRESIGN_SECONDS_MAX = 604_800

/** Throws RangeError unless the time is 1 to 604,800 seconds. */
export function checkPresignSeconds(seconds: number): void {
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= PRESIGN_SECONDS_MAX) return
  throw new RangeError(`seconds: expected 1 to ${PRESIGN_SECONDS_MAX}, got ${seconds}`)
}
