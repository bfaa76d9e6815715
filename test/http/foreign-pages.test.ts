// What a page in somebody's browser can do to the worker: nothing, unless the worker served it.
import { request } from 'node:http'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { good } from '../support/trained.ts'

const database = await createTestDatabase(t)
await database.registerModel('majority')
const local = await startTestService(t, { DATABASE_URL: database.url })
const named = await startTestService(t, { DATABASE_URL: database.url, ALLOWED_HOSTS: 'ml.example.com,app.example.com' })
const open = await startTestService(t, { DATABASE_URL: database.url, HOST: '0.0.0.0' })
const body = JSON.stringify({ model_name: 'majority', ...good })

interface Given {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Status, code and headers of an answer; fetch would not let the headers through. */
function ask(url: string, { method = 'POST', path = '/api/runs/999/cancel', headers = {}, body: sent = '' }: Given) {
  const { port } = new URL(url)
  return new Promise<{ status: number; code: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const length = sent === '' ? {} : { 'content-length': String(Buffer.byteLength(sent)) }
    const asked = request({ host: '127.0.0.1', port, method, path, headers: { ...length, ...headers } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      answer.on('end', () => {
        const { statusCode: status = 0 } = answer
        const isProblem = /problem/.test(String(answer.headers['content-type'])) && text !== ''
        resolve({ status, code: isProblem ? JSON.parse(text).code : '', headers: answer.headers })
      })
    })
    asked.on('error', reject).end(sent)
  })
}

const codeOf = async (url: string, headers: Record<string, string>, more: Given = {}): Promise<string> =>
  (await ask(url, { ...more, headers })).code

t.test('a call that may change something is refused from the page of another site', async (t) => {
  const { url } = local.service
  const { host } = new URL(url)
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    { origin: `http://${host}.evil.example` },
    { origin: `http://${host}`, 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'cross-site' },
  ]) {
    t.equal(await codeOf(url, headers), 'ORIGIN_REFUSED', JSON.stringify(headers))
    const create = { path: '/api/runs', body, headers: { ...headers, 'content-type': 'application/json' } }
    t.match(await ask(url, create), { status: 403, code: 'ORIGIN_REFUSED' })
  }
  for (const path of ['/api/train', '/api/predict', '/v2/models/majority/infer', '/api/runs']) {
    t.equal(await codeOf(url, { origin: 'https://evil.example' }, { path }), 'ORIGIN_REFUSED', path)
  }
  for (const headers of [
    {},
    { origin: `http://${host}` },
    { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' },
  ])
    t.equal(await codeOf(url, headers), 'RUN_UNKNOWN', 'the page at /docs, and every server')
  t.equal((await database.owner.query('select 1 from model_runs')).rowCount, 0, 'nothing was begun')
})

t.test('on the loopback address nobody calls it by a name that is not its own', async (t) => {
  const { url } = local.service
  const { port } = new URL(url)
  for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example']) {
    t.equal(await codeOf(url, { host }), 'HOST_REFUSED', host)
    t.equal(await codeOf(url, { host, origin: `http://${host}` }), 'HOST_REFUSED', 'DNS rebinding')
    t.match(await ask(url, { method: 'GET', path: '/api/runs', headers: { host } }), { status: 403 }, 'nor reads')
    t.equal((await ask(url, { method: 'GET', path: '/api/health/live', headers: { host } })).status, 200)
  }
  const own = [
    'localhost',
    `127.0.0.1:${port}`,
    '[::1]:5001',
    'LOCALHOST:5001',
    'ml-worker:5001',
    'host.docker.internal',
  ]
  for (const host of own) t.equal(await codeOf(url, { host }), 'RUN_UNKNOWN', host)
  for (const host of ['evil.example:80:80', '[::1].evil.example', 'localhost@evil.example', '[evil.example]:80']) {
    t.equal(await codeOf(url, { host }), 'HOST_REFUSED', `${host} is no host`)
  }
})

t.test(
  'on other addresses any server may call it by any name; a browser only by one that no site can have',
  async (t) => {
    const { url } = open.service
    for (const host of ['ml-worker:5001', 'ml.internal.example', '10.0.0.7:5001']) {
      t.equal(await codeOf(url, { host }), 'RUN_UNKNOWN', host)
    }
    t.equal(await codeOf(url, { host: 'evil.example', origin: 'http://evil.example' }), 'HOST_REFUSED', 'DNS rebinding')
    t.equal(await codeOf(url, { host: 'ml-worker:5001', origin: 'http://evil.example' }), 'ORIGIN_REFUSED')
    t.equal(await codeOf(url, { host: '10.0.0.7:5001', origin: 'http://10.0.0.7:5001' }), 'RUN_UNKNOWN')
    // By http a browser says nothing else of itself with what a page reads from its own site.
    const agent = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' }
    const read = { method: 'GET', path: '/api/runs' }
    t.equal(await codeOf(url, { host: 'evil.example', ...agent }, read), 'HOST_REFUSED', 'nor reads')
    t.equal(await codeOf(url, { host: 'ml-worker:5001', ...agent }, read), '')
    t.equal(await codeOf(url, { host: 'evil.example', 'user-agent': 'Java-http-client/21' }, read), '')
  },
)

t.test('ALLOWED_HOSTS adds names, and pages', async (t) => {
  const { url } = named.service
  t.equal(await codeOf(url, { host: 'ml.example.com' }), 'RUN_UNKNOWN')
  t.equal(await codeOf(url, { host: 'ml.example.com', origin: 'https://app.example.com' }), 'RUN_UNKNOWN')
  t.equal(await codeOf(url, { host: 'ml.example.org' }), 'HOST_REFUSED')
  t.equal(await codeOf(url, { host: 'ml.example.com', origin: 'https://example.com' }), 'ORIGIN_REFUSED')
})

t.test('a form or plain text starts no run: only JSON that says so is JSON', async (t) => {
  const { url } = local.service
  for (const type of [
    'text/plain',
    'text/plain;charset=application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=application/json',
    'text/plain; application/json',
  ]) {
    for (const path of ['/api/runs', '/api/runs/999/cancel']) {
      const { status, code } = await ask(url, { path, body, headers: { 'content-type': type } })
      t.match({ status, code }, { status: 415, code: 'MEDIA_TYPE_UNSUPPORTED' }, `${type} ${path}`)
    }
  }
  t.equal((await ask(url, { path: '/api/runs', body })).status, 415, 'nor does a body that says nothing')
})

t.test('a page loads nothing as a part of itself; a link is followed', async (t) => {
  const { url } = local.service
  const read = { method: 'GET', path: '/api/runs' }
  for (const site of ['cross-site', 'same-site']) {
    for (const dest of ['image', 'script', 'empty', 'iframe']) {
      const headers = { 'sec-fetch-site': site, 'sec-fetch-dest': dest }
      t.equal(await codeOf(url, headers, read), 'ORIGIN_REFUSED', `${site} ${dest}`)
      t.equal(await codeOf(url, headers, { ...read, path: '/api/health/live' }), '', 'there is nothing in it')
      const allowed = { ...headers, host: 'ml.example.com', origin: 'https://app.example.com' }
      t.equal(await codeOf(named.service.url, allowed, read), '', 'ALLOWED_HOSTS')
    }
    t.equal(await codeOf(url, { 'sec-fetch-site': site, 'sec-fetch-dest': 'document' }, read), '', site)
  }
  t.equal(await codeOf(url, { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' }, read), '', 'of /docs')
})

t.test('a route takes the media types that it documents, and no others', async (t) => {
  const { url } = local.service
  const cancel = { path: '/api/runs/999/cancel', body: '{}' }
  t.equal(await codeOf(url, { 'content-type': 'application/json' }, cancel), 'RUN_UNKNOWN')
  t.equal(await codeOf(url, {}, { path: cancel.path }), 'RUN_UNKNOWN', 'no body')
  const refused = [
    'text/csv',
    'application/x-ndjson',
    'application/vnd.apache.arrow.stream',
    'application/octet-stream',
  ]
  for (const type of refused) {
    t.equal(await codeOf(url, { 'content-type': type }, cancel), 'MEDIA_TYPE_UNSUPPORTED', type)
  }
  const infer = { path: '/v2/models/majority/infer', body: '{}' }
  const taken = ['application/json', 'Application/JSON; charset=utf-8', 'application/octet-stream']
  for (const type of taken) t.equal(await codeOf(url, { 'content-type': type }, infer), 'MODEL_VERSION_UNKNOWN', type)
  t.equal(await codeOf(url, {}, infer), 'MODEL_VERSION_UNKNOWN', 'clients of the protocol may say nothing')
  for (const type of [
    'text/plain',
    'text/plain; application/json',
    'text/plain, application/json',
    'application/json, text/plain',
    'application/json/text',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=application/json',
    'text/csv',
    'json',
  ]) {
    t.equal(await codeOf(url, { 'content-type': type }, infer), 'MEDIA_TYPE_UNSUPPORTED', type)
  }
})

t.test('an open door to the network is told at the start, in one line', async (t) => {
  const told = ({ logged }: typeof open) => logged.filter(({ msg }) => /ACCESS=open/.test(String(msg)))
  t.match(told(open), [{ level: 40, msg: /whoever reaches 0\.0\.0\.0 may train.*Set ACCESS=required/ }])
  t.equal(told(open).length, 1)
  t.same(told(local), [])
})

t.test('no answer is a page, stands in a frame, or is kept', async (t) => {
  const { url } = local.service
  const expected = {
    'x-content-type-options': 'nosniff',
    'content-security-policy': /frame-ancestors 'none'/,
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  }
  for (const path of ['/api/runs', '/api/runs/999', '/api/models', '/nowhere', '/metrics', '/api/health', '/%zz']) {
    t.match((await ask(url, { method: 'GET', path })).headers, expected, path)
  }
  const pages = { ...expected, 'cache-control': /.*/ }
  for (const path of ['/docs', '/docs/', '/docs/static/index.html', '/openapi.json']) {
    t.match({ 'cache-control': '', ...(await ask(url, { method: 'GET', path })).headers }, pages, path)
  }
})
