// Who is told of alerts: webhooks in both formats, the attempts that fail, and what is delivered again.
import { readFile } from 'node:fs/promises'
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { startGuardedService } from '../support/access.ts'
import { openAlertWorker, windowOf } from '../support/alert-worker.ts'
import { shapeOf } from '../support/shape.ts'
import { until } from '../support/until.ts'
import { insertVersions } from '../support/versions.ts'
import { answers, startReceiver } from '../support/webhook-receiver.ts'

const receiver = await startReceiver(t)
const { admin, database } = await startGuardedService(t, ['majority'], {
  WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
  WEBHOOK_RETRY_SECONDS: '0',
})
const project = await insertVersions(database, 'told', 3)
const worker = openAlertWorker(t, database)
const of = { environment: 'production', version: 2 }
const came = (path: string) => receiver.received.filter((each) => each.path === path)

t.test('an alert and its twin come signed, under one fingerprint', async (t) => {
  const url = `${receiver.url}/standard`
  const { body: hook } = await admin.post('/api/webhooks', { url, events: ['alert.firing', 'alert.resolved'] })
  await worker.tell(...[0, 1, 2].map((day) => windowOf(project, day, day === 0 ? 'high' : undefined, of)))
  await until(() => came('/standard').length === 2)
  const bodies = came('/standard').map(({ text, headers }) => new Webhook(hook.secret).verify(text, headers))
  // biome-ignore lint/suspicious/noExplicitAny: messages of two types
  const byType = new Map((bodies as any[]).map((body) => [body.type, body.data]))
  const [fired, resolved] = [byType.get('alert.firing'), byType.get('alert.resolved')]
  t.match(fired, { project: { name: 'told' }, kind: 'drift', state: 'firing', severity: 'high', ...of })
  t.match(resolved, { state: 'resolved', resolved_at: String, fingerprint: fired.fingerprint, alert: fired.alert })
})

t.test('in the format of Alertmanager it has the members and the types that Alertmanager sends', async (t) => {
  const golden = JSON.parse(await readFile(new URL('../golden/alertmanager-webhook.json', import.meta.url), 'utf8'))
  const url = `${receiver.url}/alertmanager`
  const made = await admin.post('/api/webhooks', { url, format: 'alertmanager-v4', projects: ['told'] })
  t.match(made, { status: 201, body: { format: 'alertmanager-v4' } })
  const labels = { team: 'risk', severity: 'ignored' }
  await admin.put('/api/projects/told/alert-rules/performance', { labels })
  const kind = 'performance'
  await worker.tell(windowOf(project, 0, 'critical', { ...of, kind, details: { f1: 0.4 } }))
  await until(() => came('/alertmanager').length === 1)
  await worker.tell(windowOf(project, 1, undefined, { ...of, kind }), windowOf(project, 2, undefined, { ...of, kind }))
  await until(() => came('/alertmanager').length === 2)
  const [firing, resolved] = came('/alertmanager').map(({ body }) => body)
  for (const [ours, theirs] of [
    [firing, golden.firing],
    [resolved, golden.resolved],
  ]) {
    t.same(shapeOf(ours), shapeOf(theirs))
    t.equal(ours.version, theirs.version)
    t.equal(ours.status, theirs.status)
  }
  t.equal(firing.alerts[0].endsAt, golden.firing.alerts[0].endsAt, 'what has no end')
  t.same(firing.alerts[0].labels, {
    ...{ alertname: 'MlWorkerPerformance', severity: 'critical', team: 'risk' },
    ...{ project: 'told', environment: 'production', version: '2' },
  })
  t.match(firing.alerts[0].annotations, { summary: /^told: Critical alert: performance of version 2 in production/ })
  t.match(firing.alerts[0].annotations.description, /details, f1: 0.4/)
  t.equal(
    firing.groupKey,
    '{}:{alertname="MlWorkerPerformance", environment="production", project="told", version="2"}',
  )
  t.same(resolved.alerts[0].labels, firing.alerts[0].labels)
  for (const member of ['fingerprint', 'startsAt'])
    t.equal(resolved.alerts[0][member], firing.alerts[0][member], member)
  t.equal(resolved.groupKey, firing.groupKey)
  t.ok(Date.parse(resolved.alerts[0].endsAt) >= Date.parse(resolved.alerts[0].startsAt))
})

t.test('a webhook of that format gets alerts alone, may be tested, and mail has no format', async (t) => {
  const url = `${receiver.url}/alone`
  const wrong = await admin.post('/api/webhooks', { url, format: 'alertmanager-v4', events: ['run.ended'] })
  t.match(wrong, {
    status: 400,
    body: { errors: [{ parameter: 'events', detail: /only alert.firing, alert.resolved/ }] },
  })
  const { body: hook, headers } = await admin.post('/api/webhooks', { url, format: 'alertmanager-v4' })
  await admin.post(`/api/webhooks/${hook.id}/test`, '')
  await until(() => came('/alone').length === 1)
  t.match(came('/alone')[0]?.body, { version: '4', alerts: [{ labels: { alertname: 'MlWorkerTest' } }] })
  await database.owner.query(
    `insert into ml_worker.notices (message_id, notice_type, data, happened_at) values ('msg_other', 'run.ended', '{}', now())`,
  )
  const addressed = () => database.owner.query('select from ml_worker.notices where addressed_at is null')
  await until(async () => (await addressed()).rowCount === 0)
  t.equal((await admin.get(`/api/webhooks/${hook.id}/deliveries`)).body.deliveries.length, 1)
  const etag = String(headers.get('etag'))
  const back = await admin.request('PATCH', `/api/webhooks/${hook.id}`, { format: 'standard' }, { 'if-match': etag })
  t.match(back, { status: 200, body: { format: 'standard', revision: 2 } })
  await admin.delete(`/api/webhooks/${hook.id}`, { 'if-match': '*' })
})

t.test('what nobody got is dead, seen, and delivered again', async (t) => {
  const url = `${receiver.url}/away`
  receiver.answer(answers(503))
  const { body: hook } = await admin.post('/api/webhooks', { url, events: ['alert.firing'] })
  await worker.tell(
    windowOf(project, 0, 'high', { ...of, kind: 'coverage' }),
    windowOf(project, 1, 'high', { ...of, kind: 'coverage' }),
  )
  const deliveries = async () => (await admin.get(`/api/webhooks/${hook.id}/deliveries`)).body.deliveries
  await until(async () => (await deliveries())[0]?.state === 'dead')
  t.match(await deliveries(), [{ type: 'alert.firing', attempts: 2, answer_status: 503, project: 'told' }])
  receiver.answer(answers(204))
  await admin.post('/api/webhooks/deliveries/redeliver', { webhook_id: hook.id })
  await until(async () => (await deliveries())[0]?.state === 'delivered')
  t.equal(new Set(came('/away').map(({ headers }) => headers['webhook-id'])).size, 1, 'under the same webhook-id')
})

t.test('a muted alert goes to nobody', async (t) => {
  const { body: hook } = await admin.post('/api/webhooks', { url: `${receiver.url}/muted`, events: ['alert.firing'] })
  const kind = 'data_quality'
  await worker.tell(windowOf(project, 0, 'medium', { ...of, kind }))
  await until(() => came('/muted').length === 1)
  const [alert] = (await admin.get('/api/projects/told/alerts?kind=data_quality')).body.alerts
  await admin.post(`/api/alerts/${alert.id}/mute`, { until: new Date(Date.now() + 3_600_000).toISOString() })
  await worker.tell(windowOf(project, 1, 'critical', { ...of, kind }))
  t.match((await admin.get(`/api/alerts/${alert.id}`)).body, { severity: 'critical', events: Array })
  t.equal((await admin.get(`/api/webhooks/${hook.id}/deliveries`)).body.deliveries.length, 1)
})
