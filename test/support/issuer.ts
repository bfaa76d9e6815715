// An issuer of JWTs as companies run one (oidc-provider, with client credentials), whose keys a test has in its hands too.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import Provider from 'oidc-provider'
import type { Test } from 'tap'

export const AUDIENCE = 'urn:ml-worker'
const ALGORITHM = 'RS256'
const LIFETIME_SECONDS = 600

interface Keys {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly privateJwk: object
}

export interface Issuer {
  readonly url: string
  readonly tokenUrl: string
  /** What the worker has to be told of it. */
  readonly settings: {
    readonly JWT_ISSUER: string
    readonly JWT_AUDIENCE: string
    readonly JWT_JWKS_URL: string
  }
  /** Those that sign just now. */
  readonly keys: () => Keys
  /** How often its keys were fetched. */
  readonly fetches: () => number
  /** The access token that a client gets for its id and secret; the client's roles are its name. */
  tokenOf(role: string): Promise<string>
  /** Changes the keys: JWTs of before are no longer good. */
  rotate(): Promise<void>
  /** From now on nobody answers at its address, until `back`. */
  away(): Promise<void>
  back(): Promise<void>
}

/** clients: their ids, which are the roles of their tokens; the secret of each is `secret of <id>`. */
export async function startIssuer(t: Test, clients: readonly string[]): Promise<Issuer> {
  let keys = await newKeys()
  let fetches = 0
  let answer: ReturnType<Provider['callback']> | undefined
  let server: Server
  const listen = async (port: number): Promise<number> => {
    server = createServer((request, response) => {
      if (request.url === '/jwks') fetches += 1
      void answer?.(request, response)
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    if (server.listening) await once(server, 'close')
  }
  const port = await listen(0)
  t.teardown(stop)
  const url = `http://127.0.0.1:${port}`
  answer = providerOf(url, clients, keys).callback()
  return {
    url,
    tokenUrl: `${url}/token`,
    settings: { JWT_ISSUER: url, JWT_AUDIENCE: AUDIENCE, JWT_JWKS_URL: `${url}/jwks` },
    keys: () => keys,
    fetches: () => fetches,
    async tokenOf(role) {
      const response = await fetch(`${url}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${btoa(`${role}:${encodeURIComponent(secretOf(role))}`)}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }).toString(),
      })
      const body = (await response.json()) as { access_token?: string }
      if (body.access_token === undefined) throw new Error(`the issuer answered ${JSON.stringify(body)}`)
      return body.access_token
    },
    async rotate() {
      keys = await newKeys()
      answer = providerOf(url, clients, keys).callback()
    },
    away: stop,
    async back() {
      await listen(port)
    },
  }
}

export const secretOf = (client: string): string => `secret-of-${client}`

/** A JWT as the test wants it, signed by the keys unless told otherwise. */
export function signed(
  keys: Pick<Keys, 'kid' | 'privateKey'>,
  claims: JWTPayload,
  header: { readonly kid?: string; readonly alg?: string } = {},
  key: CryptoKey | Uint8Array = keys.privateKey,
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, kid: keys.kid, ...header }).sign(key)
}

export async function newKeys(): Promise<Keys> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const kid = crypto.randomUUID()
  const privateJwk = { ...(await exportJWK(privateKey)), kid, alg: ALGORITHM, use: 'sig' }
  return { kid, privateKey, publicKey, privateJwk }
}

function providerOf(url: string, clients: readonly string[], { privateJwk }: Keys): Provider {
  return new Provider(url, {
    jwks: { keys: [privateJwk as never] },
    clients: clients.map((client) => ({
      client_id: client,
      client_secret: secretOf(client),
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({
          scope: '',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt' as const,
          accessTokenTTL: LIFETIME_SECONDS,
          jwt: { sign: { alg: ALGORITHM } },
        }),
      },
    },
    extraTokenClaims: (_, token) => ({ roles: [token.clientId as string] }),
  })
}
