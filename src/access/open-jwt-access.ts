// Who may come in where there is no database: callers with a JWT, for API tokens are nowhere.
import type { Authenticator } from '../caller.ts'
import { ConfigError } from '../config.ts'
import type { Foundation } from '../foundation.ts'
import { FailedLogins } from '../limits/failed-logins.ts'
import { Authentication } from './authentication.ts'
import { jwtIdentifier } from './identify-jwt.ts'

/** Undefined with ACCESS=open. Throws ConfigError where callers are to be asked, and none could be known. */
export function openJwtAccess({ config, log }: Pick<Foundation, 'config' | 'log'>): Authenticator | undefined {
  if (config.ACCESS !== 'required') return undefined
  if (config.JWT_ISSUER === '') {
    throw new ConfigError(
      'ACCESS: required, but without a database there are no API tokens; set JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL, or ACCESS=open behind something that asks callers',
    )
  }
  return new Authentication({
    identifyToken: async () => undefined,
    identifyJwt: jwtIdentifier(config),
    failures: new FailedLogins(config.FAILED_LOGINS_PER_MINUTE),
    log,
  })
}
