// Headers of every answer: how little a browser may do with it, and that nobody keeps it.
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { FastifyInstance } from 'fastify'

/**
 * An answer is data: it is what its content type says, shows and loads nothing as a page, stands in no frame and in no
 * page of another site, and sends its address nowhere. Answers have rows, logs or reports in them: no cache keeps them.
 */
const ANSWER_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const

/** A browser that came by TLS comes by nothing else for a year. */
const TLS_ANSWER_HEADERS = { ...ANSWER_HEADERS, 'strict-transport-security': 'max-age=31536000' } as const

/** The headers of an answer that goes over the socket. */
export function answerHeaders(socket: Socket): typeof ANSWER_HEADERS {
  return (socket as TLSSocket).encrypted === true ? TLS_ANSWER_HEADERS : ANSWER_HEADERS
}

/** Must be called before the routes are made. A route may say otherwise. */
export function guardAnswers(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(answerHeaders(request.raw.socket))
    done()
  })
}
