// What comes over the line and is no request that HTTP knows: each is answered with a problem, and harms nobody.
import { connect } from 'node:net'
import t from 'tap'
import { ERROR_CATALOGUE, type ErrorCode } from '../../src/errors.ts'
import { createTestDatabase } from '../support/database.ts'
import { requireDocumented } from '../support/openapi.ts'
import { answersTo as allAnswersTo, answerIn } from '../support/raw-request.ts'
import { startTestService } from '../support/service.ts'

const database = await createTestDatabase(t)
const { service, get } = await startTestService(t, { DATABASE_URL: database.url })
const { port, hostname } = new URL(service.url)
const post = 'POST /api/predict?model_run_id=1 HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'

const answersTo = (bytes: string): Promise<string> => allAnswersTo(service.url, bytes)

const cases: readonly (readonly [what: string, bytes: string, code: ErrorCode])[] = [
  ['a line that is no request', 'hello\r\n\r\n', 'REQUEST_MALFORMED'],
  ['bytes that are no text', '\x00\x01\x02\x16\x03\x01\xff', 'REQUEST_MALFORMED'],
  ['the hello of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 'REQUEST_MALFORMED'],
  ['a method that HTTP does not know', 'PREDICT /api/health HTTP/1.1\r\nhost: x\r\n\r\n', 'REQUEST_MALFORMED'],
  ['a version that there is not', 'GET /api/health HTTP/7.0\r\nhost: x\r\n\r\n', 'REQUEST_MALFORMED'],
  ['a header with a line of its own', 'GET / HTTP/1.1\r\nhost: x\r\nno colon\r\n\r\n', 'REQUEST_MALFORMED'],
  ['no host', 'GET /api/models HTTP/1.1\r\nconnection: close\r\n\r\n', 'REQUEST_MALFORMED'],
  ['two hosts', 'GET /api/models HTTP/1.1\r\nhost: x\r\nHost: y\r\nconnection: close\r\n\r\n', 'REQUEST_MALFORMED'],
  ['two lengths', `${post}content-length: 3\r\ncontent-length: 4\r\n\r\n{}`, 'REQUEST_MALFORMED'],
  ['a length that is no number', `${post}content-length: many\r\n\r\n{}`, 'REQUEST_MALFORMED'],
  ['a length and chunks', `${post}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`, 'REQUEST_MALFORMED'],
  ['a chunk whose length is none', `${post}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n`, 'REQUEST_MALFORMED'],
  ['headers of 100 KB', `GET / HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(100_000)}\r\n\r\n`, 'HEADERS_TOO_LARGE'],
  ['a URL of 100 KB', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 'HEADERS_TOO_LARGE'],
]

for (const [what, bytes, code] of cases) {
  t.test(`answers ${ERROR_CATALOGUE[code].status} ${code} to ${what}`, async (t) => {
    const answer = await answersTo(bytes)
    const [head, body] = answer.split('\r\n\r\n') as [string, string]
    t.ok(head.startsWith(`HTTP/1.1 ${ERROR_CATALOGUE[code].status} `), head)
    t.match(head, /^content-type: application\/problem\+json; charset=utf-8$/m)
    t.match(head, /^connection: close$/m)
    t.match(head, `content-length: ${Buffer.byteLength(body)}`)
    // No route was reached: any operation has it.
    requireDocumented({ method: 'POST', path: '/api/predict', ...answerIn(answer) })
    const problem = JSON.parse(body)
    t.match(problem, { ...ERROR_CATALOGUE[code], code, errors: [], detail: /./ })
    t.equal(problem.type, `urn:ml-worker:error:${code.toLowerCase().replaceAll('_', '-')}`)
  })
}

t.test('a good request before the nonsense has the answer that it deserves', async (t) => {
  for (const path of ['/api/health/live', '/api/health']) {
    const answers = await answersTo(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\nnonsense\r\n\r\n`)
    t.match(
      answers,
      /^HTTP\/1\.1 (200 OK|503 )[\s\S]*\{"(status":"[a-z]+|type":"[a-z:-]+not-ready)"[^\r\n]*\}$/,
      'and no other',
    )
  }
})

t.test('an expectation that nobody knows is passed over', async (t) => {
  const answer = await answersTo(`${post}content-length: 2\r\nexpect: wonders\r\nconnection: close\r\n\r\n{}`)
  t.match(answer, /^HTTP\/1\.1 400 [\s\S]*"code":"REQUEST_INVALID"/)
})

t.test('a file outside of the folder of the documentation is none', async (t) => {
  for (const path of ['../../package.json', '%2e%2e/%2e%2e/package.json', '..%2fpackage.json', '%00', 'a%00b.js']) {
    const answer = await answersTo(`GET /docs/static/${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
    t.match(answer, /^HTTP\/1\.1 404 [\s\S]*"code":"ROUTE_UNKNOWN"/, path)
  }
})

t.test('HTTP/1.0 needs no host', async (t) => {
  t.match(await answersTo('GET /api/health/live HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /)
})

t.test('a hundred connections that are cut in the middle leave the worker as it was', async (t) => {
  const cut = (bytes: string) =>
    new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write(bytes, () => socket.resetAndDestroy()))
      socket.on('error', () => {}).on('close', () => resolve())
    })
  for (let i = 0; i < 100; i++) await cut(`${post}content-length: 1000\r\n\r\n${'{'.repeat(i)}`)
  t.equal((await get('/api/health/live')).status, 200)
})
