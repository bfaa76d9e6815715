// Webhooks over HTTP: who makes them, what receivers get, and what is not to be seen of them.
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { idOf, startGuardedService } from '../support/access.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'
import { answers, startReceiver } from '../support/webhook-receiver.ts'

const SETTINGS = { WEBHOOK_ALLOWED_HOSTS: '127.0.0.1', WEBHOOK_RETRY_SECONDS: '1,1', WEBHOOK_TIMEOUT_SECONDS: 2 }
const receiver = await startReceiver(t)
const service = await startGuardedService(t, ['majority'], SETTINGS)
const { admin, database, adminToken } = service

const deliveriesOf = async (id: number, query = '') =>
  (await admin.get(`/api/webhooks/${id}/deliveries${query}`)).body.deliveries

t.test(
  'a message is signed so that the library of the standard takes it, by both secrets while one rotates',
  async (t) => {
    const made = await admin.post('/api/webhooks', { url: `${receiver.url}/signed`, events: ['run.ended'] })
    t.equal(made.status, 201)
    t.equal(made.headers.get('location'), `/api/webhooks/${made.body.id}`)
    const { id, secret } = made.body
    t.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
    const test = await admin.post(`/api/webhooks/${id}/test`, '')
    t.match(test, { status: 202, body: { type: 'webhook.test', state: 'pending', webhook_id: id } })
    const sent = () => receiver.received.filter(({ path }) => path === '/signed')
    await until(() => sent().length === 1)
    const [first] = sent() as [ReturnType<typeof sent>[number]]
    t.match(new Webhook(secret).verify(first.text, first.headers), { type: 'webhook.test', data: { webhook_id: id } })
    t.match(first.headers, { 'content-type': 'application/json', 'webhook-id': test.body.message_id })
    t.throws(() => new Webhook(secret).verify(first.text.replace('test', 'tset'), first.headers))
    await until(async () => (await deliveriesOf(id))[0].state === 'delivered')
    t.match(await deliveriesOf(id), [{ state: 'delivered', attempts: 1, answer_status: 204, message_id: /^msg_/ }])

    const headers = { 'if-match': String(made.headers.get('etag')) }
    t.match(await admin.post(`/api/webhooks/${id}/rotate`, {}), { status: 428 })
    const rotated = await admin.post(`/api/webhooks/${id}/rotate`, { overlap_seconds: 600 }, headers)
    t.match(rotated, { status: 200, body: { revision: 2, previous_secret_until: String } })
    t.not(rotated.body.secret, secret)
    await admin.post(`/api/webhooks/${id}/test`, '')
    await until(() => sent().length === 2)
    const second = sent()[1] as ReturnType<typeof sent>[number]
    for (const each of [secret, rotated.body.secret]) t.ok(new Webhook(each).verify(second.text, second.headers))
    const now = { 'if-match': String(rotated.headers.get('etag')) }
    const ended = await admin.post(`/api/webhooks/${id}/rotate`, { overlap_seconds: 0 }, now)
    t.equal(ended.body.previous_secret_until, undefined)
    await admin.post(`/api/webhooks/${id}/test`, '')
    await until(() => sent().length === 3)
    const third = sent()[2] as ReturnType<typeof sent>[number]
    t.throws(() => new Webhook(rotated.body.secret).verify(third.text, third.headers))
    t.ok(new Webhook(ended.body.secret).verify(third.text, third.headers))
  },
)

t.test('the end of each run is told to who asked for it, once, and not the words of its failure', async (t) => {
  const { body: all } = await admin.post('/api/webhooks', { url: `${receiver.url}/all` })
  const { body: other } = await admin.post('/api/webhooks', {
    url: `${receiver.url}/other`,
    events: ['review.decided'],
  })
  const { body: bound } = await admin.post('/api/webhooks', { url: `${receiver.url}/bound`, projects: ['told'] })
  const run = await database.insertRun('majority')
  await admin.post(`/api/train?model_name=majority&model_run_id=${run}&correlation_id=order%205`, good)
  await until(() => receiver.received.some(({ path, body }) => path === '/all' && body.data.model_run_id === run))
  const of = (path: string) => receiver.received.filter((each) => each.path === path).map(({ body }) => body)
  const expected = { model_run_id: run, model_name: 'majority', status: 'SUCCESS', correlation_id: 'order 5' }
  t.same(
    of('/all').map(({ data }) => data),
    [expected],
  )
  t.match(of('/all')[0], { type: 'run.ended', timestamp: /^\d{4}-.*Z$/ })

  const rows = [
    { a: 1, y: 'p' },
    { a: 2, y: 'q' },
  ]
  await admin.post('/api/datasets?name=rows&labels=y', rows)
  await admin.post('/api/projects', { name: 'told', model_name: 'majority', dataset_name: 'rows' })
  const { body: training } = await admin.post('/api/projects/told/versions', {})
  await until(() => of('/bound').length === 1 && of('/all').length === 2)
  const project = (await admin.get('/api/projects/told')).body.id
  t.same(of('/bound')[0].data, {
    project: { id: project, name: 'told' },
    model_run_id: training.model_run_id,
    model_name: 'majority',
    status: 'SUCCESS',
    version: 1,
  })
  t.same(of('/all')[1], of('/bound')[0])
  t.same(of('/other'), [])
  const { rows: watched } = await database.owner.query('select * from ml_worker.watched_runs')
  t.same(watched, [], 'no run is watched any more')
  for (const { id } of [all, other, bound]) {
    t.equal((await admin.delete(`/api/webhooks/${id}`, { 'if-match': '*' })).status, 200)
  }
  const next = await database.insertRun('majority')
  await admin.train('majority', next, good)
  await database.ended(next)
  t.match(await admin.get(`/api/webhooks/${all.id}`), { status: 404, body: { code: 'WEBHOOK_UNKNOWN' } })
})

t.test('bad webhooks are refused with every fault, and changes name what they were made from', async (t) => {
  const refusals: [unknown, RegExp][] = [
    [{}, /expected url or mail_to/],
    [{ url: 'https://a.example', mail_to: 'a@example.com' }, /expected url or mail_to/],
    [{ url: 'ftp://a.example' }, /expected a URL, as https/],
    [{ url: 'https://10.0.0.1/' }, /10\.0\.0\.1 is not public/],
    [{ url: 'https://[::ffff:a00:1]/' }, /not public/],
    [{ url: 'https://user:pass@a.example/' }, /without a user/],
    [{ url: 'https://a.example/', events: ['run.began'] }, /events\.0/],
    [{ mail_to: 'nobody' }, /mail_to/],
    [{ url: 'https://a.example/', secret: 'whsec_x' }, /secret/],
  ]
  for (const [body, fault] of refusals) {
    const answer = await admin.post('/api/webhooks', body)
    t.match(answer, { status: 400, body: { code: 'REQUEST_INVALID', detail: fault } }, JSON.stringify(body))
  }
  t.match(await admin.post('/api/webhooks', { mail_to: 'a@example.com' }), { status: 501, body: { code: 'MAIL_OFF' } })
  const { body: made } = await admin.post('/api/webhooks', { url: 'https://a.example/x', description: 'mine' })
  const path = `/api/webhooks/${made.id}`
  t.match(await admin.request('PATCH', path, { enabled: false }), { status: 428 })
  t.match(await admin.request('PATCH', path, { enabled: false }, { 'if-match': '"7"' }), { status: 412 })
  const mailed = await admin.request('PATCH', path, { mail_to: 'a@example.com' }, { 'if-match': '"1"' })
  t.match(mailed, { status: 400, body: { detail: /it is a webhook: only its url can be changed/ } })
  const off = await admin.request('PATCH', path, { enabled: false, description: '' }, { 'if-match': '"1"' })
  t.match(off, { status: 200, body: { enabled: false, revision: 2 } })
  t.equal(off.body.description, undefined)
  t.match(await admin.post(`${path}/test`, ''), { status: 409, body: { code: 'WEBHOOK_DISABLED' } })
  t.match(await admin.post(`${path}/deliveries/1/redeliver`, ''), { status: 409 })
  const { webhooks } = (await admin.get('/api/webhooks')).body
  t.equal(webhooks.find(({ id }: { id: number }) => id === made.id).url, 'https://a.example/x')
  t.match(await admin.delete(path, { 'if-match': '"2"' }), { status: 200, body: { id: made.id } })
  t.match(await admin.get(path), { status: 404, body: { code: 'WEBHOOK_UNKNOWN' } })
})

t.test(
  'what fails is tried again under the same webhook-id, then dead, listed over all, and delivered later',
  async (t) => {
    receiver.answer((response, { path }) =>
      answers(path === '/failing' ? 500 : 204)(response, {} as never, {} as never),
    )
    // The run that ended last may be told late: this webhook does not ask for it.
    const asked = { url: `${receiver.url}/failing`, events: ['review.decided'] }
    const { body: made } = await admin.post('/api/webhooks', asked)
    const { body: sent } = await admin.post(`/api/webhooks/${made.id}/test`, '')
    await until(async () => (await deliveriesOf(made.id))[0].state === 'dead')
    t.match(await deliveriesOf(made.id), [{ attempts: 3, answer_status: 500, last_error: /the answer was 500/ }])
    const ids = () =>
      receiver.received.filter(({ path }) => path === '/failing').map(({ headers }) => headers['webhook-id'])
    t.same(ids(), Array(3).fill(sent.message_id))
    const dead = (await admin.get('/api/webhooks/deliveries?state=dead')).body.deliveries
    t.match(dead, [{ id: sent.id, webhook_id: made.id, state: 'dead' }])
    t.match(
      (await service.get('/metrics', { authorization: `Bearer ${adminToken}` })).body,
      /^ml_worker_webhook_attempts_total\{kind="webhook",outcome="dead"\} 1$/m,
    )
    receiver.answer(answers(200))
    t.match(await admin.post('/api/webhooks/deliveries/redeliver', {}), { status: 202, body: { redelivered: 1 } })
    await until(async () => (await deliveriesOf(made.id))[0].state === 'delivered')
    t.same(ids(), Array(4).fill(sent.message_id), 'a receiver that has seen it knows it again')
    const again = await admin.post(`/api/webhooks/${made.id}/deliveries/${sent.id}/redeliver`, '')
    t.match(again, { status: 202, body: { id: sent.id, state: 'pending', attempts: 0 } })
    await until(() => ids().length === 5)
    t.match(await admin.post(`/api/webhooks/${made.id}/deliveries/999999/redeliver`, ''), { status: 404 })
    const first = await admin.get(`/api/webhooks/${made.id}/deliveries?limit=1`)
    t.equal(first.body.deliveries.length, 1)
  },
)

t.test('no secret is in an answer but the first, in the log, or in the audit', async (t) => {
  const { body: made } = await admin.post('/api/webhooks', { url: `${receiver.url}/secret?key=hidden` })
  const secret = made.secret.slice('whsec_'.length)
  await admin.post(`/api/webhooks/${made.id}/test`, '')
  await until(async () => (await deliveriesOf(made.id))[0].state === 'delivered')
  const audit = JSON.stringify((await admin.get('/api/audit-events?limit=200')).body)
  const shown = [
    await admin.get('/api/webhooks'),
    await admin.get(`/api/webhooks/${made.id}`),
    await admin.get('/api/webhooks/deliveries'),
  ]
  const places = { answers: JSON.stringify(shown.map(({ body }) => body)), audit, log: JSON.stringify(service.logged) }
  for (const [place, text] of Object.entries(places)) t.notOk(text.includes(secret), place)
  for (const place of ['audit', 'log'] as const) t.notOk(places[place].includes('key=hidden'), `the URL: ${place}`)
  t.match(audit, `token/${idOf(adminToken)}`)
})
