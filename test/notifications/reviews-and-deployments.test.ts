// From a training to a deployment: a receiver is told of every step, in one webhook of one project.
import pino from 'pino'
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { createTestDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'
import { startReceiver } from '../support/webhook-receiver.ts'

const receiver = await startReceiver(t)
const database = await createTestDatabase(t)
await migrateOwnSchema(database.url, { log: pino({ level: 'silent' }) })
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
  for (const { text, headers } of receiver.received) t.ok(new Webhook(made.secret).verify(text, headers))
})
