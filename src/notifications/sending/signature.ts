// Secrets of webhooks, and signatures with them, as Standard Webhooks 1.0 has them (symmetric: HMAC-SHA256).
import { createHmac, randomBytes } from 'node:crypto'

const SECRET_BYTES = 32

export function newSecret(): Buffer {
  return randomBytes(SECRET_BYTES)
}

/** As it is shown once, and as libraries of receivers take it. */
export function shownSecret(secret: Uint8Array): string {
  return `whsec_${Buffer.from(secret).toString('base64')}`
}

/** The header webhook-signature: one signature by each secret. seconds: since 1970, of webhook-timestamp. */
export function signaturesOf(
  secrets: readonly Uint8Array[],
  { messageId, seconds, body }: { readonly messageId: string; readonly seconds: number; readonly body: string },
): string {
  const signed = `${messageId}.${seconds}.${body}`
  return secrets.map((secret) => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`).join(' ')
}
