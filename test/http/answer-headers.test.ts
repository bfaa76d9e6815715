// The headers of every answer of every route: good ones, refusals, and what no route answers.
import t, { type Test } from 'tap'
import { DOCUMENTED_PATHS } from '../support/openapi.ts'
import { answerIn, answersTo } from '../support/raw-request.ts'
import { good, startTrainingService } from '../support/trained.ts'

const service = await startTrainingService(t, ['majority'])
const { run } = await service.trainToEnd('majority', good)
const { url } = service.service
const { host } = new URL(url)

const EXPECTED = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}
/** Its pages may be kept: nothing of a run is in them. */
const KEPT = /^\/(docs\b|openapi\.json$)/

interface Asked {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Each path of the document with things that are there, and those that the document leaves out. */
const PATHS = [
  ...DOCUMENTED_PATHS.map((path) =>
    path
      .replace(/\{model_name\}/, 'majority')
      .replace(/\{(model_run_id|model_version)\}/, String(run))
      .replace(/^\/api\/predict$/, `/api/predict?model_run_id=${run}`),
  ),
  '/v2/',
  '/openapi.json',
  '/docs',
  '/docs/',
  '/docs/static/index.html',
  '/docs/static/nothing.js',
  '/docs/static/../../package.json',
  '/nowhere',
  '/%zz',
  '/',
]
const json = { 'content-type': 'application/json' }
const WAYS: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['GET', {}, ''],
  ['HEAD', {}, ''],
  ['OPTIONS', {}, ''],
  ['POST', json, '{}'],
  ['POST', json, '{'],
  ['POST', { 'content-type': 'text/html' }, '<p>'],
  ['POST', { 'content-type': 'text/csv' }, 'a\n1\n'],
  ['PUT', json, '{}'],
  ['DELETE', {}, ''],
  ['GET', { host: 'hostile.example' }, ''],
  ['POST', { ...json, origin: 'http://hostile.example' }, '{}'],
]

function holds(t: Test, { method, path }: Asked, headers: Headers, text: string): void {
  const what = `${method} ${path}`
  for (const [name, value] of Object.entries(EXPECTED)) t.equal(headers.get(name), value, `${what}: ${name}`)
  const policy = headers.get('content-security-policy') ?? ''
  const directives = Object.fromEntries(
    policy.split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().split(/\s+/)
      return [name, sources.join(' ')]
    }),
  )
  t.match(directives['default-src'] ?? '', /^'(none|self)'$/, `${what}: default-src`)
  t.notMatch(directives['script-src'] ?? directives['default-src'] ?? '', /unsafe|\*|data:|https?:/, `${what}: scripts`)
  t.equal(directives['frame-ancestors'], "'none'", `${what}: frames`)
  if (!KEPT.test(path)) t.equal(headers.get('cache-control'), 'no-store', `${what}: cache-control`)
  t.equal(headers.get('access-control-allow-origin'), null, `${what}: no page of another site reads it`)
  t.equal(headers.get('x-powered-by') ?? headers.get('server'), null, `${what}: it does not say what it is made of`)
  t.equal(headers.get('strict-transport-security'), null, `${what}: not without TLS`)
  if (text !== '') t.ok(headers.get('content-type'), `${what}: content-type`)
}

t.test('every answer says how little a browser may do with it', async (t) => {
  const statuses = new Set<number>()
  for (const path of PATHS) {
    await t.test(path, async (t) => {
      for (const [method, headers, body] of WAYS) {
        const all = { host, connection: 'close', 'content-length': String(body.length), ...headers }
        const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
        // Byte for byte: clients tidy paths and hosts up.
        const answer = answerIn(await answersTo(url, `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`))
        statuses.add(answer.status)
        holds(t, { method, path }, answer.headers, answer.text)
      }
    })
  }
  for (const status of [200, 400, 403, 404, 409, 415]) t.ok(statuses.has(status), `${status} was among them`)
})

t.test('what is no request is answered so too', async (t) => {
  for (const bytes of ['nonsense\r\n\r\n', `GET / HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(100_000)}\r\n\r\n`]) {
    const { status, headers, text } = answerIn(await answersTo(url, bytes))
    t.ok(status >= 400, String(status))
    holds(t, { method: 'no', path: `request, ${status}` }, headers, text)
  }
})
