// Headers of every answer: how little a browser may do with it, and that nobody keeps it.
import type { FastifyInstance } from 'fastify'

/**
 * An answer is data: it is what its content type says, shows and loads nothing as a page, stands in no frame and in no
 * page of another site, and sends its address nowhere. Answers have rows, logs or reports in them: no cache keeps them.
 */
export const ANSWER_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const

/** Must be called before the routes are made. A route may say otherwise. */
export function guardAnswers(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(ANSWER_HEADERS)
    done()
  })
}
