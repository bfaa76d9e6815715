// What a kill leaves of the counts: all that was written, once, and of the last seconds nothing.
import t from 'tap'
import { countedOf, rowsIn } from '../support/counted.ts'
import { createOwnDatabase } from '../support/database.ts'
import { deploy, deployableProject, features } from '../support/deployed.ts'
import { dataFolder } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

t.test('a worker that is killed loses its last write at the most, and nothing counts twice', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('majority')
  const storage = await dataFolder(t)
  const start = async () => {
    const settings = { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: storage, REVIEW_SELF: 'allow' }
    return startTestProcess(t, { ...settings, DATA_DIR: await dataFolder(t) })
  }
  const [first, second] = [await start(), await start()]
  await deployableProject(first, 'kinds', ['majority'])
  await deploy(first, 'kinds', 1)
  const sent = { first: 0, second: 0 }
  const predict = async (name: keyof typeof sent, worker: Pick<typeof first, 'post'>): Promise<void> => {
    const { status } = await worker.post('/api/projects/kinds/predict', { features })
    if (status !== 200) throw new Error(`${name} answered with ${status}`)
    sent[name] += features.length
  }
  await until(async () => (await second.post('/api/projects/kinds/predict', { features })).status === 200)
  sent.second += features.length
  for (let i = 0; i < 20; i++) {
    await predict('first', first)
    await predict('second', second)
  }
  const counted = async () => rowsIn(await countedOf(database, 'kinds'))
  await until(async () => (await counted()) === sent.first + sent.second)
  const written = sent.first
  for (let i = 0; i < 5; i++) await predict('first', first)
  await first.end('SIGKILL')
  for (let i = 0; i < 5; i++) await predict('second', second)
  await second.end('SIGTERM')
  // What the first one had counted since may have been written just before it was killed.
  const left = (await counted()) - sent.second
  t.ok(left === written || left === sent.first, `${left} of the first one, ${written} before and ${sent.first} in all`)
})
