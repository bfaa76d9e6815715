// The door: who asks, and whether they may. Every route states what it needs; one that does not is a bug at the start.
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { type Actor, type Authenticator, type Caller, UNKNOWN_CALLER } from '../caller.ts'
import { ServiceError } from '../errors.ts'
import { PERMISSION_NAMES, type Permission } from '../permissions.ts'

/** What a route leaves in the audit: an action such as "run.train", or "none" where it changes nothing. */
export type AuditStatement = `${string}.${string}` | 'none'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller needs; "open" is for everybody, "known" for everybody who is known. */
    permission?: Permission | 'open' | 'known'
    /** Stated by every route that is not a GET. */
    audit?: AuditStatement
  }
  interface FastifyRequest {
    actor: Actor
    /** That of its route, once the door has looked at it: `routeOptions` makes an object of twelve members at each look. */
    routeConfig: FastifyRequest['routeOptions']['config'] | undefined
  }
}

/** Where nobody is asked who they are. Tokens would outlive that: only the command line makes them then. */
const ANYONE: Actor = {
  name: UNKNOWN_CALLER,
  permissions: new Set(PERMISSION_NAMES.filter((permission) => permission !== 'tokens:manage')),
}

/**
 * Answers 401 and 403. Without an authenticator nobody is asked who they are. Must be called before the routes are made.
 */
export function guardRoutes(app: FastifyInstance, authenticator: Authenticator | undefined): void {
  app.decorateRequest('actor', null as unknown as Actor)
  app.decorateRequest('routeConfig', undefined)
  app.addHook('onRoute', requireStatements)
  app.addHook('onRequest', (request, _reply, done) => {
    const { config } = request.routeOptions
    request.routeConfig = config
    const { permission = 'known' } = config
    if (permission === 'open' || authenticator === undefined) {
      request.actor = ANYONE
      return done(
        authenticator === undefined && permission !== 'open' ? refusal(ANYONE, permission, request) : undefined,
      )
    }
    let actor: Actor | Promise<Actor>
    try {
      actor = authenticator.authenticate(request.headers.authorization, request.ip)
    } catch (error) {
      return done(error as Error)
    }
    const admit = (known: Actor): void => {
      request.actor = known
      done(refusal(known, permission, request))
    }
    if (actor instanceof Promise) actor.then(admit, done)
    else admit(actor)
  })
}

function requireStatements({ method, url, config }: RouteOptions): void {
  if (config?.permission === undefined) throw new Error(`${String(method)} ${url} states no permission`)
  const changes = method !== 'GET' && method !== 'HEAD'
  if (changes && config.audit === undefined) throw new Error(`${String(method)} ${url} states nothing for the audit`)
}

function refusal(
  { permissions, projects }: Actor,
  permission: Permission | 'known',
  request: FastifyRequest,
): ServiceError | undefined {
  if (projects !== undefined && permission !== 'known') {
    const { project } = request.params as { readonly project?: string }
    const isOfProject = project !== undefined && request.routeConfig?.url.includes('/:project') === true
    if (!isOfProject) return forbidden('the token is bound to projects, and this belongs to none')
    if (!projects.has(project)) return forbidden('the token is bound to other projects')
  }
  if (permission === 'known' || permissions.has(permission)) return undefined
  return forbidden(`this needs the permission ${permission}`)
}

/** For a part of a request that needs more than its route. Throws ServiceError FORBIDDEN. */
export function requirePermission({ actor }: FastifyRequest, permission: Permission): void {
  if (!actor.permissions.has(permission)) throw forbidden(`this needs the permission ${permission}`)
}

/** For what reaches beyond one project. Throws ServiceError FORBIDDEN of a token that is bound to projects. */
export function requireUnbound({ actor }: FastifyRequest, what: string): void {
  if (actor.projects !== undefined) throw forbidden(`${what}: the token is bound to projects, and this reaches others`)
}

function forbidden(detail: string): ServiceError {
  return new ServiceError('FORBIDDEN', detail)
}

/** Who asks, for whoever keeps what was asked for. */
export function callerOf({ actor, ip, id }: FastifyRequest): Caller {
  return { actor: actor.name, address: ip, requestId: id }
}
