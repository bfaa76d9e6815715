// Secrets of webhooks as they are stored: sealed where the worker has keys, each for its webhook alone.
import { cipherWith, type KeyRing } from '../encryption/key-ring.ts'
import { HEADER_LENGTH, isSealed } from '../encryption/sealed-layout.ts'
import { openWhole, sealParts } from '../encryption/sealing.ts'

/** What sealed secrets of a webhook are bound to. */
export function secretId(webhookId: number): string {
  return `webhook/${webhookId}`
}

export function storedSecret(keys: KeyRing, webhookId: number, secret: Uint8Array): Buffer {
  if (keys.isEmpty) return Buffer.from(secret)
  return Buffer.concat([...sealParts(keys.newSealingKey(secretId(webhookId)), [secret])])
}

/** One in the clear is 32 bytes by chance, which may begin as sealed bytes do; sealed ones are longer. */
export function isSealedSecret(stored: Buffer): boolean {
  return stored.length > HEADER_LENGTH && isSealed(stored)
}

/** Throws SealedError where it is sealed with a key that is not at hand. */
export function openedSecret(keys: KeyRing, webhookId: number, stored: Buffer): Buffer {
  if (!isSealedSecret(stored)) return stored
  const key = keys.sealingKeyOf(stored, secretId(webhookId))
  return openWhole(cipherWith(key), stored)
}
