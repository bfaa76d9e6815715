// The door: every route × every role × every credential that is no good, over HTTP. What is expected stands here by hand.
import { exportSPKI } from 'jose'
import t, { type Test } from 'tap'
import { bearer, type GuardedService, idOf, startGuardedService } from '../support/access.ts'
import { AUDIENCE, type Issuer, newKeys, signed, startIssuer } from '../support/issuer.ts'
import { requireDocumented } from '../support/openapi.ts'
import { good } from '../support/trained.ts'
import { nameOf, ROLES, ROWS, type Row } from './routes-by-role.ts'

interface Sent {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** The service, a run that succeeded, and a way to call it with any Authorization header, or none. */
async function start(t: Test, settings: Parameters<typeof startGuardedService>[2]) {
  const service = await startGuardedService(t, ['majority'], settings)
  const run = await service.database.insertRun('majority')
  t.equal((await service.admin.train('majority', run, good)).status, 200)
  t.equal(await service.database.ended(run), 'SUCCESS')
  const send = async ({ method, path, body }: Row, authorization?: string): Promise<Sent> => {
    const called = path.replace('RUN', String(run))
    const response = await fetch(service.service.url + called, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const { status, headers } = response
    const text = await response.text()
    if (method !== 'HEAD' && path !== '/' && !/nothing|^\/api\/models$/.test(method + path)) {
      requireDocumented({ method, path: called, status, headers, text })
    }
    return { status, headers, text }
  }
  return { ...service, run, send }
}

/** Credentials that are no good, each for a reason of its own. */
async function badCredentials(service: GuardedService, issuer: Issuer): Promise<Record<string, string | undefined>> {
  const { database, tokenOf, admin } = service
  const expired = await tokenOf(['admin'])
  await database.owner.query(
    `update ml_worker.access_tokens set expires_at = now() - interval '1 second' where token_id = $1`,
    [idOf(expired)],
  )
  const revoked = await tokenOf(['admin'])
  await admin.post(`/api/tokens/${idOf(revoked)}/revoke`, '')
  const changed = await tokenOf(['admin'])

  const seconds = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer.url,
    aud: AUDIENCE,
    sub: 'forger',
    roles: ['admin'],
    iat: seconds,
    exp: seconds + 600,
  }
  const keys = issuer.keys()
  const sign = (more: object, header = {}) => signed(keys, { ...claims, ...more }, header)
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const publicKey = new TextEncoder().encode(await exportSPKI(keys.publicKey))
  const stranger = await newKeys()
  const { exp: _, ...withoutExpiry } = claims
  const good = await sign({})
  const [head, , signature] = good.split('.')
  const jwts = {
    'a JWT with the algorithm none': `${part({ alg: 'none', kid: keys.kid })}.${part(claims)}.`,
    'a JWT by HS256 with the public key': await signed(keys, claims, { alg: 'HS256' }, publicKey),
    'a JWT by keys of another, with the kid of ours': await signed({ ...stranger, kid: keys.kid }, claims),
    'a JWT of an unknown kid': await signed(stranger, claims),
    'a JWT for another audience': await sign({ aud: 'urn:other' }),
    'a JWT for no audience': await sign({ aud: undefined }),
    'a JWT of another issuer': await sign({ iss: `${issuer.url}/` }),
    'a JWT that is expired': await sign({ exp: seconds - 60 }),
    'a JWT without an end': await signed(keys, withoutExpiry),
    'a JWT that is not yet good': await sign({ nbf: seconds + 120 }),
    'a JWT with other claims under its signature': `${head}.${part({ ...claims, sub: 'other' })}.${signature}`,
    'a JWT of nobody': await sign({ sub: '' }),
  }
  return {
    'no token': undefined,
    'an empty header': '',
    'another scheme': `Basic ${btoa(`admin:${service.adminToken}`)}`,
    'a token without its scheme': service.adminToken,
    'two tokens': `Bearer ${service.adminToken} ${service.adminToken}`,
    'a wrong token': `Bearer mlw_${'0'.repeat(12)}_${'A'.repeat(43)}`,
    'a token with another secret': `Bearer ${changed.slice(0, -4)}${changed.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`,
    'a token in capitals': `Bearer ${changed.toUpperCase()}`,
    'no token of any form': 'Bearer abc',
    'an expired token': `Bearer ${expired}`,
    'a revoked token': `Bearer ${revoked}`,
    ...Object.fromEntries(Object.entries(jwts).map(([name, jwt]) => [name, `Bearer ${jwt}`])),
  }
}

t.test('every route of the document stands in the table', async (t) => {
  const service = await startGuardedService(t)
  const { paths } = (await service.get('/openapi.json')).body
  const documented = Object.entries<object>(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const held = new Set(ROWS.map(({ method, path, template = path }) => `${method} ${template}`))
  t.same(
    documented.filter((route) => !held.has(route)),
    [],
  )
})

t.test('each role may call its routes and no other, by an API token and by a JWT', async (t) => {
  const issuer = await startIssuer(t, ROLES)
  const { tokenOf, send } = await start(t, issuer.settings)
  for (const role of ROLES) {
    for (const credential of [await tokenOf([role]), await issuer.tokenOf(role)]) {
      const kind = credential.startsWith('mlw_') ? 'token' : 'JWT'
      const found: Record<string, number> = {}
      const expected: Record<string, number> = {}
      for (const row of ROWS) {
        const { status, text } = await send(row, `Bearer ${credential}`)
        found[nameOf(row)] = status
        const may = row.who === 'open' || row.who === 'known' || row.who.includes(role)
        expected[nameOf(row)] = may ? row.status : 403
        if (!may && row.method !== 'HEAD') t.equal(JSON.parse(text).code, 'FORBIDDEN', `${nameOf(row)} by ${role}`)
      }
      t.same(found, expected, `${kind} of ${role}`)
    }
  }
})

t.test('a token that is bound to a project opens the routes of that and no other', async (t) => {
  const { tokenOf, send } = await start(t, {})
  for (const project of ['other', 'nobody']) {
    const token = await tokenOf(['admin'], { projects: [project] })
    for (const row of ROWS) {
      const { status } = await send(row, `Bearer ${token}`)
      const isOwn = row.path.split('?')[0]?.startsWith(`/api/projects/${project}`) === true
      const may = isOwn || row.who === 'open' || row.who === 'known'
      t.equal(status, may ? row.status : 403, `${nameOf(row)} by a token of ${project}`)
    }
  }
})

t.test('a token that is bound to a project ends nothing in others', async (t) => {
  const { tokenOf, service } = await start(t, {})
  const token = await tokenOf(['admin'], { projects: ['nobody'] })
  const deploy = async (sent: object) => {
    const answer = await fetch(`${service.url}/api/projects/nobody/environments/production/deployments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(sent),
    })
    return (await answer.json()) as { code: string; detail: string }
  }
  t.match(await deploy({ version: 1, deactivate_others: true }), { code: 'FORBIDDEN', detail: /^deactivate_others: / })
  t.match(await deploy({ version: 1, deactivate_others: false }), { code: 'PROJECT_UNKNOWN' })
})

t.test('no other credential opens anything, and strangers learn nothing of why', async (t) => {
  const issuer = await startIssuer(t, ROLES)
  const service = await start(t, issuer.settings)
  const credentials = await badCredentials(service, issuer)
  const before = await service.database.snapshot()
  const tokens = (await service.admin.get('/api/tokens')).body.tokens.length
  const said = new Set<string>()
  for (const [name, authorization] of Object.entries(credentials)) {
    const found: Record<string, number> = {}
    const expected: Record<string, number> = {}
    for (const row of ROWS) {
      const { status, headers, text } = await service.send(row, authorization)
      found[nameOf(row)] = status
      expected[nameOf(row)] = row.who === 'open' ? row.status : 401
      if (status !== 401) continue
      t.match(headers.get('www-authenticate'), /^Bearer realm=/, `${nameOf(row)} with ${name}`)
      if (row.method === 'HEAD') continue
      const { instance: _, error: __, ...problem } = JSON.parse(text)
      said.add(JSON.stringify(problem))
    }
    t.same(found, expected, name)
  }
  t.equal(said.size, 1, 'one answer for every reason')
  t.match([...said][0], /"code":"UNAUTHENTICATED"/)
  t.equal(await service.database.snapshot(), before, 'nothing was changed')
  t.equal((await service.admin.get('/api/tokens')).body.tokens.length, tokens)
})

t.test('strangers learn from readiness what holds, and not what was found', async (t) => {
  const service = await startGuardedService(t)
  const { checks } = (await service.get('/api/health/ready')).body
  t.ok(Object.keys(checks).includes('access'))
  t.same([...new Set(Object.values<{ detail: string }>(checks).map(({ detail }) => detail))], ['holds'])
  const known = (await service.admin.get('/api/health')).body.checks
  t.not(known.database.detail, 'holds')
})

t.test('with METRICS_ACCESS=open Prometheus needs no token', async (t) => {
  const service = await startGuardedService(t, ['majority'], { METRICS_ACCESS: 'open' })
  t.equal((await service.get('/metrics')).status, 200)
  t.equal((await service.get('/api/models')).status, 401)
})

t.test('with ACCESS=open nobody is asked, whatever is sent, and tokens are of the command line alone', async (t) => {
  const service = await startGuardedService(t, ['majority'], { ACCESS: 'open' })
  for (const headers of [{}, bearer('mlw_wrong'), bearer(service.adminToken)] as Record<string, string>[]) {
    t.equal((await service.get('/api/models', headers)).status, 200)
    t.equal((await service.get('/metrics', headers)).status, 200)
    t.equal((await service.get('/api/audit-events', headers)).status, 200)
    t.equal((await service.get('/api/health', headers)).status, 200)
    t.match(await service.get('/api/whoami', headers), { status: 200, body: { actor: 'anyone' } })
    const refused = { status: 403, body: { code: 'FORBIDDEN' } }
    t.match(await service.get('/api/tokens', headers), refused)
    t.match(await service.post('/api/tokens', { label: 'x', roles: ['admin'], days: 1 }, headers), refused)
    t.match(await service.post(`/api/tokens/${idOf(service.adminToken)}/revoke`, '', headers), refused)
  }
  const run = await service.database.insertRun('majority')
  t.equal((await service.train('majority', run, good)).status, 200)
  t.equal(await service.database.ended(run), 'SUCCESS')
  t.equal((await service.predict(run, { features: good.features })).status, 200)
})
