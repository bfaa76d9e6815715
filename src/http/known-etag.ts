// Whether a caller has what would be sent to him.
import type { IncomingHttpHeaders } from 'node:http'

/** True where If-None-Match names the ETag, weak or not, or any (RFC 9110, 13.1.2): the answer is 304. etag: with its quotes. */
export function isKnownEtag(headers: IncomingHttpHeaders, etag: string): boolean {
  const known = headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, '')) ?? []
  return known.includes(etag) || known.includes('*')
}
