// ml-worker rotate-keys: brings what is stored to the first key, and tells which keys may go.
import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pino from 'pino'
import { appendEntry } from '../audit/audit.ts'
import { type Config, ConfigError, readConfig } from '../config.ts'
import { claimDataDir, DataDirInUseError } from '../data-folder/data-dir.ts'
import { startEmbeddedPostgres } from '../database/embedded-postgres.ts'
import { OwnSchema } from '../database/own-schema/own-schema.ts'
import { createPool, inTransaction, type ServicePool } from '../database/pool.ts'
import { EncryptionKeyError, readKeys } from '../encryption/key-file.ts'
import type { KeyRing } from '../encryption/key-ring.ts'
import { Rotation, type RotationKind, type RotationOptions } from '../encryption/rotation.ts'
import { rotateResults } from '../model-runs/rotate-results.ts'
import { rotateBatches } from '../monitoring/log/rotate-batches.ts'
import { rotateSecrets } from '../notifications/rotate-secrets.ts'
import { Spool } from '../spool/spool.ts'
import { EncryptedStorage, sealingFolder } from '../storage/encrypted-storage.ts'
import { openStorage } from '../storage/open-storage.ts'
import { rotateStorage } from '../storage/rotate-storage.ts'
import { type Command, CommandError, type Terminal } from './command.ts'
import { commandCaller } from './own-database.ts'

/** What is told of each kind, where there are some. */
const WORDS: Readonly<Record<RotationKind, readonly [done: string, planned: string]>> = {
  current: ['under the first key already', 'under the first key already'],
  rewrapped: ['brought to the first key', 'to be brought to the first key'],
  encrypted: ['encrypted now', 'to be encrypted'],
  plain: ['in the clear', 'in the clear'],
}

export const rotateKeysCommand: Command = {
  usage: '[--dry-run] [--encrypt-plain]',
  details: [
    '  The first key of ENCRYPTION_KEY_FILE is the new one; the old ones stand behind it. Give the same list to all workers',
    '  and restart them first. Results of runs, secrets of webhooks, kept predictions and objects of the storage are brought to the first key:',
    '  what wraps their own keys changes, their bytes stay. Runs that wait in the spool keep their key until they have ended. It may be broken',
    '  off and begun again; with DATABASE_URL it works beside running workers, the embedded database needs the worker to be',
    '  stopped. Exit code 0: no other key than the first is needed here; 1: some are still.',
    '',
    '  --dry-run              tell what would be done, and change nothing',
    '  --encrypt-plain        encrypt what was stored before there was a key as well',
  ].join('\n'),
  options: { 'dry-run': { type: 'boolean' }, 'encrypt-plain': { type: 'boolean' } },
  takes: [],
  async run({ values }, terminal) {
    const { config, keys } = await settings(terminal)
    const options = { isDryRun: values['dry-run'] === true, encryptsPlain: values['encrypt-plain'] === true }
    const [first] = keys.ids
    terminal.out(`key ${first} encrypts; ${keys.ids.length} keys decrypt`)
    // First: what leaves the spool goes to the results.
    const ofSpool = await lookAtSpool(config, keys)
    tell('files of the spool', ofSpool, options, terminal)
    const driver = await openStorage(config)
    const storage = new EncryptedStorage({ driver, keys, folder: sealingFolder(config) })
    const ofStorage = await rotateStorage({ driver, storage, keys }, options)
    tell('objects of the storage', ofStorage, options, terminal)
    let ofSecrets = new Rotation()
    let ofPredictions = new Rotation()
    const ofResults = await withDatabase(config, async (pool) => {
      await withOwnSchema(config, pool, async (own) => {
        if (!options.isDryRun) await announceRotation(own, keys)
        ofSecrets = await rotateSecrets({ client: own, keys }, options)
        ofPredictions = await rotateBatches({ client: own, keys }, options)
      })
      return rotateResults({ pool, keys, folder: sealingFolder(config) }, options)
    })
    tell('secrets of webhooks', ofSecrets, options, terminal)
    tell('batches of kept predictions', ofPredictions, options, terminal)
    tell('results of runs', ofResults, options, terminal)
    return sayWhatMayGo([ofStorage, ofSecrets, ofPredictions, ofResults, ofSpool], keys, options, terminal)
  },
}

async function settings(terminal: Terminal): Promise<{ readonly config: Config; readonly keys: KeyRing }> {
  try {
    const config = readConfig()
    const { keys, warnings } = await readKeys(config.ENCRYPTION_KEY_FILE)
    for (const warning of warnings) terminal.err(warning)
    if (keys.isEmpty) throw new CommandError('ENCRYPTION_KEY_FILE is not set: there is no key to rotate to')
    return { config, keys }
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof EncryptionKeyError)) throw error
    throw new CommandError(error.message, { cause: error })
  }
}

/** Files of the spool keep their key: the runs in them end soon, and the worker is at them. */
async function lookAtSpool({ DATA_DIR }: Config, keys: KeyRing): Promise<Rotation> {
  const rotation = new Rotation()
  const spool = new Spool(join(resolve(DATA_DIR), 'spool'), keys)
  const files = await spool.filesByKey({ withSetAside: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return new Map<string, number>()
    throw error
  })
  for (const [id, count] of files) {
    for (let i = 0; i < count; i++) {
      if (id === '') rotation.count('plain')
      else if (id === keys.ids[0]) rotation.count('current')
      else rotation.keep(id, 'it goes when its run has ended, or a file that was set aside is deleted')
    }
  }
  return rotation
}

/** The database of the runs. Nothing is counted where there is none yet. */
async function withDatabase(config: Config, use: (pool: ServicePool) => Promise<Rotation>): Promise<Rotation> {
  const log = pino({ level: 'silent' })
  await using opening = new AsyncDisposableStack()
  let url = config.DATABASE_URL
  if (url === '') {
    const folder = join(resolve(config.DATA_DIR), 'postgres')
    if (!(await isThere(folder))) return new Rotation()
    const dataDir = await claimDataDir(config.DATA_DIR).catch((error) => {
      if (!(error instanceof DataDirInUseError)) throw error
      throw new CommandError(`${error.message}: the embedded database is that worker's; stop it first`)
    })
    opening.defer(() => dataDir.release())
    const embedded = await startEmbeddedPostgres(folder, log)
    opening.defer(() => embedded.stop())
    url = embedded.serviceUrl()
  }
  const pool = createPool(url, log)
  opening.defer(() => pool.close())
  return await use(pool)
}

/** In the audit. */
async function announceRotation(own: ServicePool, { ids }: KeyRing): Promise<void> {
  const event = {
    caller: commandCaller(),
    action: 'keys.rotate',
    resource: `key/${ids[0]}`,
    details: { keys: ids },
  }
  await inTransaction(own, (tx) => appendEntry(tx, event))
}

/** Does nothing where the worker's own schema is not set up. pool: the database of the runs. */
async function withOwnSchema(
  { OWN_DATABASE_URL }: Config,
  pool: ServicePool,
  use: (own: ServicePool) => Promise<void>,
): Promise<void> {
  const own = OWN_DATABASE_URL === '' ? pool : createPool(OWN_DATABASE_URL, pino({ level: 'silent' }))
  try {
    if (await new OwnSchema({ pool: own }).isUsable()) await use(own)
  } finally {
    if (own !== pool) await own.close()
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function tell(what: string, { counts, kept }: Rotation, { isDryRun }: RotationOptions, terminal: Terminal): void {
  const told = Object.entries(WORDS).flatMap(([kind, words]) => {
    const count = counts[kind as RotationKind]
    return count === 0 ? [] : [`${count} ${words[isDryRun ? 1 : 0]}`]
  })
  for (const { keyId, reason, count } of kept.values()) told.push(`${count} under key ${keyId}: ${reason}`)
  terminal.out(`${what}: ${told.join('; ') || 'none'}`)
}

function sayWhatMayGo(
  rotations: readonly Rotation[],
  keys: KeyRing,
  { isDryRun }: RotationOptions,
  terminal: Terminal,
): 0 | 1 {
  const needed = new Set(rotations.flatMap(({ kept }) => Array.from(kept.values(), ({ keyId }) => keyId)))
  const pending = isDryRun && rotations.some(({ counts }) => counts.rewrapped > 0)
  const free = pending ? [] : keys.ids.slice(1).filter((id) => !needed.has(id))
  for (const id of needed) terminal.out(`key ${id} is still needed`)
  if (free.length > 0) {
    terminal.out(`no longer needed here: key ${free.join(', ')}; every other worker's DATA_DIR has a spool of its own`)
  }
  return needed.size === 0 && !pending ? 0 : 1
}
