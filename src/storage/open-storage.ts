// The storage that the configuration names. The SDK of a driver is loaded when it is chosen.
import { join, resolve } from 'node:path'
import { type Config, ConfigError } from '../config.ts'
import { LocalStorage } from './local-storage.ts'
import { RemoteStorage } from './remote-storage.ts'
import type { RemoteStore } from './remote-store.ts'
import type { Storage } from './storage.ts'
import type { storageConfig } from './storage-config.ts'

export type StorageSettings = Pick<Config, keyof typeof storageConfig | 'DATA_DIR'>

/** Where a store's packages, which are optional, may be missing: its opening, and their names. */
interface RemoteDriver {
  readonly packages: readonly string[]
  open(settings: StorageSettings): Promise<RemoteStore>
}

const REMOTE: Readonly<Record<Exclude<StorageSettings['STORAGE_DRIVER'], 'local'>, RemoteDriver>> = {
  s3: {
    packages: ['@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner'],
    open: async (settings) => (await import('./s3-store.ts')).s3Store(settings),
  },
  gcs: {
    packages: ['@google-cloud/storage'],
    open: async (settings) => (await import('./gcs-store.ts')).gcsStore(settings),
  },
  azure: {
    packages: ['@azure/storage-blob'],
    open: async (settings) => (await import('./azure-store.ts')).azureStore(settings),
  },
}

/** Touches no disk and no network. Throws ConfigError where the packages of the driver are not installed. */
export async function openStorage(settings: StorageSettings): Promise<Storage> {
  const { STORAGE_DRIVER: name, LOCAL_STORAGE_DIR, DATA_DIR } = settings
  if (name === 'local') return new LocalStorage(LOCAL_STORAGE_DIR || join(resolve(DATA_DIR), 'storage'))
  const { packages, open } = REMOTE[name]
  try {
    return new RemoteStorage(await open(settings), { folder: join(resolve(DATA_DIR), 'uploads') })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    const what = `STORAGE_DRIVER=${name} needs packages that are not installed; do: npm install ${packages.join(' ')}`
    throw new ConfigError(what, { cause: error })
  }
}
