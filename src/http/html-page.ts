// Pages for people among the answers, which are data otherwise.
import { Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'

/** What the document says of a page. */
export const PAGE_ANSWERS = {
  200: { description: 'A page without scripts', content: { 'text/html': { schema: Type.String() } } },
} as const

/** policy: the Content-Security-Policy of the page, as it says itself, too. In a frame it is not shown. */
export function sendPage(reply: FastifyReply, policy: string, page: string): FastifyReply {
  return reply
    .header('content-security-policy', `${policy}; frame-ancestors 'none'`)
    .type('text/html; charset=utf-8')
    .send(page)
}
