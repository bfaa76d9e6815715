// Writes alertmanager-webhook.json: what a real Alertmanager sends to a webhook of an alert that fires and is resolved.
// ALERTMANAGER names the program; run with: node test/golden/generate_alertmanager.ts
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../src/database/free-port.ts'

const program = process.env['ALERTMANAGER'] ?? 'prometheus-alertmanager'
const version = /version (\S+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1]
const folder = await mkdtemp(join(tmpdir(), 'alertmanager-'))
const came: Record<string, unknown>[] = []
const receiver = createServer(async (request, response) => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  came.push(JSON.parse(Buffer.concat(parts).toString()))
  response.writeHead(204).end()
})
receiver.listen(0, '127.0.0.1')
await once(receiver, 'listening')
const configuration = `route:
  receiver: hook
  group_by: [alertname, environment, project, version]
  group_wait: 100ms
  group_interval: 1s
receivers:
  - name: hook
    webhook_configs:
      - url: http://127.0.0.1:${(receiver.address() as AddressInfo).port}/
`
await writeFile(join(folder, 'alertmanager.yml'), configuration)
const port = await freePort()
const child = spawn(
  program,
  [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
    '--web.external-url=http://alertmanager.example.com',
  ],
  { stdio: 'ignore' },
)
try {
  const labels = {
    alertname: 'MlWorkerPerformance',
    severity: 'critical',
    project: 'told',
    environment: 'production',
    version: '2',
  }
  const alert = { labels, annotations: { summary: 'a summary', description: 'a description' } }
  const startsAt = new Date().toISOString()
  const post = (more: object): Promise<unknown> =>
    fetch(`http://127.0.0.1:${port}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ ...alert, startsAt, ...more }]),
    })
  await untilTrue(() =>
    post({}).then(
      () => true,
      () => false,
    ),
  )
  await untilTrue(async () => came.length > 0)
  await post({ endsAt: new Date().toISOString() })
  await untilTrue(async () => came.some(({ status }) => status === 'resolved'))
  const [firing] = came
  const resolved = came.find(({ status }) => status === 'resolved')
  const golden = { source: `Alertmanager ${version}`, firing, resolved }
  await writeFile(new URL('alertmanager-webhook.json', import.meta.url), `${JSON.stringify(golden, null, 2)}\n`)
} finally {
  child.kill()
  receiver.close()
  await rm(folder, { recursive: true, force: true })
}

async function untilTrue(isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    if (await isTrue()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('Alertmanager does not answer')
}
