// An issuer that answers otherwise than it should: whoever makes its answers decides who is an administrator here.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { newKeys, signed } from '../../test/support/issuer.ts'
import { jwtIdentifier } from './identify-jwt.ts'

const MIB = 2 ** 20
const keys = await newKeys()
const { d, p, q, dp, dq, qi, ...publicJwk } = keys.privateJwk as Record<string, string>
const token = await signed(keys, { iss: 'i', aud: 'a', sub: 's', roles: ['admin'], exp: Date.now() / 1000 + 600 })

/** The identity of the token, by an issuer that answers so. */
async function identityBy(t: Test, answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const identify = jwtIdentifier({
    JWT_ISSUER: 'i',
    JWT_AUDIENCE: 'a',
    JWT_JWKS_URL: `${url}/jwks`,
    JWT_ALGORITHMS: 'RS256',
    JWT_ROLES_CLAIM: 'roles',
    JWT_ROLES_MAP: '',
    JWT_CLOCK_SKEW_SECONDS: 0,
  })
  return identify(token)
}

const jwks = JSON.stringify({ keys: [publicJwk] })
const unavailable = { code: 'ISSUER_UNAVAILABLE' }

t.test('takes keys that come in a MiB', async (t) => {
  const padded = jwks.padEnd(MIB - 1)
  t.match(await identityBy(t, (_, response) => response.end(padded)), { actor: { name: 'jwt/s' } })
})

t.test('reads no more than that: an answer without an end takes no memory', async (t) => {
  let sent = 0
  const isGone = Promise.withResolvers<void>()
  const identity = identityBy(t, (_, response) => {
    response.once('close', isGone.resolve)
    const send = (): void => {
      do sent += MIB
      while (response.write(' '.repeat(MIB)))
      response.once('drain', send)
    }
    send()
  })
  await t.rejects(identity, unavailable)
  await isGone.promise
  t.ok(sent < 32 * MIB, `${sent / MIB} MiB were sent`)
})

t.test('follows no redirect, and takes no other answer for keys', async (t) => {
  const paths: (string | undefined)[] = []
  const redirected = identityBy(t, ({ url }, response) => {
    paths.push(url)
    if (url === '/jwks') response.writeHead(302, { location: '/elsewhere' }).end()
    else response.end(jwks)
  })
  await t.rejects(redirected, unavailable)
  t.same(paths, ['/jwks'])
  for (const [status, body] of [
    [204, ''],
    [404, jwks],
    [500, jwks],
    [200, '<html>'],
    [200, ''],
    [200, '{"keys": 1}'],
  ] as const) {
    await t.rejects(
      identityBy(t, (_, response) => response.writeHead(status).end(body)),
      unavailable,
      `${status} ${body.slice(0, 10)}`,
    )
  }
})
