import t from 'tap'
import { Random } from '../../src/learning/random.ts'
import { createOwnDatabase } from '../support/database.ts'
import { missing } from '../support/optional-package.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestProcess } from '../support/worker-process.ts'
import { fuzzTensors, TENSOR_MODEL, tensorTarget } from './tensor-requests.ts'

const STATISTICAL = new URL('../../statistical', import.meta.url).pathname

const skip = (await missing('onnxruntime-web')) ?? false

t.test('a request of tensors that somebody has changed has a right answer or a problem', { skip }, async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel(TENSOR_MODEL)
  const settings = { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t), MODELS_DIR: STATISTICAL }
  const worker = await startTestProcess(t, settings)
  const target = await tensorTarget(worker)
  const random = new Random(1)
  const outcomes = new Set<string>()
  for (let i = 0; i < 300; i++) outcomes.add(await fuzzTensors(target, random))
  for (const outcome of ['200', '400 BODY_MALFORMED', '400 REQUEST_INVALID']) {
    t.ok(outcomes.has(`/v2/models/${TENSOR_MODEL}/versions/N/infer ${outcome}`), [...outcomes].join('; '))
  }
  t.notOk(worker.logged.some(({ level }) => (level as number) >= 60))
})
