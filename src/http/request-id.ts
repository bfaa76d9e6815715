// The id of a request: the caller's, where it sends a good one, or one of ours. It stands in every line of the log.
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'

export const REQUEST_ID_HEADER = 'x-request-id'
/** A header is anybody's: no more than this goes into the log. */
const GOOD_ID = /^[\w.:/+=@-]{1,128}$/

/** The function that names requests. Ids of ours differ from those of earlier starts. */
export function requestIds(startedAt = Date.now()): (raw: Pick<IncomingMessage, 'headers'>) => string {
  const prefix = startedAt.toString(36)
  let count = 0
  return ({ headers }) => givenId(headers) ?? `${prefix}-${(++count).toString(36)}`
}

/** Sends the caller's id back. */
export function echoRequestIds(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.headers[REQUEST_ID_HEADER] === request.id) reply.header(REQUEST_ID_HEADER, request.id)
    done()
  })
}

function givenId(headers: IncomingMessage['headers']): string | undefined {
  const given = headers[REQUEST_ID_HEADER]
  return typeof given === 'string' && GOOD_ID.test(given) ? given : undefined
}
