// The service by TLS: real certificates, replaced under open connections, with and without certificates of clients.
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { makeAuthority, makeCertificate, opensslIn } from '../support/certificates.ts'
import { createTestDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const folder = await mkdtemp(join(tmpdir(), 'ml-worker-test-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const openssl = opensslIn(folder)
const at = (name: string): string => join(folder, name)
for (const name of ['ours', 'others']) makeAuthority(folder, name)
const localhost = { by: 'ours', subject: 'worker', names: 'DNS:localhost,IP:127.0.0.1' }
await makeCertificate(folder, 'first', { ...localhost, days: 100 })
await makeCertificate(folder, 'second', { ...localhost, days: 3 })
await makeCertificate(folder, 'expired', { ...localhost, days: -1 })
for (const by of ['ours', 'others'])
  await makeCertificate(folder, `client-${by}`, { by, subject: 'app', names: 'DNS:app' })
const ca = await readFile(at('ours.crt'))

const database = await createTestDatabase(t)
await database.registerModel('majority')

interface Setup {
  readonly clientCa?: string
  readonly key?: string
  readonly passphrase?: string
}

/** A service whose files are copies, so that they can be replaced. */
async function start(t: Test, name: string, { clientCa, key = name, passphrase }: Setup = {}) {
  await copyFile(at(`${name}.crt`), at('shown.crt'))
  await copyFile(at(`${key}.key`), at('shown.key'))
  if (clientCa !== undefined) await copyFile(at(`${clientCa}.crt`), at('clients.crt'))
  if (passphrase !== undefined) await writeFile(at('passphrase'), `${passphrase}\n`)
  return startTestService(t, {
    DATABASE_URL: database.url,
    TLS_CERT_FILE: at('shown.crt'),
    TLS_KEY_FILE: at('shown.key'),
    TLS_KEY_PASSPHRASE_FILE: passphrase === undefined ? '' : at('passphrase'),
    TLS_CLIENT_CA_FILE: clientCa === undefined ? '' : at('clients.crt'),
  })
}

interface Given extends ConnectionOptions {
  readonly agent?: Agent
  readonly method?: string
  readonly path?: string
  readonly body?: string
}

/** The answer over TLS, which is held to the authority of ours. */
function ask(url: string, { path = '/api/health/live', body = '', ...options }: Given = {}) {
  const headers = body === '' ? {} : { 'content-type': 'application/json', 'content-length': body.length }
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const asked = request(url + path, { ca, headers, agent: false, ...options }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
    })
    asked.on('error', reject).end(body)
  })
}

/** The serial number of the certificate that new connections are shown. */
function serialOf(url: string): Promise<string> {
  const { hostname: host, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), ca }, () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.end()
    }).on('error', reject)
  })
}

const serialIn = (name: string): string =>
  String(openssl('x509', '-in', `${name}.crt`, '-noout', '-serial'))
    .trim()
    .replace('serial=', '')

/** As a mount does it: each file is there in whole, or not. */
async function replaceBy(name: string, key = name): Promise<void> {
  for (const [from, to] of [
    [`${key}.key`, 'shown.key'],
    [`${name}.crt`, 'shown.crt'],
  ] as const) {
    await copyFile(at(from), at('new'))
    await rename(at('new'), at(to))
  }
}

t.test('speaks HTTPS, TLS 1.2 and later, and no HTTP', async (t) => {
  const { service, logged } = await start(t, 'first')
  const { url } = service
  t.match(url, /^https:\/\/127\.0\.0\.1:\d+$/)
  const answer = await ask(url)
  t.equal(answer.status, 200)
  for (const path of ['/api/health/live', '/nowhere', '/api/runs/x', '/docs', '/openapi.json', '/%zz']) {
    const { headers } = await ask(url, { path })
    t.match(headers, { 'strict-transport-security': 'max-age=31536000', 'x-content-type-options': 'nosniff' }, path)
  }
  const posted = await ask(url, { method: 'POST', path: '/api/predict?model_run_id=999', body: '{"features": []}' })
  t.match(posted, { status: 400, headers: { 'strict-transport-security': /max-age/ } })
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
    t.equal((await ask(url, { maxVersion })).status, 200, maxVersion)
  await t.rejects(ask(url, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }))
  await t.rejects(ask(url, { ca: [] }), 'an authority that is not known to the client')

  const { hostname, port } = new URL(url)
  const plain = await new Promise<string>((resolve) => {
    let text = ''
    const socket = connectPlain(Number(port), hostname, () => socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'))
    socket.on('data', (part) => {
      text += part
    })
    socket.on('error', () => {}).on('close', () => resolve(text))
  })
  t.notMatch(plain, /HTTP/, 'HTTP gets no answer, and its connection ends')
  // Over TLS what is no request has an answer as over HTTP.
  const nonsense = await new Promise<string>((resolve) => {
    let text = ''
    const socket = connect({ host: hostname, port: Number(port), ca }, () => socket.write('nonsense\r\n\r\n'))
    socket.setEncoding('utf8').on('data', (part) => {
      text += part
    })
    socket.on('close', () => resolve(text))
  })
  t.match(nonsense, /^HTTP\/1\.1 400 [\s\S]*strict-transport-security: max-age[\s\S]*REQUEST_MALFORMED/)
  t.equal((await ask(url)).status, 200)
  const { text: figures } = await ask(url, { path: '/metrics' })
  const seconds = Number(/^ml_worker_tls_certificate_expiry_seconds (.*)$/m.exec(figures)?.[1])
  const until = Date.parse(String(openssl('x509', '-in', 'first.crt', '-noout', '-enddate')).replace('notAfter=', ''))
  t.ok(Math.abs(Date.now() / 1000 + seconds - until / 1000) < 600, `${seconds} s are left`)
  t.notOk(logged.some(({ msg }) => /certificate/.test(String(msg))))
})

t.test('a certificate that is replaced is shown to new connections, and open ones go on', async (t) => {
  const { service, logged } = await start(t, 'first')
  const { url } = service
  const told = (pattern: RegExp) => logged.filter(({ msg }) => pattern.test(String(msg))).length
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const sockets = new Set<unknown>()
  agent.on('free', (socket) => sockets.add(socket))
  t.equal((await ask(url, { agent })).status, 200)
  t.equal(await serialOf(url), serialIn('first'))
  await replaceBy('second')
  await until(async () => (await serialOf(url)) === serialIn('second'))
  t.equal((await ask(url, { agent })).status, 200)
  t.equal(sockets.size, 1, 'on the connection that was open')
  t.equal(told(/was replaced/), 1)
  t.equal(told(/expires soon/), 1, 'three days are not many')

  await replaceBy('first', 'second')
  await until(() => told(/cannot be replaced.*TLS_KEY_FILE: the key is not that of the first certificate/) === 1)
  t.equal(await serialOf(url), serialIn('second'), 'the one before')
  await writeFile(at('shown.crt'), 'nothing')
  await until(() => told(/cannot be replaced.*TLS_CERT_FILE: expected certificates in PEM/) === 1)
  await rm(at('shown.crt'))
  await until(() => told(/cannot be replaced.*TLS_CERT_FILE: ENOENT/) === 1)
  t.equal(await serialOf(url), serialIn('second'))
  await replaceBy('expired')
  await until(() => told(/has expired/) === 1)
  await t.rejects(ask(url), { code: 'CERT_HAS_EXPIRED' })
  const { text } = await ask(url, { path: '/metrics', rejectUnauthorized: false })
  t.ok(Number(/^ml_worker_tls_certificate_expiry_seconds (.*)$/m.exec(text)?.[1]) < 0)
  await replaceBy('first')
  await until(async () => (await serialOf(url).catch(() => '')) === serialIn('first'))
})

t.test('with authorities of clients nobody comes in without a certificate of theirs', async (t) => {
  const { service } = await start(t, 'first', { clientCa: 'ours' })
  const { url } = service
  const { hostname: host, port } = new URL(url)
  const cert = async (name: string) => ({
    cert: await readFile(at(`${name}.crt`)),
    key: await readFile(at(`${name}.key`)),
  })
  const good = await cert('client-ours')
  const other = await cert('client-others')
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    t.equal((await ask(url, { ...good, maxVersion })).status, 200, maxVersion)
    await t.rejects(ask(url, { maxVersion }), `${maxVersion}: none`)
    await t.rejects(ask(url, { ...other, maxVersion }), `${maxVersion}: of another authority`)
  }
  const session = await new Promise<Buffer>((resolve) => {
    const socket = connect({ host, port: Number(port), ca, ...good }, () => socket.write('GET / HTTP/1.1\r\n\r\n'))
    socket.once('session', (given) => {
      resolve(given)
      socket.end()
    })
  })
  await copyFile(at('others.crt'), at('clients.crt'))
  await until(async () => (await ask(url, other).catch(() => undefined))?.status === 200)
  await t.rejects(ask(url, good), 'the authority before is none any more')
  await t.rejects(ask(url, { ...good, session }), 'nor does a session from before lead in')
  t.equal((await ask(url, other)).status, 200)
})

t.test('a key may be encrypted', async (t) => {
  openssl('rsa', '-aes256', '-in', 'first.key', '-out', 'locked.key', '-passout', 'pass:sesame')
  const { service } = await start(t, 'first', { key: 'locked', passphrase: 'sesame' })
  t.equal((await ask(service.url)).status, 200)
})

t.test('files that cannot be used end the start, in words', async (t) => {
  openssl('rsa', '-aes256', '-in', 'first.key', '-out', 'locked.key', '-passout', 'pass:sesame')
  await writeFile(at('wrong'), 'open')
  await writeFile(at('empty'), '')
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:1024',
    '-nodes',
    '-keyout',
    'short.key',
    '-out',
    'short.crt',
    '-subj',
    '/CN=x',
  )
  const good = { TLS_CERT_FILE: at('first.crt'), TLS_KEY_FILE: at('first.key') }
  for (const [files, says] of [
    [{ TLS_CERT_FILE: at('first.crt') }, /^TLS_KEY_FILE is missing/],
    [{ TLS_KEY_FILE: at('first.key') }, /^TLS_CERT_FILE is missing/],
    [{ TLS_CLIENT_CA_FILE: at('ours.crt') }, /^TLS_CERT_FILE is missing/],
    [{ ...good, TLS_CERT_FILE: at('none') }, /^TLS_CERT_FILE: ENOENT/],
    [{ ...good, TLS_CERT_FILE: folder }, /^TLS_CERT_FILE: EISDIR/],
    [{ ...good, TLS_CERT_FILE: at('empty') }, /^TLS_CERT_FILE: the file is empty/],
    [{ ...good, TLS_CERT_FILE: at('first.key') }, /^TLS_CERT_FILE: expected certificates in PEM/],
    [{ ...good, TLS_KEY_FILE: at('second.key') }, /^TLS_KEY_FILE: the key is not that of the first certificate/],
    [{ ...good, TLS_KEY_FILE: at('first.crt') }, /^TLS_KEY_FILE: expected a private key in PEM/],
    [{ ...good, TLS_KEY_FILE: at('locked.key') }, /encrypted and needs its passphrase in TLS_KEY_PASSPHRASE_FILE/],
    [
      { ...good, TLS_KEY_FILE: at('locked.key'), TLS_KEY_PASSPHRASE_FILE: at('wrong') },
      /encrypted and has another passphrase/,
    ],
    [{ ...good, TLS_CLIENT_CA_FILE: at('wrong') }, /^TLS_CLIENT_CA_FILE: expected certificates in PEM/],
    [{ TLS_CERT_FILE: at('short.crt'), TLS_KEY_FILE: at('short.key') }, /key too small/],
  ] as const) {
    const started = startTestService(t, { DATABASE_URL: database.url, ...files })
    await t.rejects(started, { name: 'TlsFilesError', message: says }, String(says))
  }
})

t.test('a stop waits for what is asked by TLS, and for no connection that asks nothing', async (t) => {
  const { service } = await start(t, 'first')
  const { hostname: host, port } = new URL(service.url)
  const idle = await new Promise<TLSSocket>((resolve) => {
    const socket = connect({ host, port: Number(port), ca }, () => resolve(socket))
  })
  const silent = connectPlain(Number(port), host)
  const agent = new Agent({ keepAlive: true })
  await ask(service.url, { agent })
  const gone = [idle, silent].map(
    (socket) => new Promise((resolve) => socket.on('error', () => {}).on('close', resolve)),
  )
  idle.resume()
  await service.close()
  await Promise.all(gone)
  agent.destroy()
  t.pass('it ended')
})

t.test('the health check of the image asks by the same way', async (t) => {
  const check = async (environment: Record<string, string>): Promise<number> => {
    const env = { PATH: process.env['PATH'] ?? '', ...environment }
    const script = join(import.meta.dirname, '../../bin/healthcheck.cjs')
    return promisify(execFile)(process.execPath, [script], { env }).then(
      () => 0,
      ({ code }) => code as number,
    )
  }
  const plain = await startTestService(t, { DATABASE_URL: database.url })
  t.equal(await check({ PORT: new URL(plain.service.url).port }), 0)
  t.equal(await check({ PORT: new URL(plain.service.url).port, TLS_CERT_FILE: 'x' }), 1)
  for (const clientCa of [undefined, 'ours']) {
    const { service } = await start(t, 'first', clientCa === undefined ? {} : { clientCa })
    const { port: PORT } = new URL(service.url)
    t.equal(await check({ PORT, TLS_CERT_FILE: at('shown.crt') }), 0, `authorities: ${clientCa}`)
    t.equal(await check({ PORT }), 1, 'not without TLS')
  }
  t.equal(await check({ PORT: '1' }), 1, 'where nobody listens')
})
