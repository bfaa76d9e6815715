// What is kept of a call with an Idempotency-Key, to know the same call again.
import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

/** SHA-256 of what is asked, in hex: the members may come in any order. asked: as JSON has it. O(length). */
export function requestDigestOf(asked: unknown): string {
  return digestOf(canonicalJson(plain(asked)))
}

/** Whether the digest is of what is asked; or was, when members were taken in the order in which they came. */
export function isDigestOf(digest: string, asked: unknown): boolean {
  return digest === requestDigestOf(asked) || digest === digestOf(JSON.stringify(asked))
}

/** Without the members that are undefined. */
function plain(asked: unknown): unknown {
  return JSON.parse(JSON.stringify(asked))
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
