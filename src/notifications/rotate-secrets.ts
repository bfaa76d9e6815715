// Takes the secrets of webhooks to the first key.
import type { Queryable } from '../database/pool.ts'
import type { KeyRing } from '../encryption/key-ring.ts'
import { Rotation, type RotationOptions } from '../encryption/rotation.ts'
import { HEADER_LENGTH, keyIdIn, SealedError } from '../encryption/sealed-layout.ts'
import { isSealedSecret, storedSecret } from './secrets.ts'
import { listSecrets, rewriteSecret, type StoredSecrets } from './webhooks-table.ts'

interface SecretsToRotate {
  /** The worker's own schema. */
  readonly client: Queryable
  readonly keys: KeyRing
}

/** May be broken off and begun again, beside workers that have the keys. Throws what the database throws. */
export async function rotateSecrets(parts: SecretsToRotate, options: RotationOptions): Promise<Rotation> {
  const rotation = new Rotation()
  for (const { webhookId, ...stored } of await listSecrets(parts.client)) {
    for (const [which, secret] of Object.entries(stored) as [keyof StoredSecrets, Buffer | null][]) {
      if (secret !== null) await rotate(parts, { webhookId, which, secret }, options, rotation)
    }
  }
  return rotation
}

async function rotate(
  { client, keys }: SecretsToRotate,
  { webhookId, which, secret }: { webhookId: number; which: keyof StoredSecrets; secret: Buffer },
  { isDryRun, encryptsPlain }: RotationOptions,
  rotation: Rotation,
): Promise<void> {
  const write = async (to: Buffer): Promise<boolean> =>
    isDryRun || (await rewriteSecret(client, webhookId, which, { from: secret, to }))
  if (!isSealedSecret(secret)) {
    const isSealedNow = encryptsPlain && (await write(storedSecret(keys, webhookId, secret)))
    rotation.count(isSealedNow ? 'encrypted' : 'plain')
    return
  }
  const id = keyIdIn(secret)
  if (id === keys.ids[0]) {
    rotation.count('current')
    return
  }
  try {
    const rewrapped = Buffer.concat([keys.rewrap(secret), secret.subarray(HEADER_LENGTH)])
    if (await write(rewrapped)) rotation.count('rewrapped')
    else rotation.keep(id, 'it was changed meanwhile')
  } catch (error) {
    if (!(error instanceof SealedError)) throw error
    rotation.keep(id, error.fault === 'key_missing' ? 'its key is missing' : error.message)
  }
}
