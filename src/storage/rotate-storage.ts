// Takes the objects of a storage to the first key: their headers move, their bytes stay.
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { KeyRing } from '../encryption/key-ring.ts'
import { Rotation, type RotationOptions } from '../encryption/rotation.ts'
import { SealedError } from '../encryption/sealed-layout.ts'
import { type EncryptedStorage, HEADERS_PREFIX, LAST } from './encrypted-storage.ts'
import type { Storage } from './storage.ts'

const PAGE = 1_000

export interface StorageToRotate {
  readonly driver: Storage
  /** Around that driver, with those keys. */
  readonly storage: EncryptedStorage
  readonly keys: KeyRing
}

/**
 * May be broken off at any time and begun again, beside workers that have the keys: a header is under its new key before
 * it goes from the old one. Throws StorageError.
 */
export async function rotateStorage(parts: StorageToRotate, options: RotationOptions): Promise<Rotation> {
  const rotation = new Rotation()
  const [first] = parts.keys.ids
  // The first key's own go first: others come to them.
  const ids = (await parts.storage.headerIds()).sort((a, b) => Number(b === first) - Number(a === first))
  for (const id of ids) await rotateHeaders(parts, id, options, rotation)
  await sealPlain(parts, options, rotation)
  return rotation
}

async function rotateHeaders(
  { driver, keys }: StorageToRotate,
  id: string,
  { isDryRun }: RotationOptions,
  rotation: Rotation,
): Promise<void> {
  const [first] = keys.ids
  const prefix = `${HEADERS_PREFIX}${id}/`
  for (let after = ''; ; ) {
    const page = await driver.list({ prefix, after, limit: PAGE })
    for (const { key } of page) {
      if (id === first) rotation.count('current')
      else if (!keys.ids.includes(id)) rotation.keep(id, 'its key is missing')
      else if (isDryRun) rotation.count('rewrapped')
      else {
        try {
          const header = keys.rewrap(await buffer(await driver.get(key)))
          const moved = `${HEADERS_PREFIX}${first}/${key.slice(prefix.length)}`
          await driver.put(moved, Readable.from([header]), { byteLengthMax: header.length })
          await driver.delete(key)
          rotation.count('rewrapped')
        } catch (error) {
          if (!(error instanceof SealedError)) throw error
          rotation.keep(id, error.message)
        }
      }
    }
    if (page.length < PAGE) return
    after = page.at(-1)?.key ?? prefix + LAST
  }
}

async function sealPlain(
  { driver, storage }: StorageToRotate,
  { isDryRun, encryptsPlain }: RotationOptions,
  rotation: Rotation,
): Promise<void> {
  for (let after = ''; ; ) {
    const page = await storage.listPlain({ after, limit: PAGE })
    for (const { key, byteLength } of page) {
      if (!encryptsPlain) rotation.count('plain')
      else {
        if (!isDryRun) await sealOne({ driver, storage }, key, byteLength)
        rotation.count('encrypted')
      }
    }
    if (page.length < PAGE) return
    after = page.at(-1)?.key ?? LAST
  }
}

/** What is deleted meanwhile does not come back: EncryptedStorage.delete lets go of what is plain first. */
async function sealOne(
  { driver, storage }: Pick<StorageToRotate, 'driver' | 'storage'>,
  key: string,
  byteLength: number,
): Promise<void> {
  await storage.putSealed(key, await driver.get(key), { byteLengthMax: byteLength })
  if ((await driver.stat(key)) === undefined) await storage.delete(key)
  else await driver.delete(key)
}
