// One attempt, against receivers over real HTTP that do what they should not.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { makeAuthority, makeCertificate } from '../../../test/support/certificates.ts'
import { answers, startReceiver } from '../../../test/support/webhook-receiver.ts'
import { AllowedTargets } from './allowed-targets.ts'
import type { Message } from './message.ts'
import { type Address, WebhookSender } from './send-webhook.ts'

const MESSAGE: Message = {
  messageId: 'msg_1',
  type: 'run.ended',
  happenedAt: new Date(0),
  project: undefined,
  data: { model_run_id: 7 },
}
const SECRET = Buffer.alloc(32, 7)

interface Sending {
  readonly allowed?: readonly string[]
  readonly resolve?: (host: string) => Promise<readonly Address[]>
  readonly stop?: AbortSignal
}

function send(url: string, { allowed = ['127.0.0.1'], resolve, stop = new AbortController().signal }: Sending = {}) {
  const sender = new WebhookSender({
    allowed: new AllowedTargets(allowed),
    timeoutMs: 500,
    version: '1.2.3',
    ...(resolve === undefined ? {} : { resolve }),
  })
  return sender.send({ url, secrets: [SECRET], format: 'standard' }, MESSAGE, stop)
}

const at = (...addresses: string[]) => addresses.map((address) => ({ address, family: 4 }))

t.test('the message comes as the standard says', async (t) => {
  const receiver = await startReceiver(t)
  t.same(await send(`${receiver.url}/a?b=c`), { result: 'delivered', status: 204 })
  const [{ path, headers, body } = { path: '', headers: {}, body: {} }] = receiver.received
  t.equal(path, '/a?b=c')
  t.same(body, { type: 'run.ended', timestamp: '1970-01-01T00:00:00.000Z', data: { model_run_id: 7 } })
  t.match(headers, {
    'user-agent': 'ml-worker/1.2.3',
    'webhook-id': 'msg_1',
    'webhook-signature': /^v1,[A-Za-z0-9+/]{43}=$/,
  })
})

t.test('what a receiver answers is judged by its status alone', async (t) => {
  const receiver = await startReceiver(t)
  const answered = (status: number, headers?: Record<string, string>) => {
    receiver.answer(answers(status, headers))
    return send(receiver.url)
  }
  t.match(await answered(200), { result: 'delivered', status: 200 })
  t.match(await answered(500), { result: 'failed', status: 500, error: 'the answer was 500, and not 2xx' })
  t.match(await answered(410), { result: 'gone', status: 410 })
  t.match(await answered(404), { result: 'failed', status: 404 })
  t.match(await answered(429, { 'retry-after': '120' }), { result: 'failed', retryAfterSeconds: 120 })
  t.match(await answered(503, { 'retry-after': '999999999' }), { retryAfterSeconds: 86_400 })
  const inAMinute = new Date(Date.now() + 60_000).toUTCString()
  const { retryAfterSeconds = 0 } = await answered(503, { 'retry-after': inAMinute })
  t.ok(retryAfterSeconds > 50 && retryAfterSeconds <= 60)
  t.equal((await answered(503, { 'retry-after': 'soon' })).retryAfterSeconds, undefined)
})

t.test('a redirect is not followed', async (t) => {
  const receiver = await startReceiver(t)
  receiver.answer(answers(302, { location: `${receiver.url}/elsewhere` }))
  t.match(await send(receiver.url), { result: 'failed', status: 302, error: /redirects are not followed/ })
  t.equal(receiver.received.length, 1)
})

t.test('a receiver that does not answer, closes, or is not there fails in time', async (t) => {
  const receiver = await startReceiver(t)
  receiver.answer(() => {})
  t.same(await send(receiver.url), { result: 'failed', status: null, error: 'no answer within 0.5 s' })
  receiver.answer((response) => response.destroy())
  t.match(await send(receiver.url), { result: 'failed', status: null, error: /socket hang up|ECONNRESET/ })
  t.match(await send(`http://127.0.0.1:${await closedPort()}`), { result: 'failed', error: /ECONNREFUSED/ })
  const silent = await tcp(t, () => {})
  t.match(await send(silent), { result: 'failed', status: null, error: /no answer/ })
  const babble = await tcp(t, (socket) => socket.end('this is no HTTP\r\n\r\n'))
  t.match(await send(babble), { result: 'failed', status: null, error: /Parse Error/ })
  const endless = await tcp(t, (socket) => {
    const write = (): boolean => socket.write(`x-a: ${'b'.repeat(1000)}\r\n`)
    socket.write('HTTP/1.1 200 OK\r\n')
    for (let i = 0; i < 100; i++) write()
  })
  t.match(await send(endless), { result: 'failed', status: null }, 'headers without an end')
})

t.test('of a huge answer no more than a little is read', async (t) => {
  const receiver = await startReceiver(t)
  let written = 0
  const closed = Promise.withResolvers<void>()
  receiver.answer((response) => {
    response.writeHead(200)
    const part = Buffer.alloc(65_536)
    const more = (): void => {
      while (!response.destroyed && response.write(part)) written += part.length
    }
    response.on('drain', more)
    response.on('close', () => closed.resolve())
    more()
  })
  t.same(await send(receiver.url), { result: 'delivered', status: 200 })
  await closed.promise
  t.ok(written < 64 * 2 ** 20, `${written} bytes`)
})

t.test('the address that was checked is the one that is connected to', async (t) => {
  const receiver = await startReceiver(t)
  const { port } = new URL(receiver.url)
  let looks = 0
  const rebinding = async () => at(++looks === 1 ? '127.0.0.2' : '127.0.0.1')
  // A host that is allowed at the first look, and elsewhere at the second: there is no second one.
  const rebound = await send(`http://rebinding.example:${port}/`, { allowed: ['127.0.0.2'], resolve: rebinding })
  t.match(rebound, { result: 'failed', error: /127\.0\.0\.2/ })
  t.equal(looks, 1)
  const inside = await send(`https://inside.example:${port}/`, { allowed: [], resolve: async () => at('127.0.0.1') })
  t.match(inside, { result: 'failed', status: null, error: /127\.0\.0\.1 is not public/ })
  const mixed = await send(`https://mixed.example:${port}/`, {
    allowed: [],
    resolve: async () => at('8.8.8.8', '10.0.0.1'),
  })
  t.match(mixed, { error: /10\.0\.0\.1 is not public/ })
  t.same(receiver.received, [])
  const named = { allowed: ['app.example'], resolve: async () => at('127.0.0.1') }
  t.match(await send(`http://app.example:${port}/`, named), { result: 'delivered' })
  t.match(receiver.received[0]?.headers, { host: `app.example:${port}` })
  t.match(await send('http://127.0.0.1:1/', { allowed: [] }), { error: /not public/ })
})

t.test('a host that cannot be resolved, or not in time, fails', async (t) => {
  const away = async () => {
    throw Object.assign(new Error('getaddrinfo ENOTFOUND a.example'), { code: 'ENOTFOUND' })
  }
  t.match(await send('https://a.example/', { resolve: away }), { result: 'failed', error: /ENOTFOUND/ })
  t.match(await send('https://a.example/', { resolve: () => pause(2_000, []) }), { error: /no answer within/ })
  t.match(await send('https://a.example/', { resolve: async () => [] }), { result: 'failed', error: /no address/ })
})

t.test('a receiver whose certificate nobody vouches for gets nothing', async (t) => {
  const folder = t.testdir()
  makeAuthority(folder, 'authority')
  await makeCertificate(folder, 'receiver', { by: 'authority', subject: 'app.example', names: 'DNS:app.example' })
  const read = (name: string) => readFile(join(folder, name))
  let requests = 0
  const server = createServer({ key: await read('receiver.key'), cert: await read('receiver.crt') }, () => requests++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const named = { allowed: ['app.example'], resolve: async () => at('127.0.0.1') }
  t.match(await send(`https://app.example:${port}/`, named), { result: 'failed', status: null, error: /certificate/ })
  t.equal(requests, 0)
})

t.test('a stop of the worker breaks an attempt off', async (t) => {
  const receiver = await startReceiver(t)
  const stop = new AbortController()
  receiver.answer(() => stop.abort())
  await t.rejects(send(receiver.url, { stop: stop.signal }), { name: 'AbortError' })
})

async function closedPort(): Promise<number> {
  const server = createTcpServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function tcp(t: Test, onConnection: (socket: import('node:net').Socket) => void): Promise<string> {
  const sockets = new Set<import('node:net').Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
