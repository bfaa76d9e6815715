// The storage that the configuration names.
import { join, resolve } from 'node:path'
import { LocalStorage } from './local-storage.ts'
import type { Storage } from './storage.ts'

export interface StorageSettings {
  readonly STORAGE_DRIVER: string
  /** Empty: storage in DATA_DIR. */
  readonly LOCAL_STORAGE_DIR: string
  readonly DATA_DIR: string
}

/** Touches no disk and no network. Throws when there is no such driver. */
export function openStorage({ STORAGE_DRIVER, LOCAL_STORAGE_DIR, DATA_DIR }: StorageSettings): Storage {
  if (STORAGE_DRIVER !== 'local') throw new Error(`STORAGE_DRIVER: expected local, got ${STORAGE_DRIVER}`)
  return new LocalStorage(LOCAL_STORAGE_DIR === '' ? join(resolve(DATA_DIR), 'storage') : LOCAL_STORAGE_DIR)
}
