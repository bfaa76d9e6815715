// How a route states its documentation: beside what Fastify compiles, in `schema.docs`, which Fastify passes over.
import type { TSchema } from '@sinclair/typebox'
import type { ErrorCode } from '../errors.ts'

/**
 * What the OpenAPI document says of a route and Fastify must not act on. `schema.response` stays what serializes good
 * answers, and is documented too. A schema with a `title` becomes a named one of the document, so that a client gets
 * one class for it. `schema.operationId`, `tags`, `summary` and `description` stand beside it.
 */
export interface RouteDocs {
  /** The body by media type, the usual one first. Bodies come as bytes: nothing checks them by this. */
  readonly body?: Readonly<Record<string, MediaDocs>>
  /** Answers by status that the route writes without a serializer. */
  readonly answers?: Readonly<Record<number, AnswerDocs>>
  /** The codes that this route adds to those that every route of its kind has (route-errors.ts). */
  readonly errors?: readonly ErrorCode[]
}

export interface MediaDocs {
  readonly schema: TSchema
  /** By name. What stands there must work when it is sent. */
  readonly examples?: Readonly<Record<string, ExampleDocs>>
  /** Of text/event-stream, by the name of the event: what its data is as JSON. */
  readonly 'x-events'?: Readonly<Record<string, TSchema>>
  /** Of application/x-ndjson: what each line is. */
  readonly 'x-lines'?: TSchema
}

export interface ExampleDocs {
  readonly summary?: string
  readonly value: unknown
}

export interface AnswerDocs {
  readonly description: string
  readonly headers?: Readonly<Record<string, TSchema>>
  /** By media type; empty for an answer without a body. */
  readonly content: Readonly<Record<string, MediaDocs>>
}

declare module 'fastify' {
  interface FastifySchema {
    /** A verb and a noun; the name of the method in a generated client. */
    operationId?: string
    tags?: readonly string[]
    summary?: string
    description?: string
    docs?: RouteDocs
    /** Left out of the document. */
    hide?: boolean
  }
}
