// The room that knows who may come in.
import type { Audit } from '../audit/audit.ts'
import type { Authenticator } from '../caller.ts'
import type { Foundation } from '../foundation.ts'
import { FailedLogins } from '../limits/failed-logins.ts'
import type { Opened } from '../room.ts'
import { Authentication } from './authentication.ts'
import { jwtIdentifier } from './identify-jwt.ts'
import { tokenIdentifier } from './identify-token.ts'
import { accessRoutes } from './routes.ts'
import { Tokens } from './tokens.ts'

/** The api is undefined with ACCESS=open: then nobody is asked who they are. */
export async function openAccess(
  { config, ownSchema, log }: Foundation,
  { audit }: { readonly audit: Audit },
): Promise<Opened<Authenticator | undefined>> {
  const isRequired = config.ACCESS === 'required'
  const authentication = new Authentication({
    identifyToken: tokenIdentifier(ownSchema),
    identifyJwt: config.JWT_ISSUER === '' ? undefined : jwtIdentifier(config),
    failures: new FailedLogins(),
    log,
  })
  const tokens = new Tokens({ pool: ownSchema.pool, audit })
  const access = async (): Promise<string> => {
    const { name, detail, remedy } = await ownSchema.state()
    if (name !== 'current')
      throw new Error(`API tokens and the audit need the schema of the worker: ${detail}; do: ${remedy}`)
    return 'callers are asked who they are'
  }
  const room = {
    name: 'access',
    routes: accessRoutes({ ownSchema, tokens, onRevoked: () => authentication.forget() }),
    ...(isRequired ? { checks: { access } } : {}),
  }
  return { room, api: isRequired ? authentication : undefined }
}
