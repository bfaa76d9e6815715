// API tokens: "mlw_<id>_<secret>". The database has their digest alone, so that whoever reads it cannot come in with it.
import { hash, randomBytes } from 'node:crypto'

const FORM = /^mlw_[0-9a-z]{12}_[A-Za-z0-9_-]{43}$/
const ID_BYTES = 8
const SECRET_BYTES = 32

export interface NewToken {
  /** Names the token in lists, in the audit and to scanners for leaked secrets. No secret. */
  readonly tokenId: string
  /** To be shown once. */
  readonly token: string
  readonly digest: Buffer
}

export function makeToken(): NewToken {
  const tokenId = randomBytes(ID_BYTES).readBigUInt64BE().toString(36).padStart(13, '0').slice(-12)
  const token = `mlw_${tokenId}_${randomBytes(SECRET_BYTES).toString('base64url')}`
  return { tokenId, token, digest: Buffer.from(tokenDigest(token), 'hex') }
}

/** Whether it can be one of ours: others need not be looked for. */
export function isTokenForm(text: string): boolean {
  return FORM.test(text)
}

/**
 * SHA-256 in hex. A slow hash is for passwords, which can be guessed: 32 random bytes cannot. About a microsecond.
 */
export function tokenDigest(text: string): string {
  return hash('sha256', text, 'hex')
}
