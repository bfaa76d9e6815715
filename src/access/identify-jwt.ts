// Whose JWT it is: by the issuer's keys, which are fetched and looked at again when a key is not among them (jose).
import { createHash } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { ServiceError } from '../errors.ts'
import { isRole, permissionsOf, type Role } from '../permissions.ts'
import { listed, partsOf } from './access-config.ts'
import type { Identify, Identity } from './authentication.ts'

export interface JwtSettings {
  readonly JWT_ISSUER: string
  readonly JWT_AUDIENCE: string
  readonly JWT_JWKS_URL: string
  readonly JWT_ALGORITHMS: string
  readonly JWT_ROLES_CLAIM: string
  readonly JWT_ROLES_MAP: string
  readonly JWT_CLOCK_SKEW_SECONDS: number
}

const FRESH_MS = 60_000
const FETCH_TIMEOUT_MS = 5_000
/**
 * How long keys are believed (one that the issuer has withdrawn is refused after that, and FRESH_MS), and how soon they
 * are fetched again for one that is not among them.
 */
const KEYS_AGE_MS = 600_000
const KEYS_COOLDOWN_MS = 10_000
/** An issuer has some keys, of one to three KiB each with its certificates. */
const KEYS_BYTES_MAX = 2 ** 20
const SUBJECT_LENGTH_MAX = 200
/** What jose says where the keys could not be had; everything else is the JWT's own fault. */
const UNANSWERED = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID'])

/** Loads jose with the first JWT. Throws ServiceError ISSUER_UNAVAILABLE when the keys cannot be had. */
export function jwtIdentifier(settings: JwtSettings): Identify {
  let verifier: Promise<(credential: string) => Promise<JWTPayload>> | undefined
  const roleNames = new Map(listed(settings.JWT_ROLES_MAP).map((pair) => [partsOf(pair).theirs, partsOf(pair).ours]))
  return async (credential) => {
    verifier ??= verifierOf(settings)
    const verify = await verifier
    let claims: JWTPayload
    try {
      claims = await verify(credential)
    } catch (error) {
      const { code } = error as { code?: string }
      // Not of jose: the network.
      if (code?.startsWith('ERR_J') && !UNANSWERED.has(code)) return undefined
      throw new ServiceError('ISSUER_UNAVAILABLE', "the keys of the tokens' issuer cannot be had; try again", {
        cause: error,
        retryAfterSeconds: 5,
      })
    }
    return identityOf(claims, rolesOf(claims, settings.JWT_ROLES_CLAIM, roleNames), settings.JWT_CLOCK_SKEW_SECONDS)
  }
}

async function verifierOf(settings: JwtSettings): Promise<(credential: string) => Promise<JWTPayload>> {
  const { createRemoteJWKSet, customFetch, jwtVerify } = await import('jose')
  const keys = createRemoteJWKSet(new URL(settings.JWT_JWKS_URL), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cacheMaxAge: KEYS_AGE_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
    [customFetch]: fetchKeys,
  })
  const options = {
    issuer: settings.JWT_ISSUER,
    audience: settings.JWT_AUDIENCE,
    algorithms: listed(settings.JWT_ALGORITHMS),
    clockTolerance: settings.JWT_CLOCK_SKEW_SECONDS,
    requiredClaims: ['exp'],
  }
  return async (credential) => (await jwtVerify(credential, keys, options)).payload
}

/** As jose would, of so many bytes at the most. Throws Error beyond them, and what fetch throws. */
async function fetchKeys(url: string, options: RequestInit): Promise<Response> {
  const { status, headers, body } = await fetch(url, options)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.byteLength
    if (length > KEYS_BYTES_MAX) throw new Error(`the issuer's keys have more than ${KEYS_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return new Response(length === 0 ? null : Buffer.concat(chunks), { status, headers })
}

function identityOf(claims: JWTPayload, roles: readonly Role[], skewSeconds: number): Identity | undefined {
  // With client credentials the subject is the client; Azure and others name it azp or client_id beside it.
  const subject = claims.sub ?? claims['client_id'] ?? claims['azp']
  if (typeof subject !== 'string' || subject === '' || claims.exp === undefined) return undefined
  return {
    actor: { name: `jwt/${pseudonymOf(subject)}`, permissions: permissionsOf(roles) },
    expiresAt: (claims.exp + skewSeconds) * 1000,
    freshMs: FRESH_MS,
  }
}

/** Subjects are names for machines by their standard; where one is a mail address, its digest is told instead. */
function pseudonymOf(subject: string): string {
  const isPlain = /^[\w.:|/+=-]+$/.test(subject) && subject.length <= SUBJECT_LENGTH_MAX
  return isPlain ? subject : createHash('sha256').update(subject).digest('hex').slice(0, 32)
}

/** Those of the claim that are ours, or are mapped to ours. Scopes such as "SCOPE_admin" are no roles unless mapped. */
function rolesOf(claims: JWTPayload, path: string, roleNames: ReadonlyMap<string, string>): Role[] {
  const found = claimAt(claims, path)
  const theirs = typeof found === 'string' ? found.split(/[\s,]+/) : Array.isArray(found) ? found : []
  return theirs
    .filter((name) => typeof name === 'string')
    .map((name) => (roleNames.size === 0 ? name : (roleNames.get(name) ?? '')))
    .filter(isRole)
}

/** A claim of that very name (those of Auth0 are URLs, with dots), else what the dots lead to. */
function claimAt(claims: JWTPayload, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  let value: unknown = claims
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}
