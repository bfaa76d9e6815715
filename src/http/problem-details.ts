// Every error as application/problem+json (RFC 9457), which Spring reads as ProblemDetail.
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Type } from '@sinclair/typebox'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isDatabaseUnavailable, isTablesFault } from '../database/unavailable.ts'
import { describeInFull, ERROR_CATALOGUE, type ErrorCode, invalidRequest, ServiceError } from '../errors.ts'
import { FAULT_PLACES } from '../model/faults.ts'
import { ROWS_MEDIA_TYPES } from '../rows/forms.ts'
import { answerHeaders } from './answer-headers.ts'
import { bodyTypeRefused } from './body-types.ts'
import { HealthCheck } from './health-docs.ts'
import { requestFaults } from './request-faults.ts'
import { REQUEST_ID_HEADER } from './request-id.ts'

// Not by import: that makes Node load all that its HTTP offers, its own fetch too.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'
const CONTENT_TYPE = `${PROBLEM_MEDIA_TYPE}; charset=utf-8`

const Fault = Type.Object(
  {
    in: Type.String({ 'x-extensible-enum': FAULT_PLACES, description: 'The part of the request' }),
    row: Type.Optional(Type.Integer({ minimum: 0, description: 'Counts from 0' })),
    column: Type.Optional(Type.String()),
    parameter: Type.Optional(Type.String()),
    detail: Type.String({ description: 'For people; may change' }),
  },
  { title: 'Fault', description: 'One thing that is wrong with a request' },
)

/** What the OpenAPI document says of every error; problemOf makes them. */
export const Problem = Type.Object(
  {
    type: Type.String({ format: 'uri', description: 'The code as a URN' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'For people; may change' }),
    instance: Type.Optional(Type.String({ description: 'The path of the request' })),
    code: Type.String({
      'x-extensible-enum': Object.keys(ERROR_CATALOGUE),
      description: 'Stable: programs decide by it',
    }),
    errors: Type.Array(Fault, { description: 'Every fault of the request, the first hundred of them' }),
    checks: Type.Optional(
      Type.Record(Type.String(), HealthCheck, {
        description: 'Of NOT_READY alone: each thing that must work, by name',
      }),
    ),
    error: Type.Optional(Type.String({ description: 'Under /v2 alone: all that is wrong in one text' })),
  },
  { title: 'Problem', description: 'Problem details (RFC 9457)' },
)

/** Fastify's own errors that have a code in the catalogue. */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BODY_MALFORMED',
  FST_ERR_BAD_URL: 'ROUTE_UNKNOWN',
}

/** PostgreSQL's SQLSTATE. */
const CHARACTER_NOT_IN_REPERTOIRE = '22021'

/** Node's own errors of a request that never became one; any other is REQUEST_MALFORMED. */
const NODE_CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMED_OUT', 'the request did not come to its end in time'],
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'the headers are larger than this worker takes'],
}

/**
 * Answers errors and unknown routes as problem details; what is nobody's fault but ours is logged with its stack.
 * `onProblem` hears the code of each.
 */
export function answerErrorsAsProblems(app: FastifyInstance, onProblem: (code: ErrorCode) => void = () => {}): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = asServiceError(error, request)
    onProblem(known.code)
    if (known.code === 'INTERNAL') request.log.error({ err: error }, 'a request failed unexpectedly')
    // Not the message: it may quote values out of the rows.
    else request.log.debug({ code: known.code, faults: known.faults.length, err: known.cause }, 'a request was refused')
    return sendProblem(known, request, reply)
  })
  app.setNotFoundHandler((request, reply) => {
    onProblem('ROUTE_UNKNOWN')
    const detail = `no route ${request.method} ${request.url.split('?')[0]}`
    return sendProblem(new ServiceError('ROUTE_UNKNOWN', detail), request, reply)
  })
}

/**
 * For the `frameworkErrors` of Fastify: what it finds wrong before there is a route, such as a path that is badly
 * encoded.
 */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  // No hook has been called for it.
  sendProblem(asServiceError(error, request), request, reply.headers(answerHeaders(request.raw.socket)))
}

/**
 * For the `clientErrorHandler` of Fastify: bytes that are no request, or not the whole of one in time. The connection
 * ends.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // Node keeps here what is being answered.
  const answering = (socket as { _httpMessage?: ServerResponse | null })._httpMessage
  // In a handshake of TLS that failed, as of a client that speaks HTTP, nothing can be said.
  const isHandshake = /^ERR_(SSL|TLS)_/.test(error.code ?? '')
  if (isHandshake || !socket.writable || error.code === 'ECONNRESET' || answering?.headersSent === true) {
    socket.destroy()
    return
  }
  if (answering?.req.complete === true) {
    // The request before was a good one: it may have been accepted, and its caller must learn that.
    answering.once('finish', () => socket.end())
    return
  }
  const [code, detail] = NODE_CODES[error.code ?? ''] ?? [
    'REQUEST_MALFORMED',
    `this is no HTTP request: ${error.message}`,
  ]
  const body = JSON.stringify(problemOf(new ServiceError(code, detail), undefined))
  const { status } = ERROR_CATALOGUE[code]
  const headers = Object.entries({ connection: 'close', 'content-type': CONTENT_TYPE, ...answerHeaders(socket) })
  const lines = headers.map(([name, value]) => `${name}: ${value}`).join('\r\n')
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines}`
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

function asServiceError(error: FastifyError, request: FastifyRequest): ServiceError {
  if (error instanceof ServiceError) return error
  if (isDatabaseUnavailable(error)) {
    return new ServiceError('DATABASE_UNAVAILABLE', 'the database does not answer; try again', {
      cause: error,
      retryAfterSeconds: 5,
    })
  }
  // Text that the database's encoding has not, from wherever in the request it came.
  if (error.code === CHARACTER_NOT_IN_REPERTOIRE) {
    return new ServiceError('REQUEST_INVALID', 'the request has text that the database cannot have', { cause: error })
  }
  if (isTablesFault(error)) {
    // The words are the database's, and name tables and columns.
    return new ServiceError('TABLES_UNUSABLE', `${error.message}; npx ml-worker doctor tells what to do`, {
      cause: error,
      retryAfterSeconds: 10,
    })
  }
  if (error.validation !== undefined) return invalidRequest(requestFaults(request, error))
  const code = FASTIFY_CODES[error.code]
  if (code === 'MEDIA_TYPE_UNSUPPORTED') return bodyTypeRefused(Object.keys(ROWS_MEDIA_TYPES), { cause: error })
  if (code !== undefined) return new ServiceError(code, error.message, { cause: error })
  // A file that nobody may have, such as one outside of the folder of /docs: it is as if there were none.
  if (error.statusCode === 403 || error.statusCode === 404) {
    return new ServiceError('ROUTE_UNKNOWN', 'no such file', { cause: error })
  }
  // Any other fault that Fastify finds in the request itself, such as a body cut short.
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new ServiceError('BODY_MALFORMED', error.message, { cause: error })
  }
  return new ServiceError('INTERNAL', 'an unexpected error; the log of the worker has it', { cause: error })
}

function sendProblem(error: ServiceError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // What is left of the request is not read.
  if (!request.raw.complete) reply.header('connection', 'close')
  // For whoever looks for it in the log.
  reply.header(REQUEST_ID_HEADER, request.id)
  if (error.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer realm="ml-worker"')
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds)
  const path = request.url.split('?')[0] as string
  const problem = { ...problemOf(error, path), ...(isInference(path) ? { error: describeInFull(error) } : {}) }
  // Serialized here: reply schemas are of the good answers.
  return reply.code(problem.status).type(CONTENT_TYPE).serializer(JSON.stringify).send(problem)
}

/** Paths of the Open Inference Protocol, whose clients read nothing but the member `error`. */
function isInference(path: string): boolean {
  return path === '/v2' || path.startsWith('/v2/')
}

export function problemOf(error: ServiceError, instance: string | undefined) {
  return {
    type: `urn:ml-worker:error:${error.code.toLowerCase().replaceAll('_', '-')}`,
    ...ERROR_CATALOGUE[error.code],
    detail: error.message,
    instance,
    code: error.code,
    errors: error.faults,
    ...error.extension,
  }
}
