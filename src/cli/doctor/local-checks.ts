// What the doctor sees of this machine: Node, the models folder, the worker's folder and its disk.
import { randomBytes } from 'node:crypto'
import { open, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Config } from '../../config.ts'
import { coreFilesWarning } from '../../encryption/core-limit.ts'
import { EncryptionKeyError, readKeys } from '../../encryption/key-file.ts'
import { discoverModels } from '../../registry/discover.ts'
import { readSigningKeys, SigningKeyError } from '../../signing/signing-keys.ts'
import type { Diagnosis } from './diagnosis.ts'

const NODE_MAJOR_MIN = 24
const MIB = 2 ** 20
/** Room for some trainings, without which a run fails soon. */
const FREE_BYTES_MIN = 256 * MIB

export function checkNode(version = process.versions.node): Diagnosis {
  if (Number(version.split('.')[0]) >= NODE_MAJOR_MIN) return { subject: 'node', level: 'ok', detail: version }
  const detail = `Node.js ${version}; expected ${NODE_MAJOR_MIN} or newer`
  return { subject: 'node', level: 'error', detail, remedy: 'npm ci, which brings one' }
}

/** The names of the usable models, and what was found. */
export async function checkModels(folder: string): Promise<{ names: string[]; diagnoses: Diagnosis[] }> {
  const subject = 'models'
  try {
    const { models, skipped } = await discoverModels(folder)
    const names = models.map(({ model }) => model.name)
    const diagnoses: Diagnosis[] = skipped.map(({ file, reason }) => {
      return {
        subject,
        level: 'warning',
        detail: `${file} cannot be used: ${reason}`,
        remedy: `npx ml-worker check ${join(folder, file)}`,
      }
    })
    if (names.length > 0)
      return {
        names,
        diagnoses: [{ subject, level: 'ok', detail: `${names.length} classes in ${folder}` }, ...diagnoses],
      }
    const remedy = 'put a class there, or name another folder with MODELS_DIR'
    return {
      names,
      diagnoses: [{ subject, level: 'error', detail: `no usable class in ${folder}`, remedy }, ...diagnoses],
    }
  } catch (error) {
    const detail = `the models folder cannot be read: ${(error as Error).message}`
    return { names: [], diagnoses: [{ subject, level: 'error', detail, remedy: 'set MODELS_DIR' }] }
  }
}

/** Whether DATA_DIR, or the folder in which it would be made, takes a file; who may read it; and what is free there. */
export async function checkFolder({ DATA_DIR, BODY_LIMIT_MB }: Config): Promise<Diagnosis[]> {
  const given = resolve(DATA_DIR)
  const folder = await nearestFolder(given)
  const isThere = folder === given
  if (!(await stat(folder)).isDirectory()) {
    const detail = `${folder} is a file, no folder`
    return [{ subject: 'folder', level: 'error', detail, remedy: 'remove it, or set DATA_DIR' }]
  }
  const probe = join(folder, `.ml-worker-doctor-${randomBytes(6).toString('hex')}`)
  try {
    const file = await open(probe, 'wx', 0o600)
    await file.sync().finally(() => file.close())
  } catch (error) {
    const detail = `${folder} cannot be written: ${(error as Error).message}`
    return [{ subject: 'folder', level: 'error', detail, remedy: 'give it to the user of the worker, or set DATA_DIR' }]
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
  const found = isThere ? `${given} can be written` : `${given} is made at the start, in ${folder}`
  const diagnoses: Diagnosis[] = [{ subject: 'folder', level: 'ok', detail: found }]
  const { mode } = await stat(folder)
  if (isThere && (mode & 0o077) !== 0) {
    const detail = `${given} has the permissions ${(mode & 0o777).toString(8)}: others may read rows of waiting trainings`
    diagnoses.push({ subject: 'folder', level: 'warning', detail, remedy: `chmod 700 ${given}` })
  }
  return [...diagnoses, await checkDisk(folder, BODY_LIMIT_MB * MIB)]
}

/** The keys that encrypt what is stored; nothing where none is named. */
export async function checkKeys({ ENCRYPTION_KEY_FILE }: Config): Promise<Diagnosis[]> {
  const subject = 'keys'
  try {
    const { keys, warnings } = await readKeys(ENCRYPTION_KEY_FILE)
    if (keys.isEmpty) return []
    const detail = `key ${keys.ids[0]} encrypts what is stored; ${keys.ids.length} keys decrypt`
    const ofCores = await coreFilesWarning()
    const all = ofCores === undefined ? warnings : [...warnings, ofCores]
    const told = all.map((warning): Diagnosis => ({ subject, level: 'warning', detail: warning }))
    return [{ subject, level: 'ok', detail }, ...told]
  } catch (error) {
    if (!(error instanceof EncryptionKeyError)) throw error
    return [{ subject, level: 'error', detail: error.message, remedy: 'name the right files, or mend them' }]
  }
}

interface SigningFound {
  readonly diagnoses: Diagnosis[]
  /** Of the keys one of which must have signed each version; undefined where none must. */
  readonly keyIds: readonly string[] | undefined
}

/** The keys that sign versions and are accepted; nothing where none is named. */
export async function checkSigning(config: Config): Promise<SigningFound> {
  const { SIGNING_KEY_FILE, SIGNING_TRUSTED_KEYS, SIGNATURES } = config
  const subject = 'signing'
  try {
    const { signer, trusted, warnings } = await readSigningKeys(SIGNING_KEY_FILE, SIGNING_TRUSTED_KEYS)
    if (trusted.size === 0) return { diagnoses: [], keyIds: undefined }
    const signs = signer === undefined ? 'no key signs new versions' : `key ${signer.id} signs new versions`
    const isRequired = SIGNATURES === 'required'
    const asks = isRequired ? 'versions predict only where one of them has signed' : 'signatures are not required'
    const detail = `${signs}; accepted keys: ${trusted.size}; ${asks}`
    const told = warnings.map((warning): Diagnosis => ({ subject, level: 'warning', detail: warning }))
    const keyIds = isRequired ? [...trusted.keys()] : undefined
    if (!isRequired || signer !== undefined) return { diagnoses: [{ subject, level: 'ok', detail }, ...told], keyIds }
    const remedy = 'set SIGNING_KEY_FILE where this worker trains versions: without it they do not predict'
    return { diagnoses: [{ subject, level: 'warning', detail, remedy }, ...told], keyIds }
  } catch (error) {
    if (!(error instanceof SigningKeyError)) throw error
    const remedy = 'name the right files, or mend them'
    return { diagnoses: [{ subject, level: 'error', detail: error.message, remedy }], keyIds: undefined }
  }
}

async function checkDisk(folder: string, bodyBytesMax: number): Promise<Diagnosis> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const detail = `${Math.floor(free / MIB)} MiB free`
  const remedy = 'make room, or set DATA_DIR'
  if (free < FREE_BYTES_MIN) return { subject: 'disk', level: 'error', detail, remedy }
  if (free >= 2 * bodyBytesMax) return { subject: 'disk', level: 'ok', detail }
  const fuller = `${detail}: the largest body (BODY_LIMIT_MB) and its rows may need ${Math.floor((2 * bodyBytesMax) / MIB)}`
  return { subject: 'disk', level: 'warning', detail: fuller, remedy: `${remedy}, or a smaller BODY_LIMIT_MB` }
}

async function nearestFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined || dirname(path) === path ? path : nearestFolder(dirname(path))
}
