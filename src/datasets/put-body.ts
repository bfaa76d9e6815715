// A body that was received, into the storage: without a copy where it lies in a file that the storage can take over.
import { streamOf } from '../rows/body-stream.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { Put, PutOptions, Storage } from '../storage/storage.ts'

/** Throws StorageError. */
export function putBody(storage: Storage, key: string, body: BodyBytes, options: PutOptions): Promise<Put> {
  if (typeof body === 'string' && storage.putFile !== undefined) return storage.putFile(key, body)
  return storage.put(key, streamOf(body), options)
}
