// The OpenAPI document, out of the routes as they were made and of what they say in schema.docs.
import type { SwaggerTransform } from '@fastify/swagger'
import { type TObject, type TSchema, Type } from '@sinclair/typebox'
import type { RouteOptions } from 'fastify'
import { asksForAnotherTry, ERROR_CATALOGUE, type ErrorCode, ServiceError } from '../errors.ts'
import { type Permission, rolesWith } from '../permissions.ts'
import { readVersion } from '../version.ts'
import { hoistTitled } from './named-schemas.ts'
import { PROBLEM_MEDIA_TYPE, Problem, problemOf } from './problem-details.ts'
import type { AnswerDocs, MediaDocs } from './route-docs.ts'
import { errorsOf } from './route-errors.ts'

const TAGS = [
  { name: 'models', description: 'What can be trained' },
  { name: 'datasets', description: 'Rows that are kept: uploaded once, looked at, trained from' },
  { name: 'training', description: 'From rows to a fitted pipeline, in the background' },
  { name: 'runs', description: 'What becomes of trainings: state, progress, logs' },
  {
    name: 'projects',
    description: 'Named uses of models: their versions, where these come from, and which is the best',
  },
  { name: 'deployments', description: 'Versions that answer in the environments of their projects' },
  { name: 'experiments', description: 'Which of several versions is better, on the requests that come' },
  { name: 'monitoring', description: 'What deployments predict: kept, counted and judged, and who is alerted' },
  { name: 'notifications', description: 'Who is told what happened: webhooks and mail' },
  { name: 'prediction', description: 'With the pipeline of a run' },
  { name: 'inference', description: 'The Open Inference Protocol, version 2: what clients of KServe and Triton speak' },
  { name: 'access', description: 'Who may do what, and who did it' },
  { name: 'erasures', description: 'What is kept for how long, and what is erased on request' },
  { name: 'operation', description: 'For operators, orchestrators and Prometheus' },
]

const DESCRIPTION = `Trains models in the background and predicts with them, beside an application that owns the database.
Rows are objects from column names to numbers, strings, booleans or null. Every error is a problem (RFC 9457) with a
stable \`code\`; the codes that an operation can answer with are its examples by status.`

/** The name of the security scheme. */
const BEARER = 'bearer'

const RETRY_AFTER = Type.Integer({ description: 'Seconds to wait before the same request is sent again' })

/** OpenAPI 3.1, as plain data. */
type OpenApiDocument = Readonly<Record<string, unknown>>

/** What @fastify/swagger is to be registered with, before the routes. */
export async function swaggerOptions() {
  const version = await readVersion()
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'ml-worker',
        version,
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The worker that serves this document' }],
      tags: TAGS,
      security: [],
      components: {
        examples: problemExamples(),
        securitySchemes: {
          [BEARER]: {
            type: 'http' as const,
            scheme: 'bearer',
            description:
              'With ACCESS=required: an API token (mlw_…) or a JWT of the issuer that the operator has named. With ACCESS=open nobody is asked. Each operation names the permission that it needs.',
          },
        },
      },
    },
    transform: documented,
    transformObject: (given: object) => hoistTitled((given as { openapiObject: OpenApiDocument }).openapiObject),
  }
}

/** The schema of a route with its bodies, answers and errors where @fastify/swagger looks for them. */
const documented: SwaggerTransform = ({ schema = {}, url, route }) => {
  const { docs = {}, body: _, response: given, querystring, ...rest } = schema
  const answers: Record<number, AnswerDocs> = {
    ...serialized(given as Record<string, TSchema> | undefined),
    ...docs.answers,
  }
  for (const [status, codes] of errorsOf(route as RouteOptions)) {
    answers[status] = withProblems(answers[status], status, codes)
  }
  const body = docs.body === undefined ? {} : { body: { content: bodyContent(docs.body) } }
  const query = querystring === undefined ? {} : { querystring: asGiven(querystring as TObject) }
  const { permission = 'open', audit } = (route as RouteOptions).config ?? {}
  const access = { ...accessOf(permission, rest.description), ...(audit === undefined ? {} : { 'x-audit': audit }) }
  return { schema: { ...rest, ...access, ...query, ...body, response: mapValues(answers, withoutEmptyContent) }, url }
}

/** The empty alternative is ACCESS=open. Roles are told in words: schemes of type http have no scopes. */
function accessOf(permission: Permission | 'open' | 'known', description: string | undefined) {
  if (permission === 'open') return {}
  const security = [{ [BEARER]: [] }, {}]
  const needed =
    permission === 'known' ? 'Any role may call it.' : `Needs \`${permission}\`: ${rolesWith(permission).join(', ')}.`
  return {
    security,
    description: description === undefined ? needed : `${description}\n\n${needed}`,
    'x-permission': permission,
  }
}

/** A query as callers give it: what has a default may be left out. */
function asGiven(query: TObject): TObject {
  return { ...query, required: query.required?.filter((name) => query.properties[name]?.default === undefined) ?? [] }
}

/** As @fastify/swagger takes an answer without a body. */
function withoutEmptyContent({ content, ...answer }: AnswerDocs): object {
  return Object.keys(content).length === 0 ? { ...answer, type: 'null' } : { ...answer, content }
}

/** The answers that Fastify serializes. */
function serialized(response: Readonly<Record<string, TSchema>> = {}): Record<string, AnswerDocs> {
  return mapValues(response, (schema) => ({
    description: schema.description ?? 'Done',
    content: { 'application/json': { schema } },
  }))
}

function withProblems(answer: AnswerDocs | undefined, status: number, codes: readonly ErrorCode[]): AnswerDocs {
  const lines = codes.map((code) => `\`${code}\`: ${ERROR_CATALOGUE[code].title}`)
  const problem = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]))
  return {
    ...answer,
    description: [...(answer === undefined ? [] : [answer.description]), ...lines].join('\n\n'),
    ...(asksForAnotherTry(status) ? { headers: { ...answer?.headers, 'Retry-After': RETRY_AFTER } } : {}),
    content: { ...answer?.content, [PROBLEM_MEDIA_TYPE]: { schema: Problem, examples: problem as never } },
  }
}

function problemExamples() {
  return mapValues(ERROR_CATALOGUE, ({ title }, code) => ({
    summary: title,
    value: problemOf(new ServiceError(code as ErrorCode, title), undefined),
  }))
}

/** Said in the description alone: openapi-generator's clients do not compile where one of several bodies is a form. */
const FORM_MEDIA_TYPE = 'multipart/form-data'

/** As @fastify/swagger takes it: examples stand in the schema. */
function bodyContent(body: Readonly<Record<string, MediaDocs>>) {
  const { [FORM_MEDIA_TYPE]: form, ...others } = body
  const isFormAlone = form !== undefined && Object.keys(others).length === 0
  return mapValues(isFormAlone ? body : others, ({ schema, examples }) => ({
    schema: { ...schema, 'x-examples': examples },
  }))
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]))
}
