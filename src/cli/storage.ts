// ml-worker storage sweep: what lies in the storage and belongs to nobody.
import pino from 'pino'
import { ConfigError, readConfig } from '../config.ts'
import { OwnSchema } from '../database/own-schema/own-schema.ts'
import { createPool } from '../database/pool.ts'
import { EncryptionKeyError, readKeys } from '../encryption/key-file.ts'
import { objectOwners } from '../object-owners.ts'
import { EncryptedStorage, sealingFolder } from '../storage/encrypted-storage.ts'
import { openStorage } from '../storage/open-storage.ts'
import { StorageError } from '../storage/storage.ts'
import { GRACE_MS, sweepOrphans } from '../storage-upkeep/sweep-orphans.ts'
import { type Command, CommandError, UsageError } from './command.ts'

const MIB = 2 ** 20

export const storageCommand: Command = {
  usage: 'sweep [--dry-run]',
  details: [
    '  Goes through the storage that STORAGE_DRIVER names, and finds objects that nothing in the schema ml_worker refers',
    '  to, such as those of an upload that was cut off. A running worker deletes them then. What is younger than a day,',
    '  and what no part of the worker calls its own, is left alone. Parts of puts that never ended are removed at once.',
    '',
    '  --dry-run              only list them',
  ].join('\n'),
  options: { 'dry-run': { type: 'boolean' } },
  takes: ['what to do (sweep)'],
  async run({ values, positionals }, terminal) {
    if (positionals[0] !== 'sweep') throw new UsageError(`what is "${positionals[0]}"? It can sweep`)
    const isDryRun = values['dry-run'] === true
    const log = pino({ level: 'silent' })
    const config = readSettings()
    const pool = createPool(config.OWN_DATABASE_URL || config.DATABASE_URL, log)
    try {
      await new OwnSchema({ pool }).require()
      const { keys } = await readKeys(config.ENCRYPTION_KEY_FILE)
      // What a worker with keys has stored is under other keys in the driver.
      const driver = await openStorage(config)
      const storage = new EncryptedStorage({ driver, keys, folder: sealingFolder(config) })
      const onOrphan = ({ key, byteLength, storedAt }: { key: string; byteLength: number; storedAt: number }): void =>
        terminal.out(`${key}  ${byteLength} bytes, of ${new Date(storedAt).toISOString()}`)
      const parts = { storage, references: objectOwners(pool), client: pool }
      const { listed, unowned, young, orphans, orphanBytes } = await sweepOrphans(parts, { isDryRun, onOrphan })
      const what = isDryRun ? 'would be deleted' : 'are to be deleted by a running worker'
      terminal.out(`${listed} objects; ${orphans} of them (${Math.ceil(orphanBytes / MIB)} MiB) ${what}`)
      terminal.out(`left alone: ${young} younger than a day, ${unowned} that no part of the worker calls its own`)
      if (isDryRun || storage.removeAbandoned === undefined) return 0
      terminal.out(`${await storage.removeAbandoned(Date.now() - GRACE_MS)} puts that never ended were removed`)
      return 0
    } catch (error) {
      if (error instanceof StorageError || error instanceof ConfigError || error instanceof EncryptionKeyError) {
        throw new CommandError(error.message, { cause: error })
      }
      throw error
    } finally {
      await pool.close()
    }
  },
}

/** Throws CommandError where no database is named. */
function readSettings(): ReturnType<typeof readConfig> {
  const config = readConfig()
  if (config.OWN_DATABASE_URL !== '' || config.DATABASE_URL !== '') return config
  throw new CommandError(
    'neither OWN_DATABASE_URL nor DATABASE_URL is set: what refers to the objects stands in the schema ml_worker there',
  )
}
