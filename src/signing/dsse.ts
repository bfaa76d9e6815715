// Envelopes of signed documents: DSSE 1.0 (Dead Simple Signing Envelope, secure-systems-lab), with ed25519.
import { type KeyObject, sign, verify } from 'node:crypto'

/** The envelope does not vouch for what it holds; the message says why, and goes on from the name of what it is of. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError'
}

export interface SigningKey {
  readonly id: string
  readonly privateKey: KeyObject
}

/** Public keys by their ids. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>

interface Envelope {
  readonly payloadType: string
  /** Base64. */
  readonly payload: string
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
}

/** Longest envelope that is read, and most signatures of one. */
export const ENVELOPE_LENGTH_MAX = 2 ** 24
const SIGNATURES_MAX = 16
const SIGNATURE_BYTES = 64
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** What is signed: type and payload, each with its length before it, so that neither can be taken for the other. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, 'utf8')
  const head = Buffer.from(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `, 'utf8')
  return Buffer.concat([head, payload])
}

/** The envelope as text. */
export function signEnvelope(payloadType: string, payload: Uint8Array, key: SigningKey): string {
  const signature = sign(null, preAuthEncoding(payloadType, payload), key.privateKey)
  const envelope: Envelope = {
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid: key.id, sig: signature.toString('base64') }],
  }
  return JSON.stringify(envelope)
}

/**
 * The payload, and the key that vouches for it. Nothing of the payload is looked at before. Throws EnvelopeError where it is no
 * envelope of that type, or no key that is trusted has signed it.
 */
export function openEnvelope(
  text: string,
  payloadType: string,
  trusted: TrustedKeys,
): { readonly payload: Buffer; readonly keyId: string } {
  const envelope = envelopeIn(text)
  if (envelope.payloadType !== payloadType) {
    throw new EnvelopeError(`is of the type ${shown(envelope.payloadType)}; expected ${payloadType}`)
  }
  const payload = bytesOf(envelope.payload, 'payload')
  const signed = preAuthEncoding(payloadType, payload)
  let refused: string | undefined
  for (const { keyid, sig } of envelope.signatures) {
    const key = trusted.get(keyid)
    if (key === undefined) continue
    const signature = bytesOf(sig, 'signature')
    if (signature.length === SIGNATURE_BYTES && verify(null, signed, key, signature)) return { payload, keyId: keyid }
    refused = keyid
  }
  if (refused !== undefined) throw new EnvelopeError(`is not what key ${refused} signed`)
  const ids = envelope.signatures.map(({ keyid }) => shown(keyid)).join(', ')
  throw new EnvelopeError(`is signed by no accepted key; it names ${ids}`)
}

function envelopeIn(text: string): Envelope {
  let value: unknown
  try {
    if (text.length > ENVELOPE_LENGTH_MAX) throw new Error('too long')
    value = JSON.parse(text)
  } catch (error) {
    throw new EnvelopeError(`is no envelope: ${(error as Error).message}`, { cause: error })
  }
  const { payloadType, payload, signatures } = (value ?? {}) as Partial<Envelope>
  const isListed =
    Array.isArray(signatures) &&
    signatures.length > 0 &&
    signatures.length <= SIGNATURES_MAX &&
    signatures.every((one) => typeof one?.keyid === 'string' && typeof one.sig === 'string')
  if (typeof payloadType !== 'string' || typeof payload !== 'string' || !isListed) {
    throw new EnvelopeError('is no envelope: expected payloadType, payload and signatures')
  }
  return { payloadType, payload, signatures }
}

function bytesOf(text: string, what: string): Buffer {
  if (!BASE64.test(text)) throw new EnvelopeError(`has a ${what} that is not base64`)
  return Buffer.from(text, 'base64')
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}
