// Who may call: no page of another site in somebody's browser. Such a page can send requests from the reader's own
// machine or network, where the worker, which asks nobody who they are, would do what they say.
import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { ServiceError } from '../errors.ts'

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
 * - calls that may change something, from a page that the worker did not serve: by Origin and Sec-Fetch-Site.
 * Must be called before the routes are made.
 */
export function refuseForeignPages(app: FastifyInstance, { host, allowedHosts }: CallerRules): void {
  const allowed = new Set(allowedHosts.map((name) => name.toLowerCase()))
  const isOwn = (name: string): boolean =>
    allowed.has('*') || allowed.has(name) || name === host.toLowerCase() || isPrivateName(name)
  const holdsAll = isLoopback(host) || allowed.size > 0
  const known = new Set<string>()

  const hostFault = (given: string): ServiceError | undefined => {
    if (known.has(given)) return undefined
    const name = nameOf(given)
    if (!isOwn(name)) return hostRefused(name)
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
    const isBrowser = origin !== undefined || site !== undefined
    if ((holdsAll || isBrowser) && given !== undefined && !OPEN_PATHS.test(request.url)) {
      const fault = hostFault(given)
      if (fault !== undefined) return done(fault)
    }
    const mayChange = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
    if (!mayChange || !isBrowser) return done()
    if (site === 'cross-site') return done(originRefused(origin))
    if (origin !== undefined && !isSameOrigin(origin, given) && !allowed.has(nameOf(origin.replace(/^\w+:\/\//, '')))) {
      return done(originRefused(origin))
    }
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

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

/** Without its port, an address without its brackets. */
function nameOf(host: string): string {
  const [, address, name = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host.toLowerCase()) ?? []
  return address ?? name.replace(/\.$/, '')
}
