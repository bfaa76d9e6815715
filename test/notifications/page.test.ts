// The calls of docs/webhooks.md in one shell, and its lines of Java against a message of the worker.
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { startTestService } from '../support/service.ts'
import { answersOf, runLines } from '../support/shell-lines.ts'
import { type Received, startReceiver } from '../support/webhook-receiver.ts'

const run = promisify(execFile)
const folder = await mkdtemp(join(tmpdir(), 'ml-worker-page-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const receiver = await startReceiver(t)

t.test('every call of docs/webhooks.md has a good answer', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('majority')
  const settings = { DATABASE_URL: database.url, WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' }
  const { service } = await startTestService(t, settings)
  const lines = (await blocksOf('docs/webhooks.md', 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  t.ok(lines.length >= 12)
  const replaced = { 'http://127.0.0.1:5001': service.url, 'http://127.0.0.1:9000': receiver.url }
  const answers = answersOf(await runLines(t, lines, { cwd: folder, replaced })).map(({ body }) => body)
  t.match(answers[0], { secret: /^whsec_/, kind: 'webhook' })
  t.ok(answers.some(({ deliveries }) => deliveries?.[0]?.state === 'delivered'))
  t.match(receiver.received[0], { path: '/hooks/ml', body: { type: 'webhook.test' } })

  const [java] = await blocksOf('docs/webhooks.md', 'java')
  if (spawnSync('java', ['-version']).error !== undefined) {
    t.pass('no java on the path', { skip: true })
    return
  }
  const main = `class Check {
    public static void main(String[] given) throws Exception {
        var signature = new WebhookSignature(given[0]);
        System.out.print(signature.isGood(given[1], given[2], given[3], given[4].getBytes("UTF-8")));
    }
  }`
  // The first class of a file is the one that runs.
  const [imports, rest] = String(java?.text).split('\nfinal class') as [string, string]
  const path = join(folder, 'Check.java')
  await writeFile(path, `${imports}\n${main}\nfinal class${rest}`)
  const [{ headers, text }] = receiver.received as [Received, ...Received[]]
  const check = async (secret: string, signed: string, body: string) =>
    (
      await run('java', [
        ...[path, secret, String(headers['webhook-id']), String(headers['webhook-timestamp'])],
        ...[signed, body],
      ])
    ).stdout
  const signed = String(headers['webhook-signature'])
  t.equal(await check(answers[0].secret, signed, text), 'true')
  t.equal(await check(answers[0].secret, `v1,AAAA ${signed}`, text), 'true', 'one of two is enough')
  t.equal(await check(answers[0].secret, signed, text.replace('webhook.test', 'run.ended')), 'false')
})
