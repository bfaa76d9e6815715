// Tokens that end, throttling, and everything else that Azure refuses.
import { join } from 'node:path'
import t from 'tap'
import { AzureTokens } from '../../../src/deployments/targets/azure-ml/azure-tokens.ts'
import { Azure, PLAN } from './azure-target.ts'
import { ASSERTION, FakeAzure } from './fake-azure.ts'
import { refusal } from './fake-workspace.ts'

t.test('a token is renewed before it ends', async (t) => {
  const azure = await Azure.start(t)
  azure.fake.tokenSeconds = 60
  await azure.deployed()
  await azure.removed()
  t.equal(azure.fake.refusedTokens, 0)
  t.ok(azure.fake.tokensGiven > 3)
})

t.test('a token that is taken back is renewed once', async (t) => {
  const azure = await Azure.start(t)
  await azure.prepare()
  azure.fake.revokeTokens()
  azure.fake.now += 10_000
  t.match(await azure.prepare(), { state: 'in_progress' })
  t.equal(azure.fake.refusedTokens, 1)
  t.equal(azure.fake.tokensGiven, 2)

  azure.fake.refusesTokens = true
  azure.fake.now += 10_000
  azure.fake.tokensGiven = 0
  t.match(await azure.prepare(), { state: 'failed', reason: /Azure refuses it: HTTP 401 InvalidAuthenticationToken/ })
  t.equal(azure.fake.tokensGiven, 1, 'not again and again')
})

t.test('callers at once share one log-in', async (t) => {
  const fake = await FakeAzure.start(t)
  const tokens = new AzureTokens(fake.settings, { clock: () => fake.now })
  const all = await Promise.all(Array.from({ length: 20 }, () => tokens.tokenFor(fake.url)))
  t.same(new Set(all), new Set(['token 1']))
  t.equal(await tokens.tokenFor('https://ml.azure.com'), 'token 2', 'a token is for one resource')
})

t.test('a secret that is wrong', async (t) => {
  const azure = await Azure.start(t, { AZURE_CLIENT_SECRET: 'wrong' })
  const failed = await azure.prepare()
  t.match(failed, { state: 'failed', reason: /Azure refuses it: HTTP 401 invalid_client: AADSTS7000215/ })
  t.notMatch(JSON.stringify(failed), /wrong/)
})

t.test('a token of another issuer in place of the secret', async (t) => {
  const folder = t.testdir({ token: `${ASSERTION}\n` })
  const file = { AZURE_CLIENT_SECRET: '', AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token') }
  t.match(await (await Azure.start(t, file)).deployed(), { state: 'ready' })
  const none = await Azure.start(t, { ...file, AZURE_FEDERATED_TOKEN_FILE: join(folder, 'none') })
  await t.rejects(none.prepare(), { name: 'AzureError', mayPass: true, message: /TokenFileUnreadable: ENOENT/ })
})

t.test('without a secret the managed identity of the machine logs in', async (t) => {
  for (const AZURE_CLIENT_ID of ['', 'identity']) {
    const azure = await Azure.start(t, { AZURE_CLIENT_SECRET: '', AZURE_TENANT_ID: '', AZURE_CLIENT_ID })
    azure.fake.tokenSeconds = '3600'
    t.match(await azure.deployed(), { state: 'ready' })
    t.notOk(azure.fake.requests.some((line) => line.includes('login')))
  }
  const other = await Azure.start(t, { AZURE_CLIENT_SECRET: '', AZURE_CLIENT_ID: 'another' })
  t.match(await other.prepare(), { state: 'failed', reason: /Identity not found/ })
})

t.test('throttling is a pause for every call', async (t) => {
  const azure = await Azure.start(t)
  await azure.deployed()
  azure.fake.nextAnswers.push({ answer: refusal(429, 'TooManyRequests', 'slower'), headers: { 'retry-after': '37' } })
  await t.rejects(azure.observe(), { status: 429, mayPass: true, message: /TooManyRequests: slower/ })
  azure.fake.requests.length = 0
  for (const call of [() => azure.observe(), () => azure.prepare(), () => azure.remove()]) {
    await t.rejects(async () => void (await call()), {
      status: 429,
      mayPass: true,
      message: /a pause, which ends in 37 s/,
    })
  }
  t.same(azure.fake.requests, [])
  azure.fake.now += 37_000
  t.match(await azure.observe(), { state: 'ready' })
})

t.test('what may pass is thrown, and what is refused for good is a failure', async (t) => {
  const azure = await Azure.start(t)
  for (const status of [408, 409, 429, 500, 502, 503, 504]) {
    azure.fake.nextAnswers.push({ answer: refusal(status, 'Busy', 'later'), headers: { 'retry-after': '1' } })
    await t.rejects(azure.prepare(), { name: 'AzureError', status, mayPass: true }, `${status}`)
    azure.fake.now += 10_000
  }
  for (const status of [400, 403, 405, 413]) {
    azure.fake.nextAnswers.push({ answer: refusal(status, 'AuthorizationFailed', 'the client may not'), headers: {} })
    const reason = `Azure refuses it: HTTP ${status} AuthorizationFailed: the client may not`
    t.same(await azure.prepare(), { state: 'failed', reason }, `${status}`)
  }
  t.match(await azure.deployed(), { state: 'ready' })
})

t.test('a workspace that is not there', async (t) => {
  const azure = await Azure.start(t, { AZURE_ML_WORKSPACE: 'other' })
  t.match(await azure.prepare(), { state: 'failed', reason: /WorkspaceUnknown: there is no .*workspaces\/other/ })
  azure.fake.faults.length = 0
})

t.test('Azure that cannot be reached', async (t) => {
  const azure = await Azure.start(t, { AZURE_AUTHORITY_URL: 'http://127.0.0.1:9' })
  await t.rejects(azure.prepare(), { status: 0, mayPass: true, message: /NoAnswer: 127\.0\.0\.1:9/ })
})

t.test('a token goes to no other host', async (t) => {
  const azure = await Azure.start(t)
  const other = await FakeAzure.start(t)
  await azure.driven(() => azure.prepare())
  azure.fake.nextAnswers.push(
    {
      answer: {
        status: 200,
        body: { properties: { provisioningState: 'Succeeded' }, tags: { 'ml-worker': 'mlw/7/production' } },
      },
      headers: {},
    },
    { answer: refusal(404, 'ResourceNotFound', 'deployment'), headers: {} },
    { answer: { status: 200, body: { value: [], nextLink: `${other.url}/next` } }, headers: {} },
  )
  await t.rejects(azure.remove(), { message: /ForeignAddress/ })
  t.same(other.requests, [])
})

t.test('a call that is ended rejects with its reason', async (t) => {
  const azure = await Azure.start(t)
  const reason = new Error('the worker stops')
  await t.rejects(azure.target.observe(PLAN, AbortSignal.abort(reason)), reason)
})
