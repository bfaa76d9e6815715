// From a training to a deployment: a receiver is told of every step, in one webhook of one project.
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'
import { startReceiver } from '../support/webhook-receiver.ts'

const receiver = await startReceiver(t)
const database = await createOwnDatabase(t)
await database.registerModel('majority')
const { get, post } = await startTestService(t, {
  DATABASE_URL: database.url,
  WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
  REVIEW_SELF: 'allow',
})

t.test('a receiver is told of the training, the review and the deployment of a version', async (t) => {
  await until(async () => (await get('/api/webhooks')).status === 200)
  await post('/api/datasets?name=rows&labels=y', [
    { a: 1, y: 'p' },
    { a: 2, y: 'q' },
  ])
  const { body: project } = await post('/api/projects', { name: 'told', model_name: 'majority', dataset_name: 'rows' })
  const { body: made } = await post('/api/webhooks', { url: receiver.url, projects: ['told'] })
  const came = (type: string) => receiver.received.filter(({ body }) => body.type === type).map(({ body }) => body.data)
  const { body: training } = await post('/api/projects/told/versions', {})
  const { model_run_id: run } = training
  await until(() => came('run.ended').length === 1)
  t.match(came('run.ended'), [{ project: { id: project.id, name: 'told' }, version: 1, model_run_id: run }])
  const reviews = '/api/projects/told/versions/1/reviews'
  t.equal((await post(reviews, { decision: 'requested', note: 'please look' })).status, 201)
  t.equal((await post(reviews, { decision: 'approved' })).status, 201)
  await until(() => came('review.decided').length === 1 && came('review.requested').length === 1)
  const [requested, decided] = [came('review.requested')[0], came('review.decided')[0]]
  t.match(requested, { version: 1, state: 'pending', review: { decision: 'requested', note: 'please look' } })
  t.match(decided, { version: 1, state: 'approved', review: { decision: 'approved' } })
  const deployed = await post('/api/projects/told/environments/production/deployments', { version: 1 })
  t.ok(deployed.status < 300, JSON.stringify(deployed.body))
  await until(() => came('deployment.changed').some(({ status }) => status === 'active'))
  t.match(came('deployment.changed').at(-1), {
    environment: 'production',
    version: 1,
    model_run_id: run,
    target: 'local',
  })
  const { deployment: id } = came('deployment.changed')[0]
  const place = '/api/projects/told/environments/production'
  const rollback = await post(`${place}/rollback`, { to: id })
  t.match(rollback, { status: 409 }, 'it is what is active')
  const second = (await post(`${place}/deployments`, { version: 1 })).body.id
  const isActive = async () => (await get(`${place}/current`)).body
  await until(async () => (await isActive()).id === second)
  const third = (await post(`${place}/rollback`, { to: id, note: 'words of a person' })).body.id
  await until(async () => (await isActive()).id === third)
  await until(() => came('deployment.changed').length === 11)
  const ofOne = (deployment: number) =>
    receiver.received.map(({ body }) => body).filter(({ data }) => data.deployment === deployment)
  for (const one of [id, second, third]) {
    const { body: story } = await get(`${place}/deployments/${one}`)
    const told = ofOne(one).map(({ timestamp, data: { status } }) => `${timestamp} ${status}`)
    const events = story.events.map(({ at, status }: { at: string; status: string }) => `${at} ${status}`)
    t.same(told.sort(), events.sort(), 'a message has the time of its event')
    const eventOf = (wanted: string) => story.events.find(({ status }: { status: string }) => status === wanted)?.at
    t.equal(story.requested_at, eventOf('pending'))
    t.equal(story.active_from, eventOf('active'))
    t.equal(story.active_until, eventOf('replaced'))
    t.equal(story.ended_at, eventOf('replaced'))
  }
  const members = ['deployment', 'environment', 'model_run_id', 'origin', 'project', 'requested_by', 'status', 'target']
  t.same(Object.keys(ofOne(second)[0].data).sort(), [...members, 'version'])
  t.match(ofOne(second)[0].data, { origin: 'deploy', requested_by: 'anyone' })
  for (const { data } of ofOne(third)) t.match(data, { origin: 'rollback', restores: id, requested_by: 'anyone' })
  for (const { data } of ofOne(third)) t.notOk('note' in data || 'observed' in data)
  for (const { text, headers } of receiver.received) t.ok(new Webhook(made.secret).verify(text, headers))
})
