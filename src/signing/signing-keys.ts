// The keys that sign manifests and that are accepted: one ed25519 key a file, in PEM.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SigningKey, TrustedKeys } from './dsse.ts'

/** The keys cannot be used as they are; the message says why, and names the setting. */
export class SigningKeyError extends Error {
  override readonly name = 'SigningKeyError'
}

export interface SigningKeys {
  /** Undefined where nothing is signed. */
  readonly signer: SigningKey | undefined
  /** That of the signer among them. */
  readonly trusted: TrustedKeys
  /** What is not well, and keeps nobody from work. */
  readonly warnings: readonly string[]
}

interface KeyFile {
  readonly text: string
  readonly mode: number
}

const FILE_LENGTH_MAX = 16_384
const TRUSTED_MAX = 100
const OF_OTHERS = 0o077
const MADE_BY = 'npx ml-worker signing-key create FILE makes one'

/** The id of a key: SHA-256 of its public half as SubjectPublicKeyInfo (DER), hexadecimal. */
export function keyIdOf(key: KeyObject): string {
  const publicKey = key.type === 'public' ? key : createPublicKey(key)
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

/** signing: a path, or empty. trusting: paths with commas between, or empty. Throws SigningKeyError. */
export async function readSigningKeys(signing: string, trusting: string): Promise<SigningKeys> {
  const warnings: string[] = []
  const trusted = new Map<string, KeyObject>()
  let signer: SigningKey | undefined
  if (signing !== '') {
    const { text, mode } = await readText(signing, 'SIGNING_KEY_FILE')
    if ((mode & OF_OTHERS) !== 0) {
      const rights = (mode & 0o777).toString(8)
      warnings.push(`SIGNING_KEY_FILE: ${signing} has the permissions ${rights}: others can read it; do: chmod 600`)
    }
    const privateKey = keyIn(text, createPrivateKey, 'SIGNING_KEY_FILE', `${signing} holds no private key`)
    signer = { id: keyIdOf(privateKey), privateKey }
    trusted.set(signer.id, createPublicKey(privateKey))
  }
  for (const path of await filesOf(trusting)) {
    const { text } = await readText(path, 'SIGNING_TRUSTED_KEYS')
    if (text.includes('PRIVATE KEY')) {
      throw new SigningKeyError(`SIGNING_TRUSTED_KEYS: ${path} holds a private key; expected the public half alone`)
    }
    const key = keyIn(text, createPublicKey, 'SIGNING_TRUSTED_KEYS', `${path} holds no public key`)
    trusted.set(keyIdOf(key), key)
  }
  return { signer, trusted, warnings }
}

/**
 * Makes a key: the private half in a file that is not there, for its owner alone, the public half in FILE.pub.pem. Gives its id
 * and both paths. Throws what the disk throws.
 */
export async function createSigningKey(path: string): Promise<{ readonly id: string; readonly publicPath: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const publicPath = `${path}.pub.pem`
  await write(path, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 0o600)
  await write(publicPath, publicKey.export({ type: 'spki', format: 'pem' }) as string, 0o644)
  return { id: keyIdOf(publicKey), publicPath }
}

async function write(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Folders stand for the *.pem in them. */
async function filesOf(trusting: string): Promise<string[]> {
  const files: string[] = []
  for (const path of trusting.split(',').flatMap((part) => part.trim() || [])) {
    try {
      const isFolder = (await stat(path)).isDirectory()
      const names = isFolder ? (await readdir(path)).filter((name) => name.endsWith('.pem')).sort() : []
      files.push(...(isFolder ? names.map((name) => join(path, name)) : [path]))
    } catch (error) {
      throw unreadable('SIGNING_TRUSTED_KEYS', path, error)
    }
  }
  if (files.length > TRUSTED_MAX) {
    throw new SigningKeyError(`SIGNING_TRUSTED_KEYS: ${files.length} keys; expected at most ${TRUSTED_MAX}`)
  }
  return files
}

async function readText(path: string, setting: string): Promise<KeyFile> {
  try {
    const file = await open(path, 'r')
    try {
      const { mode, size } = await file.stat()
      if (size > FILE_LENGTH_MAX) throw new Error(`it has ${size} bytes; expected one key in PEM`)
      return { text: await file.readFile('latin1'), mode }
    } finally {
      await file.close()
    }
  } catch (error) {
    throw unreadable(setting, path, error)
  }
}

function keyIn(text: string, read: (pem: string) => KeyObject, setting: string, what: string): KeyObject {
  try {
    const key = read(text)
    if (key.asymmetricKeyType === 'ed25519') return key
    throw new Error(`it is of the kind ${key.asymmetricKeyType}`)
  } catch (error) {
    const reason = (error as Error).message
    throw new SigningKeyError(`${setting}: ${what}: expected ed25519 in PEM (${MADE_BY}); ${reason}`, { cause: error })
  }
}

function unreadable(setting: string, path: string, error: unknown): SigningKeyError {
  return new SigningKeyError(`${setting}: ${path} cannot be read: ${(error as Error).message}`, { cause: error })
}
