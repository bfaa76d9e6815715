// How much a caller may ask for: over real HTTP, through a proxy's header and without.
import { connect } from 'node:net'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { answersTo } from '../support/raw-request.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const database = await createTestDatabase(t)
const slow = { DATABASE_URL: database.url, RATE_LIMIT_PER_SECOND: 1, RATE_LIMIT_BURST: 3 }
/** For each status how often it came. */
const tally = (statuses: readonly number[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(statuses, String)].map(([status, all]) => [status, all.length]))

async function statusOf(url: string, path: string, forwarded = ''): Promise<{ status: number; answer: string }> {
  const header = forwarded === '' ? '' : `x-forwarded-for: ${forwarded}\r\n`
  const answer = await answersTo(url, `GET ${path} HTTP/1.1\r\nhost: x\r\n${header}connection: close\r\n\r\n`)
  return { status: Number(answer.split(' ')[1]), answer }
}

t.test('beyond its burst a caller is answered 429, with when to come again', async (t) => {
  const { service, get } = await startTestService(t, slow)
  const answers = await Promise.all(Array.from({ length: 50 }, () => get('/api/models')))
  const counts = tally(answers.map(({ status }) => status))
  t.ok((counts[200] ?? 0) >= 3 && (counts[429] ?? 0) > 0, JSON.stringify(counts))
  const { headers, body } = answers.find(({ status }) => status === 429) as (typeof answers)[0]
  t.match(body, { code: 'RATE_LIMITED', status: 429, detail: /RATE_LIMIT_PER_SECOND/ })
  t.equal(headers.get('retry-after'), '1')
  t.equal(headers.get('x-content-type-options'), 'nosniff')
  for (const path of ['/nowhere', '/docs', '/openapi.json', '/metrics']) {
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await statusOf(service.url, path)).status),
    )
    t.ok(statuses.includes(429), `whatever it asks for: ${path}`)
  }
  for (const path of ['/api/health/live', '/api/health/ready', '/v2/health/live', '/v2/health/ready?x=1']) {
    t.not((await get(path)).status, 429, path)
  }
  await until(async () => (await get('/api/models')).status === 200)
})

t.test('X-Forwarded-For is read of a proxy that is trusted, and of nobody else', async (t) => {
  const addresses = Array.from({ length: 20 }, (_, i) => `203.0.113.${i}`)
  const ask = (url: string, given: readonly string[]) =>
    Promise.all(given.map(async (from) => (await statusOf(url, '/api/models', from)).status))
  const trusting = await startTestService(t, { ...slow, TRUST_PROXY: '10.0.0.0/8,127.0.0.1' })
  t.same(tally(await ask(trusting.service.url, addresses)), { 200: 20 })
  // What a caller wrote itself stands before what the proxy adds.
  const forged = tally(
    await ask(
      trusting.service.url,
      addresses.map((from) => `${from}, 198.51.100.9`),
    ),
  )
  t.ok((forged[429] ?? 0) > 0, JSON.stringify(forged))
  const network = tally(
    await ask(
      trusting.service.url,
      addresses.map((_, i) => `2001:db8::${i}`),
    ),
  )
  t.ok((network[429] ?? 0) > 0, 'of IPv6 the first 64 bits')
  for (const TRUST_PROXY of ['', '10.0.0.0/8']) {
    const { service } = await startTestService(t, { ...slow, TRUST_PROXY })
    const counts = tally(await ask(service.url, addresses))
    t.ok((counts[429] ?? 0) > 0, `TRUST_PROXY=${TRUST_PROXY}: ${JSON.stringify(counts)}`)
  }
})

t.test('a caller has so many bodies on their way; what is answered or gone counts no more', async (t) => {
  const { service, get, predict } = await startTestService(t, { DATABASE_URL: database.url, BODIES_IN_FLIGHT_MAX: 2 })
  const { hostname, port } = new URL(service.url)
  const begin = (rest: string) => {
    const socket = connect(Number(port), hostname).on('error', () => {})
    socket.write(`POST /api/predict?model_run_id=1 HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${rest}`)
    return socket
  }
  const isRefused = async (): Promise<boolean> => (await predict(1, { features: [] })).body.code === 'RATE_LIMITED'
  t.notOk(await isRefused())
  const senders = [begin('content-length: 1000\r\n\r\n{'), begin('transfer-encoding: chunked\r\n\r\n1\r\n{\r\n')]
  await until(isRefused)
  const { status, headers, body } = await predict(1, { features: [] })
  t.match({ status, body }, { status: 429, body: { code: 'RATE_LIMITED', detail: /BODIES_IN_FLIGHT_MAX/ } })
  t.equal(headers.get('retry-after'), '1')
  t.equal((await get('/api/models')).status, 200, 'what has no body is not counted')
  for (const socket of senders) socket.destroy()
  await until(async () => !(await isRefused()))
  for (let i = 0; i < 10; i++) t.notOk(await isRefused(), 'one after the other')
})
