// Receivers that answer slowly or badly hold up nobody else: no other receiver, no training, no prediction.
import t from 'tap'
import { keptNotifications } from '../../src/notifications/retention.ts'
import type { KeptKind } from '../../src/retention/retention.ts'
import { startGuardedService } from '../support/access.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'
import { answers, startReceiver } from '../support/webhook-receiver.ts'

const receiver = await startReceiver(t)
const { admin, database } = await startGuardedService(t, ['majority'], {
  WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
  WEBHOOK_TIMEOUT_SECONDS: 60,
  WEBHOOK_RETRY_SECONDS: '86400',
})
const came = (path: string) => receiver.received.filter((each) => each.path === path)
const deliveriesOf = async (id: number) => (await admin.get(`/api/webhooks/${id}/deliveries?limit=200`)).body.deliveries

t.test('while one receiver does not answer, others get all, and trainings and predictions go on', async (t) => {
  receiver.answer((response, received) => {
    if (received.path !== '/silent') answers(204)(response, received, undefined as never)
  })
  const { body: silent } = await admin.post('/api/webhooks', { url: `${receiver.url}/silent` })
  await admin.post('/api/webhooks', { url: `${receiver.url}/quick`, events: ['run.ended'] })
  await admin.post(`/api/webhooks/${silent.id}/test`, '')
  await until(() => came('/silent').length === 1)
  // Those that come while the first waits for its answer are sent beside it.
  for (let i = 0; i < 7; i++) await admin.post(`/api/webhooks/${silent.id}/test`, '')
  await until(() => came('/silent').length === 4)
  const run = await database.insertRun('majority')
  await admin.train('majority', run, good)
  t.equal(await database.ended(run), 'SUCCESS')
  t.equal((await admin.predict(run, { features: good.features })).status, 200)
  await until(() => came('/quick').length === 1)
  t.equal(came('/silent').length, 4, 'no more than four at once')
  const waiting = (await deliveriesOf(silent.id)).filter(({ state }: { state: string }) => state === 'pending')
  t.equal(waiting.length, 9)
  // Nothing that is on its way outlives its webhook.
  t.equal((await admin.delete(`/api/webhooks/${silent.id}`, { 'if-match': '*' })).status, 200)
  const { deliveries } = (await admin.get('/api/webhooks/deliveries?limit=200&state=cancelled')).body
  t.equal(deliveries.length, 9)
})

t.test('410 disables a webhook, and who enables it again may have what was cancelled', async (t) => {
  receiver.answer(answers(410))
  const { body: made } = await admin.post('/api/webhooks', { url: `${receiver.url}/gone`, events: ['review.decided'] })
  const path = `/api/webhooks/${made.id}`
  await admin.post(`${path}/test`, '')
  await until(async () => (await admin.get(path)).body.enabled === false)
  t.match((await admin.get(path)).body, {
    revision: 2,
    disabled_reason: /answered 410/,
    changed_by: 'worker/notifications',
  })
  t.match(await deliveriesOf(made.id), [{ state: 'dead', answer_status: 410 }])
  const { audit_events: events } = (await admin.get('/api/audit-events?action=webhook.disable')).body
  t.match(events, [{ actor: 'worker/notifications', resource: `webhook/${made.id}` }])
  receiver.answer(answers(204))
  const enabled = await admin.request('PATCH', path, { enabled: true }, { 'if-match': '"2"' })
  t.match(enabled, { status: 200, body: { enabled: true, revision: 3 } })
  t.equal(enabled.body.disabled_reason, undefined)
  const [{ id }] = await deliveriesOf(made.id)
  await admin.post(`${path}/deliveries/${id}/redeliver`, '')
  await until(async () => (await deliveriesOf(made.id))[0].state === 'delivered')
})

t.test('Retry-After puts the next attempt off, beyond the wait of the schedule', async (t) => {
  const { body: made } = await admin.post('/api/webhooks', { url: `${receiver.url}/later`, events: ['review.decided'] })
  receiver.answer(answers(503, { 'retry-after': '3600' }))
  await admin.post(`/api/webhooks/${made.id}/test`, '')
  await until(async () => (await deliveriesOf(made.id))[0].answer_status === 503)
  const [{ next_attempt_at: next, state, attempts }] = await deliveriesOf(made.id)
  t.same([state, attempts], ['pending', 1])
  const waits = (Date.parse(next) - Date.now()) / 1000
  t.ok(waits > 86_000 && waits < 1.2 * 86_400, `the schedule is longer here: ${waits}`)
})

t.test('there are 100 webhooks at the most', async (t) => {
  let last = { status: 0, body: {} }
  for (let i = 0; i < 101 && last.status !== 409; i++) {
    last = await admin.post('/api/webhooks', { url: `https://hooks.invalid/${i}`, events: ['review.decided'] })
  }
  t.match(last, { status: 409, body: { code: 'WEBHOOKS_TOO_MANY' } })
  t.equal((await admin.get('/api/webhooks')).body.webhooks.length, 100)
})

t.test('what is old is removed, with the notices that nobody refers to any more', async (t) => {
  const kept = async () => (await database.owner.query('select notice_id from ml_worker.notices')).rows.length
  t.ok((await kept()) > 3)
  await database.owner.query(
    `update ml_worker.webhook_deliveries set ended_at = now() - interval '31 days' where ended_at is not null`,
  )
  await database.owner.query(`update ml_worker.notices set happened_at = now() - interval '31 days'`)
  const { signal } = new AbortController()
  const [deliveries, notices] = keptNotifications(database.owner, 30) as [KeptKind, KeptKind]
  const due = await deliveries.countOld(signal)
  t.ok(due > 10)
  t.equal(await deliveries.deleteOld(signal), due)
  t.equal(await deliveries.countOld(signal), 0)
  t.ok((await notices.deleteOld(signal)) > 3)
  t.equal(await kept(), 1, 'what is still on its way is kept')
})
