// SHA-256 of bytes that may be many.
import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'

/** Bytes that are hashed before others have a turn. */
const HASHED_AT_ONCE = 4 * 2 ** 20

/** SHA-256, hexadecimal; others have a turn meanwhile. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256')
  for (let start = 0; start < bytes.length; start += HASHED_AT_ONCE) {
    if (start > 0) await turn()
    hash.update(bytes.subarray(start, start + HASHED_AT_ONCE))
  }
  return hash.digest('hex')
}
