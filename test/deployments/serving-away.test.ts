// While the database is away, projects predict with what the worker knows, and what it counts is written afterwards.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { deploy, deployableProject, features } from '../support/deployed.ts'
import { startTestService } from '../support/service.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

t.test('predictions go on without the database, and are counted', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('majority')
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const service = await startTestService(t, { DATABASE_URL: proxy.url, REVIEW_SELF: 'allow' })
  await deployableProject(service, 'kinds', ['majority'])
  const id = await deploy(service, 'kinds', 1)
  const predict = () => service.post('/api/projects/kinds/predict', { features })
  await until(async () => (await predict()).status === 200)
  const current = '/api/projects/kinds/environments/production/current'
  const before = (await service.get(`${current}/metrics`)).body.requests

  await proxy.shut()
  await until(async () => (await service.get('/api/health/ready')).status === 503)
  for (let i = 0; i < 20; i++) {
    const { status, body } = await predict()
    t.match([status, body.deployment], [200, { id }])
  }
  t.equal((await service.get(`${current}/health`)).body.code, 'DATABASE_UNAVAILABLE')
  t.equal((await service.post('/api/projects/others/predict', { features })).body.code, 'DATABASE_UNAVAILABLE')

  await proxy.open()
  await until(async () => (await service.get(`${current}/metrics`)).body.requests === before + 20)
  t.match((await service.get(`${current}/health`)).body, { id, healthy: true })
})
