// Failures of the storage in the words of the service.
import { ServiceError } from '../errors.ts'
import { StorageError } from '../storage/storage.ts'

/** What fails in the storage, in the words of ServiceError. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    if (error.failure === 'too_large') throw new ServiceError('BODY_TOO_LARGE', error.message, { cause: error })
    throw new ServiceError('STORAGE_UNAVAILABLE', error.message, { cause: error })
  }
}
