// Errors of stores in the words of StorageError, without what must not be read: keys of access, signatures, requests.
import type { RemoteStore } from './remote-store.ts'
import { StorageError } from './storage.ts'

/** Of a message of a store: they may quote whole answers. */
const MESSAGE_LENGTH_MAX = 300
/** Parts of presigned URLs and of headers that let in who has them. */
const SIGNATURES =
  /((?:sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature|sharedkey [^:\s]*)[=:]\s*)[^\s&"']+|bearer\s+\S+/gi

/** subject: the key, or what was done. */
export function storeError(error: unknown, subject: string, store: RemoteStore): StorageError {
  if (error instanceof StorageError) return error
  const cause = plainError(error, store.secrets)
  const { code } = error as NodeJS.ErrnoException
  // Of the file that takes an object on its way.
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StorageError('full', `no room is left on the disk for ${subject}`, { cause })
  }
  const fault = store.faultOf(error)
  if (fault === 'unknown') return new StorageError('unknown', `there is no object ${subject}`, { cause })
  if (fault === 'full') return new StorageError('full', `no room is left in ${store.name} for ${subject}`, { cause })
  const failure = fault === 'taken' ? 'failed' : fault
  const verb = failure === 'refused' ? 'does not allow it' : 'failed'
  return new StorageError(failure, `${subject}: ${store.name} ${verb}: ${cause.message}`, { cause })
}

/** SDKs hang requests, with headers that log in, on their errors: none of it is kept. */
function plainError(error: unknown, secrets: readonly string[]): Error {
  const { name = 'Error', message = String(error), code } = (error ?? {}) as Partial<NodeJS.ErrnoException>
  let text = message.replace(SIGNATURES, '…').replace(/\s+/g, ' ').trim()
  for (const secret of secrets) if (secret !== '') text = text.replaceAll(secret, '…')
  const plain = new Error((text || name).slice(0, MESSAGE_LENGTH_MAX))
  return typeof code === 'string' ? Object.assign(plain, { name, code }) : Object.assign(plain, { name })
}
