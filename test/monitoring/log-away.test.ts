// While the database is away, predictions are answered as before, and what is to be kept of them waits.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { deploy, deployableProject, features } from '../support/deployed.ts'
import { startTestService } from '../support/service.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

const REQUESTS = 300

t.test('an outage of some seconds loses no prediction that is to be kept, and changes no answer', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('majority')
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const service = await startTestService(t, { DATABASE_URL: proxy.url, REVIEW_SELF: 'allow' })
  await deployableProject(service, 'kinds', ['majority'])
  await deploy(service, 'kinds', 1)
  await service.put('/api/projects/kinds/monitoring', { log: 'all' })
  const sent: string[] = []
  const predict = async () => {
    const { status, body } = await service.post('/api/projects/kinds/predict', { features })
    if (status === 200) sent.push(...body.prediction_ids)
    return { status, predictions: body.predictions }
  }
  const before = await predict()
  t.equal(before.status, 200)

  await proxy.shut()
  await until(async () => (await service.get('/api/health/ready')).status === 503)
  for (let i = 0; i < REQUESTS; i++) t.same(await predict(), before)
  const waiting = async (): Promise<number> => {
    const { body } = await service.get('/metrics')
    return Number(/^ml_worker_logged_predictions_waiting (\d+)$/m.exec(body)?.[1])
  }
  t.ok((await waiting()) > 0)

  await proxy.open()
  const kept = async (): Promise<string[]> => {
    const { rows } = await database.owner.query('select prediction_id::text as id from ml_worker.predictions')
    return rows.map(({ id }) => id)
  }
  await until(async () => (await kept()).length >= sent.length)
  t.same((await kept()).sort(), sent.sort(), 'each is there once')
  t.equal(await waiting(), 0)
})
