// What the doctor sees of the storage: whether it can be listed. It puts nothing there.
import { type Config, ConfigError } from '../../config.ts'
import { openStorage } from '../../storage/open-storage.ts'
import { StorageError } from '../../storage/storage.ts'
import type { Diagnosis } from './diagnosis.ts'

export async function checkStorage(config: Config): Promise<Diagnosis> {
  const subject = 'storage'
  try {
    const storage = await openStorage(config)
    await storage.list({ limit: 1 })
    return { subject, level: 'ok', detail: `${config.STORAGE_DRIVER} can be listed` }
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof ConfigError)) throw error
    const remedy = 'docs/operators.md, "The storage", lists what each driver needs'
    return { subject, level: 'warning', detail: error.message, remedy }
  }
}
