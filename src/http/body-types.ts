// Which media types of bodies a route takes: those that it documents, and no others.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ServiceError } from '../errors.ts'
import { ROWS_MEDIA_TYPES } from '../rows/forms.ts'

/** What a route without a documented body may be sent all the same: clients send "{}" with every POST. */
const UNDOCUMENTED = ['application/json']

/**
 * Answers 415 where the content type is none of `schema.docs.body` of the route. The parsers alone do not do that: they
 * take every media type of rows for every route. A body that says no type is left to them.
 * Must be called before the routes are made.
 */
export function holdToBodyTypes(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const methods = [route.method].flat()
    if (methods.every((method) => method === 'GET' || method === 'HEAD')) return
    const taken = Object.keys(route.schema?.docs?.body ?? {})
    if (taken.length === 0) taken.push(...UNDOCUMENTED)
    // Here the parsers do it, so that training and predicting pay for no hook.
    if (Object.keys(ROWS_MEDIA_TYPES).every((type) => taken.includes(type))) return
    const isTaken = new Set(taken)
    const hold = (request: FastifyRequest, _reply: unknown, payload: unknown, done: Done): void => {
      const { 'content-type': given } = request.headers
      if (given === undefined || isTaken.has(request.mediaType ?? '')) done(null, payload)
      else done(bodyTypeRefused(taken))
    }
    route.preParsing = [...[route.preParsing ?? []].flat(), hold as never]
  })
}

type Done = (error: Error | null, payload?: unknown) => void

export function bodyTypeRefused(taken: readonly string[], options?: ErrorOptions): ServiceError {
  const detail = `the content type is not taken; expected ${taken.length > 1 ? 'one of ' : ''}${taken.join(', ')}`
  return new ServiceError('MEDIA_TYPE_UNSUPPORTED', detail, options)
}
