// How the API of Kubernetes is spoken to: by HTTPS with the authority of its file, a token that is read anew, and with bounds.
import { readFile, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import t from 'tap'
import { makeAuthority, makeCertificate } from '../../../../test/support/certificates.ts'
import { KubernetesApi, KubernetesError } from './kubernetes-api.ts'

const folder = t.testdir()
for (const name of ['cluster', 'renewed', 'stranger']) makeAuthority(folder, name)
for (const by of ['cluster', 'renewed']) {
  await makeCertificate(folder, `api-${by}`, { by, subject: 'api', names: 'DNS:localhost,IP:127.0.0.1' })
}
const certificate = async (by: string) => ({
  key: await readFile(join(folder, `api-${by}.key`)),
  cert: await readFile(join(folder, `api-${by}.crt`)),
})
const tokenFile = join(folder, 'token')
await writeFile(tokenFile, 'first\n')
const caFile = join(folder, 'ca.crt')
await writeFile(caFile, await readFile(join(folder, 'cluster.crt')))

const asked: (string | undefined)[] = []
let listener: RequestListener = (_, response) => response.end('{"kind":"Pod"}')
const server = createServer(await certificate('cluster'), (request, response) => {
  asked.push(request.headers.authorization)
  listener(request, response)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
t.teardown(() => {
  server.closeAllConnections()
  server.close()
})
const { port } = server.address() as { port: number }
const settings = {
  KUBERNETES_API_URL: `https://127.0.0.1:${port}`,
  KUBERNETES_TOKEN_FILE: tokenFile,
  KUBERNETES_CA_FILE: caFile,
}
const api = new KubernetesApi(settings)
t.teardown(() => api.close())
const { signal } = new AbortController()
const get = (of = api) => of.get('/api/v1/x', signal)

t.test('token and authority are read anew', async (t) => {
  t.same(await get(), { kind: 'Pod' })
  await writeFile(tokenFile, 'second')
  await get()
  t.same(asked.splice(0), ['Bearer first', 'Bearer second'])
  server.setSecureContext(await certificate('renewed'))
  server.closeAllConnections()
  await t.rejects(get(), { name: 'KubernetesError', message: /127\.0\.0\.1:\d+: / })
  await writeFile(caFile, await readFile(join(folder, 'renewed.crt')))
  t.same(await get(), { kind: 'Pod' })
})

t.test('another authority, and files that are not there, are refused before a token is sent', async (t) => {
  asked.length = 0
  const strange = new KubernetesApi({ ...settings, KUBERNETES_CA_FILE: join(folder, 'stranger.crt') })
  t.teardown(() => strange.close())
  await t.rejects(get(strange), { name: 'KubernetesError' })
  const without = new KubernetesApi({ ...settings, KUBERNETES_TOKEN_FILE: join(folder, 'none') })
  await t.rejects(get(without), { name: 'KubernetesError', message: /needs .*none: ENOENT/ })
  t.same(asked, [])
})

t.test('answers that are no success are told in the words of the API', async (t) => {
  const answering = (status: number, body: string) => {
    listener = (_, response) => response.writeHead(status).end(body)
  }
  answering(404, '{"kind":"Status","message":"not found"}')
  t.equal(await get(), undefined)
  t.equal(await api.delete('/api/v1/x', signal), undefined)
  answering(403, '{"kind":"Status","message":"pods is forbidden"}')
  await t.rejects(get(), new KubernetesError(403, 'the API of Kubernetes answers 403: pods is forbidden'))
  answering(500, 'no JSON')
  await t.rejects(get(), { name: 'KubernetesError', message: /answers 500: no JSON/ })
  listener = (_, response) => response.end(Buffer.alloc(17 * 2 ** 20))
  await t.rejects(get(), { name: 'KubernetesError', message: /more than 16777216 bytes/ })
  listener = () => {}
  const stop = new AbortController()
  const waiting = api.get('/api/v1/x', stop.signal)
  setImmediate(() => stop.abort(new Error('enough')))
  await t.rejects(waiting, new Error('enough'))
})
