// The files of the operator's keys: one key a file, as text.
import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { KeyRing, keyIdOf } from './key-ring.ts'
import { KEY_LENGTH } from './sealed-layout.ts'

/** The keys cannot be used as they are; the message says why, and names the setting. */
export class EncryptionKeyError extends Error {
  override readonly name = 'EncryptionKeyError'
}

export interface ReadKeys {
  readonly keys: KeyRing
  /** What is not well, and keeps nobody from work. */
  readonly warnings: readonly string[]
}

/** Longest file that is read: a key has 64 characters at the most. */
const FILE_LENGTH_MAX = 1_024
const HEX = /^[0-9a-f]{64}$/i
/** Of 32 bytes: the last character has two bits that say nothing, and are zero. */
const BASE64 = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=?$/
const EXPECTED = `expected ${KEY_LENGTH} bytes as text, 44 characters of base64 or 64 of hex (npx ml-worker encryption-key create FILE makes one)`
const OF_OTHERS = 0o077

/** setting: paths with commas between; empty for no keys. Throws EncryptionKeyError. */
export async function readKeys(setting: string): Promise<ReadKeys> {
  const paths = setting.split(',').flatMap((path) => path.trim() || [])
  const warnings: string[] = []
  const keys: Buffer[] = []
  const pathOf = new Map<string, string>()
  for (const path of paths) {
    const { text, mode } = await readText(path)
    if ((mode & OF_OTHERS) !== 0) {
      const rights = (mode & 0o777).toString(8)
      warnings.push(`ENCRYPTION_KEY_FILE: ${path} has the permissions ${rights}: others can read it; do: chmod 600`)
    }
    const key = keyIn(text.trim())
    if (key === undefined) throw new EncryptionKeyError(`ENCRYPTION_KEY_FILE: ${path} holds no key: ${EXPECTED}`)
    const before = pathOf.get(keyIdOf(key))
    if (before !== undefined) {
      throw new EncryptionKeyError(`ENCRYPTION_KEY_FILE: ${before} and ${path} hold the same key; name it once`)
    }
    pathOf.set(keyIdOf(key), path)
    keys.push(key)
  }
  return { keys: new KeyRing(keys), warnings }
}

/** Makes a new key in a file that is not there, for its owner alone; gives the key's id. Throws what the disk throws. */
export async function createKeyFile(path: string): Promise<string> {
  const key = randomBytes(KEY_LENGTH)
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(`${key.toString('base64')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  return keyIdOf(key)
}

async function readText(path: string): Promise<{ readonly text: string; readonly mode: number }> {
  try {
    const file = await open(path, 'r')
    try {
      const stat = await file.stat()
      if (!stat.isFile()) throw new Error('it is no file')
      if (stat.size > FILE_LENGTH_MAX) throw new Error(`it has ${stat.size} bytes; ${EXPECTED}`)
      return { text: await file.readFile('latin1'), mode: stat.mode }
    } finally {
      await file.close()
    }
  } catch (error) {
    const reason = (error as Error).message
    throw new EncryptionKeyError(`ENCRYPTION_KEY_FILE: ${path} cannot be read: ${reason}`, { cause: error })
  }
}

function keyIn(text: string): Buffer | undefined {
  if (HEX.test(text)) return Buffer.from(text, 'hex')
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined
}
