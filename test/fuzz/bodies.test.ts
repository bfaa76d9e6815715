import t from 'tap'
import { Random } from '../../src/learning/random.ts'
import Majority from '../models/majority.ts'
import { createTestDatabase } from '../support/database.ts'
import { artifactsOf, resultsOf } from '../support/results.ts'
import { dataFolder, runsOf } from '../support/runs.ts'
import { startTestProcess } from '../support/worker-process.ts'
import { fuzzBody } from './bodies.ts'
import { fuzzGzip } from './gzip-members.ts'
import { fuzzResult } from './large-results.ts'

const database = await createTestDatabase(t)
await database.registerModel('majority')
const worker = await startTestProcess(t, { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t) })

t.test('a body that somebody has changed has a right answer or a problem', async (t) => {
  const features = [{ a: 1, b: 1, c: 'x' }]
  const trained = await runsOf(database).accepted(worker, 'majority', { features, labels: [{ y: 'p' }] })
  t.equal(await database.ended(trained), 'SUCCESS')
  const targets = { client: worker, modelName: 'majority', trained, insertRun: () => database.insertRun('majority') }
  const random = new Random(1)
  const outcomes = new Set<string>()
  for (let i = 0; i < 500; i++) outcomes.add(await fuzzBody(targets, random))
  const routes = ['/api/predict 200', '/api/predict 400', '/api/train 200', '/api/train 400', '/api/runs 201']
  for (const route of [...routes, '/api/runs 400', '/v2/models/majority/infer 200', '/v2/models/majority/infer 400']) {
    t.ok(
      [...outcomes].some((outcome) => outcome.startsWith(route)),
      route,
    )
  }
  const packed = new Set<string>()
  for (let i = 0; i < 40; i++) packed.add(await fuzzGzip(targets, random))
  t.ok(packed.has('200') && packed.has('400 BODY_MALFORMED'))
  const results = new Set<string>()
  const insertResult = resultsOf(database.owner, 'majority')
  const artifact = artifactsOf(new Majority())
  for (let i = 0; i < 12; i++) results.add(await fuzzResult({ ...targets, artifact, insertResult }, random))
  t.same([...results].sort(), ['200', '409 ARTIFACT_UNUSABLE'])
  t.equal((await worker.predict(trained, { features })).status, 200)
  t.notOk(worker.logged.some(({ level }) => (level as number) >= 60))
})
