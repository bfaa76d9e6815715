// What a driver of a store behind a network does, in one request each. RemoteStorage makes a Storage of it.
import type { Readable } from 'node:stream'
import type {
  ByteRange,
  ListOptions,
  PresignedPut,
  PresignPutOptions,
  StorageFailure,
  StoredObject,
} from './storage.ts'

/** An object as its store shows it. */
export interface RemoteObject extends StoredObject {
  /** Of the put that made it, where RemoteStorage did. */
  readonly putId: string | undefined
}

export interface PutRequest {
  /** Stored with the object, so that a put knows its own object again. */
  readonly putId: string
  readonly signal: AbortSignal
}

/** An object that comes in parts. It is there once complete() has resolved, and not in part before. */
export interface PartsUpload {
  /** index: 0 for the first part. */
  put(index: number, bytes: Buffer, signal: AbortSignal): Promise<void>
  /** Throws a fault 'taken' where the key has an object. */
  complete(signal: AbortSignal): Promise<void>
  /** Leaves nothing of it. */
  abort(): Promise<void>
}

/** taken: the key has an object already, or had one a moment ago. */
export type StoreFault = StorageFailure | 'taken'

/** Every call throws what its SDK throws; faultOf says what that means. Requests are tried again by the SDK. */
export interface RemoteStore {
  /** In messages: "the S3 bucket reports". */
  readonly name: string
  /** Never shown in an error. */
  readonly secrets: readonly string[]
  /** Parts that may be on their way at once. */
  readonly partsAtOnce: number
  /** Throws a fault 'taken' where the key has an object. */
  putWhole(key: string, bytes: Buffer, request: PutRequest): Promise<void>
  beginParts(key: string, request: PutRequest): Promise<PartsUpload>
  /** Resolves before the first byte. Undefined where the range begins behind the end. The signal ends with the call. */
  open(key: string, range: ByteRange | undefined, signal: AbortSignal): Promise<Readable | undefined>
  stat(key: string, signal: AbortSignal): Promise<RemoteObject | undefined>
  list(options: ListOptions, signal: AbortSignal): Promise<StoredObject[]>
  delete(key: string, signal: AbortSignal): Promise<void>
  presignGet(key: string, seconds: number): Promise<string>
  /** See Storage. */
  objectUrl(key: string): string
  presignPut(key: string, options: PresignPutOptions): Promise<PresignedPut>
  removeAbandoned?(before: number, signal: AbortSignal): Promise<number>
  faultOf(error: unknown): StoreFault
}

/** How long a store may take. */
export interface RemoteTimes {
  /** Until a connection stands, in ms. */
  readonly connectMs: number
  /** Of one attempt of a request, and between two pieces of an object that is read, in ms. */
  readonly requestMs: number
  /** Attempts of a request; between them the SDK waits, longer each time. */
  readonly attempts: number
}

export const REMOTE_TIMES: RemoteTimes = { connectMs: 5_000, requestMs: 30_000, attempts: 3 }

/** Of the waits between the attempts of a request, in ms. */
const WAITS_MS = 10_000

/** The end of a request with all of its attempts, in ms. */
export function totalMsOf({ requestMs, attempts }: RemoteTimes): number {
  return attempts * requestMs + WAITS_MS
}

/** What a fault means by the HTTP status and the code that stores give it. */
export function faultOfStatus(status: number | undefined, code: string): StoreFault {
  if (status === 507 || /quota|storagefull|insufficientstorage/i.test(code)) return 'full'
  if (/NoSuchBucket|ContainerNotFound/.test(code)) return 'failed'
  if (status === 404) return 'unknown'
  if (status === 409 || status === 412) return 'taken'
  return status === 401 || status === 403 ? 'refused' : 'failed'
}
