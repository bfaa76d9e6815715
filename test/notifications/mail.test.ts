// Mail through a real SMTP server: what people get, and what a server that refuses means.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import t from 'tap'
import { startGuardedService } from '../support/access.ts'
import { missing } from '../support/optional-package.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'

const skip = (await missing('nodemailer')) ?? false

interface Mail {
  readonly to: string[]
  readonly text: string
}

const mails: Mail[] = []
/** Answers for recipients that are not taken. */
const refusals: Record<string, number> = { 'gone@example.com': 550, 'later@example.com': 451 }
const logins: (string | undefined)[] = []
const server = new SMTPServer({
  disabledCommands: ['STARTTLS'],
  allowInsecureAuth: true,
  onAuth({ username, password }, _session, callback) {
    logins.push(`${username} ${password}`)
    callback(null, { user: username as string })
  },
  onRcptTo({ address }, _session, callback) {
    const responseCode = refusals[address]
    if (responseCode === undefined) callback()
    else callback(Object.assign(new Error('not taken'), { responseCode }))
  },
  onData(stream, { envelope }, callback) {
    const parts: Buffer[] = []
    stream.on('data', (part) => parts.push(part))
    stream.on('end', () => {
      mails.push({ to: envelope.rcptTo.map(({ address }) => address), text: Buffer.concat(parts).toString() })
      callback()
    })
  },
})
server.listen(0, '127.0.0.1')
await once(server.server, 'listening')
t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())))
const { port } = server.server.address() as AddressInfo

const PASSWORD = 'p4ssw0rd'
const { admin, database, logged } = await startGuardedService(t, ['majority', 'misbehaving'], {
  SMTP_URL: `smtp://worker:${PASSWORD}@127.0.0.1:${port}`,
  MAIL_FROM: 'ML worker <ml-worker@example.com>',
  WEBHOOK_RETRY_SECONDS: '1',
})

t.test('a person is told in words of what was asked for, and of no value of a row', { skip }, async (t) => {
  const made = await admin.post('/api/webhooks', { mail_to: 'ada@example.com', events: ['run.ended'] })
  t.match(made, { status: 201, body: { kind: 'mail', mail_to: 'ada@example.com' } })
  t.equal(made.body.secret, undefined)
  const run = await database.insertRun('misbehaving')
  await admin.train('misbehaving', run, { ...good, parameters: { deed: 'throws' } })
  t.equal(await database.ended(run), 'FAILED')
  await until(() => mails.length === 1)
  const [{ to, text } = { to: [], text: '' }] = mails
  t.same(to, ['ada@example.com'])
  t.match(text, new RegExp(`^Subject: Training ${run} of misbehaving failed\r$`, 'm'))
  t.match(text, /^From: ML worker <ml-worker@example\.com>\r$/m)
  t.match(text, /^Message-ID: <msg_[0-9a-f]{32}\.\d+@example\.com>\r$/m)
  t.match(text, /^Auto-Submitted: auto-generated\r$/m)
  t.match(text, /^error code: model_failed\r$/m)
  t.same(logins, [`worker ${PASSWORD}`])
  t.notMatch(JSON.stringify(logged), PASSWORD)
  const rotated = await admin.post(`/api/webhooks/${made.body.id}/rotate`, {}, { 'if-match': '*' })
  t.match(rotated, { status: 400, body: { detail: /mail is not signed/ } })
})

t.test(
  'a recipient that is refused for good is dead at once, and one that is refused for now later',
  { skip },
  async (t) => {
    const stateOf = async (id: number) => (await admin.get(`/api/webhooks/${id}/deliveries`)).body.deliveries[0]
    for (const [address, attempts, status] of [
      ['gone@example.com', 1, 550],
      ['later@example.com', 2, 451],
    ] as const) {
      const { body: made } = await admin.post('/api/webhooks', { mail_to: address })
      t.equal((await admin.post(`/api/webhooks/${made.id}/test`, '')).status, 202)
      await until(async () => (await stateOf(made.id)).state === 'dead')
      t.match(await stateOf(made.id), { attempts, answer_status: status, last_error: /the mail server: / })
    }
  },
)
