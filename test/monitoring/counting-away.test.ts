// While the database is away, predictions are as they were, and what is counted is written afterwards.
import t from 'tap'
import { countedOf, rowsIn } from '../support/counted.ts'
import { createOwnDatabase } from '../support/database.ts'
import { deploy, deployableProject, features } from '../support/deployed.ts'
import { startTestService } from '../support/service.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

const ROUNDS = 300

t.test('counting goes on without the database, in the memory that it had', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('majority')
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const service = await startTestService(t, { DATABASE_URL: proxy.url, REVIEW_SELF: 'allow' })
  await deployableProject(service, 'kinds', ['majority'])
  await deploy(service, 'kinds', 1)
  const predict = () => service.post('/api/projects/kinds/predict', { features })
  let sent = 0
  const send = async (): Promise<void> => {
    const { status, body } = await predict()
    if (status !== 200 || body.predictions.length !== features.length) throw new Error(JSON.stringify(body))
    sent += features.length
  }
  const figure = async (name: string): Promise<number> => {
    const { body } = await service.get('/metrics')
    const line = (body as string).split('\n').find((each) => each.startsWith(name))
    return Number(line?.split(' ').at(-1) ?? 0)
  }
  await send()
  const bytes = await figure('ml_worker_monitoring_counts_bytes')
  t.ok(bytes > 0)

  await proxy.shut()
  await until(async () => (await service.get('/api/health/ready')).status === 503)
  for (let i = 0; i < ROUNDS; i++) await send()
  // One hour may have passed into the next.
  t.ok((await figure('ml_worker_monitoring_counts_bytes')) <= 2 * bytes, 'its memory is level')

  await proxy.open()
  await until(async () => rowsIn(await countedOf(database, 'kinds')) === sent)
  await send()
  await until(async () => rowsIn(await countedOf(database, 'kinds')) === sent)
  t.equal(await figure('ml_worker_monitoring_dropped_total'), 0)
})
