// /api/tokens: API tokens as an administrator makes, lists and revokes them; and who a caller is.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { ServiceError } from '../errors.ts'
import { callerOf } from '../http/guard.ts'
import { PERMISSION_NAMES, ROLE_NAMES, type Role } from '../permissions.ts'
import { readMembers } from '../rows/json-members.ts'
import { SHOWN_TEXT, TOKEN_DAYS_DEFAULT, TOKEN_DAYS_MAX, type Tokens } from './tokens.ts'
import type { TokenRow } from './tokens-table.ts'

const TOKEN_PATTERN = '^[0-9a-z]{12}$'
const LIST_MAX = 200

const RoleName = Type.Unsafe<Role>({ type: 'string', enum: ROLE_NAMES })
const Moment = (description: string) => Type.String({ format: 'date-time', description })

const CreateToken = Type.Object(
  {
    label: Type.String({
      ...SHOWN_TEXT,
      description: 'What the token is for; shown in lists',
      examples: ['spring-boot, production'],
    }),
    roles: Type.Array(Type.Union(ROLE_NAMES.map((name) => Type.Literal(name))), {
      minItems: 1,
      maxItems: ROLE_NAMES.length,
    }),
    projects: Type.Optional(
      Type.Array(Type.String(SHOWN_TEXT), {
        minItems: 1,
        maxItems: 100,
        description: 'Names of the projects that the token is bound to: it opens their routes and nothing else',
      }),
    ),
    days: Type.Integer({
      minimum: 1,
      maximum: TOKEN_DAYS_MAX,
      default: TOKEN_DAYS_DEFAULT,
      description: 'How long the token is good for',
    }),
  },
  { additionalProperties: false, title: 'CreateToken' },
)

/** In the document: an enum is one class of a client, a union of constants is none; and what has a default may be absent. */
const CreateTokenDocs = Type.Object(
  {
    ...CreateToken.properties,
    roles: Type.Array(RoleName, { minItems: 1, maxItems: ROLE_NAMES.length }),
    days: Type.Optional(CreateToken.properties.days),
  },
  { additionalProperties: false, title: 'CreateToken' },
)

const TOKEN_MEMBERS = {
  token_id: Type.String({ pattern: TOKEN_PATTERN, description: 'Names the token; no secret' }),
  label: Type.String(),
  roles: Type.Array(Type.String()),
  projects: Type.Optional(Type.Array(Type.String())),
  created_at: Moment('When it was made'),
  created_by: Type.String({ description: 'As in the audit' }),
  expires_at: Moment('When it is over'),
  revoked_at: Type.Optional(Moment('When it was revoked')),
  revoked_by: Type.Optional(Type.String()),
  last_used_at: Type.Optional(Moment('Within a minute')),
}
const TokenAnswer = Type.Object(TOKEN_MEMBERS, { title: 'Token' })
const NewTokenAnswer = Type.Object(
  {
    ...TOKEN_MEMBERS,
    token: Type.String({ description: 'To be sent as Authorization: Bearer …; it is never shown again' }),
  },
  { title: 'NewToken' },
)
const TokenList = Type.Object(
  {
    tokens: Type.Array(TokenAnswer, { description: 'The newest first, those that are over too' }),
    next: Type.Optional(Type.String({ description: '`after` of the next page; absent on the last' })),
  },
  { title: 'TokenList' },
)
const WhoAmI = Type.Object(
  {
    actor: Type.String({ description: 'As in the audit' }),
    permissions: Type.Array(Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': PERMISSION_NAMES })),
    projects: Type.Optional(Type.Array(Type.String(), { description: 'What a token is bound to' })),
  },
  { title: 'WhoAmI' },
)
const TokenPath = Type.Object({ token_id: Type.String({ pattern: TOKEN_PATTERN }) })
const ListQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: LIST_MAX, default: 50, description: 'Tokens at the most' }),
    after: Type.Optional(Type.String({ pattern: TOKEN_PATTERN, description: '`next` of the page before' })),
  },
  { additionalProperties: false },
)

const ERRORS = ['NOT_SET_UP', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] as const
const createSchema = {
  operationId: 'createToken',
  tags: ['access'],
  summary: 'Make an API token; it is shown once',
  response: { 201: NewTokenAnswer },
  docs: {
    body: {
      'application/json': {
        schema: CreateTokenDocs,
        examples: { service: { value: { label: 'spring-boot, production', roles: ['service'], days: 90 } } },
      },
    },
    errors: ['REQUEST_INVALID', ...ERRORS],
  },
} as const
const listSchema = {
  operationId: 'listTokens',
  tags: ['access'],
  summary: 'API tokens, the newest first, in pages; never the tokens themselves',
  querystring: ListQuery,
  response: { 200: TokenList },
  docs: { errors: ERRORS },
} as const
const revokeSchema = {
  operationId: 'revokeToken',
  tags: ['access'],
  summary: 'Revoke an API token: other workers refuse it within ten seconds',
  params: TokenPath,
  response: { 200: TokenAnswer },
  docs: { errors: ['TOKEN_UNKNOWN', ...ERRORS] },
} as const
const whoSchema = {
  operationId: 'getCaller',
  tags: ['access'],
  summary: 'Who the caller is, and what it may do',
  response: { 200: WhoAmI },
} as const

export interface AccessRoutesParts {
  readonly ownSchema: OwnSchema
  readonly tokens: Tokens
  readonly onRevoked: () => void
}

export const accessRoutes =
  ({ ownSchema, tokens, onRevoked }: AccessRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const manage = (audit?: `${string}.${string}`) => ({
      permission: 'tokens:manage' as const,
      ...(audit === undefined ? {} : { audit }),
    })

    app.post('/api/tokens', { schema: createSchema, config: manage('token.create') }, async (request, reply) => {
      const { label, roles, projects, days } = readMembers(request, CreateToken)
      await ownSchema.require()
      const { token, row } = await tokens.create({ label, roles: roles as Role[], projects, days }, callerOf(request))
      reply.code(201)
      return { ...answerOf(row), token }
    })

    app.get('/api/tokens', { schema: listSchema, config: manage() }, async ({ query: { limit, after } }) => {
      await ownSchema.require()
      const rows = await tokens.list(limit + 1, after)
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      const more = rows.length > limit && last !== undefined ? { next: last.tokenId } : {}
      return { tokens: page.map(answerOf), ...more }
    })

    const revoking = { schema: revokeSchema, config: manage('token.revoke') }
    app.post('/api/tokens/:token_id/revoke', revoking, async (request) => {
      await ownSchema.require()
      const { token_id: tokenId } = request.params
      const row = await tokens.revoke(tokenId, callerOf(request))
      if (row === undefined) throw new ServiceError('TOKEN_UNKNOWN', `there is no token ${tokenId}`)
      onRevoked()
      return answerOf(row)
    })

    app.get('/api/whoami', { schema: whoSchema, config: { permission: 'known' } }, async ({ actor }) => ({
      actor: actor.name,
      permissions: [...actor.permissions],
      ...(actor.projects === undefined ? {} : { projects: [...actor.projects] }),
    }))
  }

function answerOf(row: TokenRow) {
  return {
    token_id: row.tokenId,
    label: row.label,
    roles: [...row.roles],
    ...(row.projects === null ? {} : { projects: [...row.projects] }),
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    expires_at: row.expiresAt.toISOString(),
    ...(row.revokedAt === null ? {} : { revoked_at: row.revokedAt.toISOString() }),
    ...(row.revokedBy === null ? {} : { revoked_by: row.revokedBy }),
    ...(row.lastUsedAt === null ? {} : { last_used_at: row.lastUsedAt.toISOString() }),
  }
}
