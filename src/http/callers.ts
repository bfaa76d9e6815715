// Who may call: no page of another site in somebody's browser. Such a page can send requests from the reader's own
// machine or network, where the worker, which asks nobody who they are, would do what they say.
import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { ServiceError } from '../errors.ts'
import { isLoopback } from './loopback.ts'

export interface CallerRules {
  /** What the worker listens on. */
  readonly host: string
  /** Names under which it may be called besides; "*" is any name. */
  readonly allowedHosts: readonly string[]
}

/** What a probe or Prometheus asks, by whatever name: there is no row and no run in it. */
const OPEN_PATHS = /^\/(api\/health|v2\/health|metrics)\b/
/** Names under which it was called well; the rest is looked at again. */
const KNOWN_MAX = 100

/**
 * Refuses, with 403,
 * - with 400, what has no Host or several;
 * - calls by a name that is not the worker's (a page whose own name was made to lead here, DNS rebinding): where it
 *   listens on the loopback address, or ALLOWED_HOSTS is set. Elsewhere only what comes from a browser is held to that,
 *   for other services may know the worker by any name;
 * - calls that may change something, from a page that the worker did not serve: by Origin and Sec-Fetch-Site;
 * - what a page of another site loads as a part of itself, which it could not read, but which costs work or holds a
 *   stream open. A link to the worker may be followed.
 * Must be called before the routes are made.
 */
export function refuseForeignPages(app: FastifyInstance, { host, allowedHosts }: CallerRules): void {
  const allowed = new Set(allowedHosts.map((name) => name.toLowerCase()))
  const isOwn = (name: string): boolean =>
    allowed.has('*') || allowed.has(name) || name === host.toLowerCase() || isPrivateName(name)
  const holdsAll = isLoopback(host) || allowed.size > 0
  const known = new Set<string>()

  const hostFault = (given: string): ServiceError | undefined => {
    const name = nameOf(given)
    if (name === undefined || !isOwn(name)) return hostRefused(name ?? given)
    if (known.size < KNOWN_MAX) known.add(given)
    return undefined
  }

  app.addHook('onRequest', (request, _reply, done) => {
    const { method, headers, raw } = request
    if (raw.httpVersion === '1.1' && hostCount(raw.rawHeaders) !== 1) {
      return done(new ServiceError('REQUEST_MALFORMED', 'expected one Host header'))
    }
    const { host: given, origin } = headers
    const site = headers['sec-fetch-site']
    const isBrowser = origin !== undefined || site !== undefined || isNamedAsBrowser(headers['user-agent'])
    const isNameChecked = (holdsAll || isBrowser) && given !== undefined && !known.has(given)
    if (isNameChecked && !OPEN_PATHS.test(request.url)) {
      const fault = hostFault(given)
      if (fault !== undefined) return done(fault)
    }
    const mayChange = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
    if (!isBrowser) return done()
    const isOfAllowed = origin !== undefined && allowed.has(nameOf(origin.replace(/^\w+:\/\//, '')) ?? '')
    if (!mayChange) {
      const isElsewhere = site === 'cross-site' || site === 'same-site'
      const isPart = isElsewhere && headers['sec-fetch-dest'] !== 'document' && !OPEN_PATHS.test(request.url)
      return isPart && !isOfAllowed ? done(originRefused(origin)) : done()
    }
    if (site === 'cross-site') return done(originRefused(origin))
    if (origin !== undefined && !isSameOrigin(origin, given) && !isOfAllowed) return done(originRefused(origin))
    done()
  })
}

function hostRefused(name: string): ServiceError {
  const shown = JSON.stringify(name.slice(0, 100))
  return new ServiceError('HOST_REFUSED', `the worker does not go by the name ${shown}; ALLOWED_HOSTS names others`)
}

function originRefused(origin = 'another site'): ServiceError {
  const detail = `a page of ${origin.slice(0, 100)} may not call the worker; ALLOWED_HOSTS names those that may`
  return new ServiceError('ORIGIN_REFUSED', detail)
}

/**
 * A browser sends neither Origin nor Sec-Fetch-Site with what a page reads from its own site by http. Only by its name it
 * can be told from a server there.
 */
function isNamedAsBrowser(agent: string | undefined): boolean {
  return agent?.startsWith('Mozilla/') === true
}

/** Of several, whoever stands before the worker may have looked at another than the worker does. */
function hostCount(rawHeaders: readonly string[]): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count
}

/** The page was served by the host, and on the port, that it calls. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}

/**
 * An address, or a name that no public name server can make lead here: one without dots, as containers have, or under
 * localhost or internal.
 */
function isPrivateName(name: string): boolean {
  return isIP(name) !== 0 || !name.includes('.') || name.endsWith('.localhost') || name.endsWith('.internal')
}

/** Without its port, an address without its brackets; undefined for what is no host. */
function nameOf(host: string): string | undefined {
  const [, address, name] = /^(?:\[([\da-f:.]+)\]|([^:[\]@/\s]+))(?::\d*)?$/.exec(host.toLowerCase()) ?? []
  return address ?? name?.replace(/\.$/, '')
}
