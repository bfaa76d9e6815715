// What becomes of callers while tokens are revoked, keys are changed, clocks differ, and issuer or database are away.
import t from 'tap'
import { bearer, idOf, startGuardedService, tokenByCommand } from '../support/access.ts'
import { createOwnDatabase } from '../support/database.ts'
import { AUDIENCE, type Issuer, signed, startIssuer } from '../support/issuer.ts'
import { clientOf, startTestService } from '../support/service.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

const claimsOf = (issuer: Issuer, more: object = {}) => ({
  iss: issuer.url,
  aud: AUDIENCE,
  sub: 'spring-boot',
  roles: ['service'],
  exp: Math.floor(Date.now() / 1000) + 600,
  jti: crypto.randomUUID(),
  ...more,
})

t.test('the issuer changes its keys while the worker runs', async (t) => {
  const issuer = await startIssuer(t, ['service'])
  const { get } = await startGuardedService(t, ['majority'], issuer.settings)
  const before = issuer.keys()
  const old = await issuer.tokenOf('service')
  const whoami = async (token: string) => (await get('/api/whoami', bearer(token))).status
  t.equal(await whoami(old), 200)
  await issuer.rotate()
  t.equal(await whoami(old), 200, 'a caller that is known goes on until it is looked at again')
  const fresh = await issuer.tokenOf('service')
  // The keys are not fetched again at once: anybody can name a key that is not there.
  await until(async () => (await whoami(fresh)) === 200)
  t.equal(await whoami(await signed(before, claimsOf(issuer))), 401)
  const fetches = issuer.fetches()
  for (let i = 0; i < 20; i++) {
    t.equal(await whoami(await signed({ ...before, kid: `unknown-${i}` }, claimsOf(issuer))), 401)
  }
  t.ok(issuer.fetches() <= fetches + 2, 'strangers do not make it fetch the keys over and over')
})

t.test('clocks may differ by as much as is set', async (t) => {
  const issuer = await startIssuer(t, [])
  const { get } = await startGuardedService(t, ['majority'], { ...issuer.settings, JWT_CLOCK_SKEW_SECONDS: 300 })
  const seconds = Math.floor(Date.now() / 1000)
  const whoami = async (more: object) => {
    const token = await signed(issuer.keys(), claimsOf(issuer, more))
    return (await get('/api/whoami', bearer(token))).status
  }
  t.equal(await whoami({ exp: seconds - 120 }), 200)
  t.equal(await whoami({ exp: seconds - 301 }), 401)
  t.equal(await whoami({ nbf: seconds + 120 }), 200)
  t.equal(await whoami({ nbf: seconds + 900 }), 401)
})

t.test('roles come from the claim, and by the names, that the operator says', async (t) => {
  const issuer = await startIssuer(t, [])
  const { get } = await startGuardedService(t, ['majority'], {
    ...issuer.settings,
    JWT_ROLES_CLAIM: 'realm_access.roles',
    JWT_ROLES_MAP: 'ML=Admins=admin, ml-callers=client',
  })
  const permissionsOf = async (more: object): Promise<string[]> => {
    const token = await signed(issuer.keys(), claimsOf(issuer, more))
    const { status, body } = await get('/api/whoami', bearer(token))
    return status === 200 ? body.permissions : [String(status)]
  }
  const client = ['health:read', 'models:read', 'predictions:create', 'outcomes:create']
  t.same(await permissionsOf({ realm_access: { roles: ['ml-callers', 'other'] } }), client)
  t.same(await permissionsOf({ 'realm_access.roles': 'ml-callers other' }), client)
  t.ok((await permissionsOf({ realm_access: { roles: ['ML=Admins'] } })).includes('tokens:manage'))
  for (const claim of [{ roles: ['admin'] }, { realm_access: { roles: ['admin', 'client'] } }, { realm_access: 7 }]) {
    t.same(await permissionsOf(claim), [], JSON.stringify(claim))
  }
  const mail = await signed(issuer.keys(), claimsOf(issuer, { sub: 'jo@example.org' }))
  t.match((await get('/api/whoami', bearer(mail))).body.actor, /^jwt\/[0-9a-f]{32}$/, 'a person has no name here')
})

t.test('while the issuer is away only those are let in that are known', async (t) => {
  const issuer = await startIssuer(t, ['service', 'client'])
  const { get, adminToken } = await startGuardedService(t, ['majority'], issuer.settings)
  const [known, unknown] = [await issuer.tokenOf('service'), await issuer.tokenOf('client')]
  await issuer.away()
  const refused = await get('/api/models', bearer(unknown))
  t.match(refused, { status: 503, body: { code: 'ISSUER_UNAVAILABLE' } })
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.equal((await get('/api/models', bearer(adminToken))).status, 200, 'API tokens do not need it')
  await issuer.back()
  t.equal((await get('/api/models', bearer(known))).status, 200)
  t.equal((await get('/api/models', bearer(unknown))).status, 200)
  await issuer.away()
  t.equal((await get('/api/models', bearer(known))).status, 200)
})

t.test('while the database is away callers go on that are known, and others are told to try again', async (t) => {
  const database = await createOwnDatabase(t, ['majority'])
  const [known, unknown] = [
    await tokenByCommand(t, database, '--role', 'client'),
    await tokenByCommand(t, database, '--role', 'client'),
  ]
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const { get } = await startTestService(t, { DATABASE_URL: proxy.url, ACCESS: 'required' })
  t.equal((await get('/v2', bearer(known))).status, 200)
  await proxy.shut()
  t.match(await get('/v2', bearer(unknown)), { status: 503, body: { code: 'DATABASE_UNAVAILABLE' } })
  // Beyond the ten seconds for which it is not looked at again.
  const since = Date.now()
  await until(async () => {
    t.equal((await get('/v2', bearer(known))).status, 200)
    await new Promise((resolve) => setTimeout(resolve, 500))
    return Date.now() - since > 12_000
  })
  await proxy.open()
  await until(async () => (await get('/v2', bearer(unknown))).status === 200)
})

t.test('whoever guesses is slowed after some guesses; callers of the same address that are known go on', async (t) => {
  const guarded = await startGuardedService(t, ['majority'], { FAILED_LOGINS_PER_MINUTE: 5 })
  const [known, late] = [await guarded.tokenOf(['client']), await guarded.tokenOf(['client'])]
  const asked = (credential: string) => guarded.get('/api/whoami', bearer(credential))
  t.equal((await asked(known)).status, 200)
  const statuses: number[] = []
  for (let i = 0; i < 7; i++) statuses.push((await asked(`guess${i}`)).status)
  t.same(statuses, [401, 401, 401, 401, 401, 429, 429])
  const { status, body, headers } = await asked(late)
  t.match({ status, body }, { status: 429, body: { code: 'RATE_LIMITED' } })
  t.match(headers.get('retry-after'), /^\d+$/)
  t.equal((await asked(known)).status, 200)
  await until(async () => (await asked(late)).status === 200)
})

t.test('a token that is revoked is refused here at once, and at another worker within ten seconds', async (t) => {
  const here = await startGuardedService(t)
  const elsewhere = await startTestService(t, { DATABASE_URL: here.database.url, ACCESS: 'required' })
  const token = await here.tokenOf(['client'])
  const other = await here.tokenOf(['client'])
  const whoami = async ({ get }: Pick<typeof elsewhere, 'get'>, credential = token) =>
    (await get('/api/whoami', bearer(credential))).status
  t.same([await whoami(here), await whoami(elsewhere)], [200, 200])
  const revoked = await here.admin.post(`/api/tokens/${idOf(token)}/revoke`, '')
  const revokedAt = performance.now()
  t.match(revoked, { status: 200, body: { token_id: idOf(token), revoked_by: `token/${idOf(here.adminToken)}` } })
  t.equal(await whoami(here), 401)
  await until(async () => (await whoami(elsewhere)) === 401)
  t.comment(`refused at the other worker after ${Math.round(performance.now() - revokedAt)} ms`)
  t.same([await whoami(here, other), await whoami(elsewhere, other)], [200, 200])
  const again = await here.admin.post(`/api/tokens/${idOf(token)}/revoke`, '')
  t.equal(again.body.revoked_at, revoked.body.revoked_at, 'once more changes nothing')
  const { body } = await here.admin.get(`/api/audit-events?resource=token/${idOf(token)}`)
  t.same(
    body.audit_events.map(({ action }: { action: string }) => action),
    ['token.revoke', 'token.create'],
  )
})

t.test('a token is shown once, listed in pages, and its last use noted', async (t) => {
  const { admin, get, tokenOf, database, service } = await startGuardedService(t)
  const made = await admin.post('/api/tokens', { label: 'nightly', roles: ['client', 'client', 'reviewer'] })
  t.match(made, { status: 201, body: { label: 'nightly', roles: ['client', 'reviewer'] } })
  const { token, token_id: id, created_at: created, expires_at: expires } = made.body
  t.match(token, new RegExp(`^mlw_${id}_[\\w-]{43}$`))
  t.equal(Date.parse(expires) - Date.parse(created), 90 * 24 * 3_600_000, 'ninety days unless told otherwise')
  const client = clientOf(service.url, bearer(token))
  for (let i = 0; i < 5; i++) t.equal((await client.get('/api/models')).status, 200)
  const used = async () => {
    const { rows } = await database.owner.query(
      'select last_used_at from ml_worker.access_tokens where token_id = $1',
      [id],
    )
    return rows[0].last_used_at as Date | null
  }
  await until(async () => (await used()) !== null)
  const first = await used()
  for (let i = 0; i < 5; i++) t.equal((await client.get('/api/models')).status, 200)
  t.same(await used(), first, 'not with each call')

  for (let i = 0; i < 3; i++) await tokenOf(['client'])
  const ids: string[] = []
  let after = ''
  do {
    const { body } = await admin.get(`/api/tokens?limit=2${after}`)
    ids.push(...body.tokens.map((row: { token_id: string }) => row.token_id))
    t.notMatch(JSON.stringify(body), token.slice(17), 'the secret is nowhere')
    after = body.next === undefined ? '' : `&after=${body.next}`
  } while (after !== '')
  t.equal(ids.length, 5)
  t.equal(new Set(ids).size, 5)
  const text = JSON.stringify((await database.owner.query('select * from ml_worker.access_tokens')).rows)
  t.notMatch(text, token.slice(17))
  t.equal((await get('/api/tokens')).status, 401)
})

t.test('a wish for a token that cannot be is told with all its faults', async (t) => {
  const { admin } = await startGuardedService(t)
  const wish = (body: unknown, headers = {}) => admin.post('/api/tokens', body, headers)
  const placesOf = (body: { errors: { parameter?: string }[] }) =>
    body.errors.map(({ parameter = '' }) => parameter).sort()
  const many = await wish({ label: '', roles: ['king'], projects: [], days: 0, more: 1 })
  t.equal(many.status, 400)
  t.same(placesOf(many.body), ['days', 'label', 'more', 'projects', 'roles.0'])
  t.same(placesOf((await wish({})).body), ['label', 'roles'])
  for (const body of ['null', '[]', '7', '"x"']) t.equal((await wish(body)).status, 400, body)
  t.match(await wish('{"label": '), { status: 400, body: { code: 'BODY_MALFORMED' } })
  t.match(await wish('{"__proto__": {"x": 1}, "label": "x", "roles": ["client"]}'), { status: 400 })
  t.match(await wish('{"label": "a\\u001b[2J", "roles": ["client"]}'), { status: 400 })
  t.match(await wish('{"label": "a\\u0000", "roles": ["client"]}'), { status: 400 })
  t.equal((await wish('a,b\n1,2', { 'content-type': 'text/csv' })).status, 415)
  t.equal((await wish({ label: 'x'.repeat(200_000), roles: ['client'] })).status, 413)
  const large = await wish({ label: 'x', roles: Array.from({ length: 25_000 }, () => 'x') })
  t.equal(large.status, 400)
  t.ok(large.body.errors.length <= 100)
  t.equal((await admin.get('/api/tokens')).body.tokens.length, 1)
})
