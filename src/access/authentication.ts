// Who sends a request, by its Authorization header: an API token or a JWT, looked at once and remembered for seconds.
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { Actor, Authenticator } from '../caller.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import { ServiceError } from '../errors.ts'
import type { FailedLogins } from '../limits/failed-logins.ts'
import { isTokenForm, tokenDigest } from './token.ts'

/** A caller, and how long that may be believed. */
export interface Identity {
  readonly actor: Actor
  /** When the token or the JWT is over, in ms since 1970. */
  readonly expiresAt: number
  /** How long it is not looked at again. */
  readonly freshMs: number
  /** Called when it is used, at most once a minute. */
  readonly onUsed?: (at: Date) => Promise<void>
}

/** Finds out whose a credential is; undefined when it is no good, for whatever reason. */
export type Identify = (credential: string) => Promise<Identity | undefined>

export interface AuthenticationParts {
  readonly identifyToken: Identify
  /** Undefined where no JWT is taken. */
  readonly identifyJwt: Identify | undefined
  /** Counts attempts that failed, by address, and refuses more of them. Undefined: as many as come. */
  readonly failures?: Pick<FailedLogins, 'delayOrRefuse' | 'failed'>
  readonly log: Logger
  /** In ms since 1970. */
  readonly now?: () => number
}

interface Known {
  readonly identity: Identity
  freshUntil: number
  readonly lookedAt: number
  usedAt: number
}

/** Callers that are remembered. */
const KNOWN_MAX = 10_000
/** Credentials that are no good and are remembered: apart, so that strangers push no caller out. */
const REFUSED_MAX = 10_000
/** How long a credential that is no good is not looked at again. */
const REFUSED_MS = 5_000
/** How long a caller is still believed while the database, or the issuer, cannot be asked. */
const UNANSWERED_MS = 600_000
/** How soon the database, or the issuer, that gave no answer is asked again of a caller: waiting for it takes seconds. */
const ASK_AGAIN_MS = 5_000
const USED_EVERY_MS = 60_000
const CREDENTIAL_LENGTH_MAX = 8_192

export class Authentication implements Authenticator {
  private readonly parts: AuthenticationParts
  private readonly now: () => number
  /** By the digest of the credential: the process keeps none of them. */
  private readonly known = new LRUCache<string, Known>({ max: KNOWN_MAX })
  /** Until when a credential is refused without a look. */
  private readonly refused = new LRUCache<string, number>({ max: REFUSED_MAX })
  private looking = new Map<string, Promise<Actor>>()

  constructor(parts: AuthenticationParts) {
    this.parts = parts
    this.now = parts.now ?? Date.now
  }

  authenticate(authorization: string | undefined, address: string): Actor | Promise<Actor> {
    const credential = bearerOf(authorization)
    if (credential === undefined) throw unauthenticated()
    const digest = tokenDigest(credential)
    const known = this.known.get(digest)
    const now = this.now()
    if (known !== undefined && now < known.freshUntil) return this.admit(known, now, address)
    // Who was known goes on, though others of his address guess.
    if (known === undefined) this.parts.failures?.delayOrRefuse(address)
    if (now < (this.refused.get(digest) ?? 0)) throw this.refusal(address)
    const { looking } = this
    let looked = looking.get(digest)
    if (looked === undefined) {
      looked = this.look(credential, digest, known, address).finally(() => looking.delete(digest))
      looking.set(digest, looked)
    }
    return looked
  }

  /** Makes the next call of every caller look again: a token was revoked here. Looks that have begun are not remembered. */
  forget(): void {
    this.known.clear()
    this.looking = new Map()
  }

  private async look(credential: string, digest: string, before: Known | undefined, address: string): Promise<Actor> {
    const now = this.now()
    const { looking } = this
    const identity = await this.identify(credential).catch((error) => {
      if (before === undefined || !isUnanswered(error) || now - before.lookedAt > UNANSWERED_MS) throw error
      return 'unanswered' as const
    })
    if (identity === 'unanswered') {
      const known = before as Known
      known.freshUntil = this.now() + ASK_AGAIN_MS
      return this.admit(known, now, address)
    }
    const isForgotten = looking !== this.looking
    if (identity === undefined) {
      this.known.delete(digest)
      if (!isForgotten) this.refused.set(digest, now + REFUSED_MS)
      throw this.refusal(address)
    }
    const known = { identity, freshUntil: now + identity.freshMs, lookedAt: now, usedAt: before?.usedAt ?? 0 }
    if (!isForgotten) this.known.set(digest, known)
    return this.admit(known, now, address)
  }

  private async identify(credential: string): Promise<Identity | undefined> {
    if (isTokenForm(credential)) return this.parts.identifyToken(credential)
    return this.parts.identifyJwt?.(credential)
  }

  private admit(known: Known, now: number, address: string): Actor {
    const { identity } = known
    if (now >= identity.expiresAt) throw this.refusal(address)
    if (identity.onUsed !== undefined && now - known.usedAt > USED_EVERY_MS) {
      known.usedAt = now
      identity
        .onUsed(new Date(now))
        .catch((error) => this.parts.log.debug({ err: error }, 'the use of a token is not noted'))
    }
    return identity.actor
  }

  private refusal(address: string): ServiceError {
    this.parts.failures?.failed(address)
    return unauthenticated()
  }
}

function isUnanswered(error: unknown): boolean {
  return isDatabaseUnavailable(error) || (error instanceof ServiceError && error.code === 'ISSUER_UNAVAILABLE')
}

/** The same for every reason: a stranger learns nothing of what was wrong. */
export function unauthenticated(): ServiceError {
  return new ServiceError('UNAUTHENTICATED', 'expected a valid token in Authorization: Bearer …')
}

function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length > CREDENTIAL_LENGTH_MAX) return undefined
  const [, credential] = /^bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization) ?? []
  return credential
}
