// A worker with a database of its own to send bodies to, outside of the tests.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import pino from 'pino'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { freePort } from '../../src/database/free-port.ts'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { createTables } from '../../src/database/schema.ts'
import GaussianNaiveBayes from '../../statistical/gaussian_naive_bayes.ts'
import { artifactsOf, resultsOf } from '../support/results.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import type { ResultTargets } from './large-results.ts'
import { TENSOR_MODEL } from './tensor-requests.ts'
import type { UploadTargets } from './uploads.ts'

const MODEL = 'gaussian_naive_bayes'

export interface FuzzTarget extends ResultTargets, UploadTargets {
  /** Whether it still works. */
  isAlive(): Promise<boolean>
  close(): Promise<void>
}

export async function startTarget(): Promise<FuzzTarget> {
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-fuzz-'))
  await chmod(folder, 0o711)
  const postgres = await startEmbeddedPostgres(join(folder, 'postgres'), pino({ level: 'silent' }))
  const owner = new pg.Pool({ connectionString: postgres.url(), max: 2 })
  await createTables(owner)
  await migrateOwnSchema(postgres.url(), { log: pino({ level: 'silent' }) })
  for (const model of [MODEL, TENSOR_MODEL]) {
    await owner.query(
      `insert into models (name, type, class_name, features_ok, pipeline_ok) values ($1, 'classifier', $1, true, false)`,
      [model],
    )
  }
  const storageFolder = join(folder, 'storage')
  const environment = {
    DATABASE_URL: postgres.url(),
    DATA_DIR: join(folder, 'data'),
    LOCAL_STORAGE_DIR: storageFolder,
    MAX_UPLOAD_SIZE_MB: '4',
    PORT: String(await freePort()),
    // A machine that has other work to do delays the event loop.
    OVERLOAD_DELAY_MS: '600000',
    TRAIN_THREADS: '1',
    TRAIN_QUEUE_LIMIT: '20',
  }
  const worker = new WorkerProcess(environment, join(folder, 'worker.log'))
  void worker.start()
  await worker.ready()
  const create = async (): Promise<number> => {
    const features = Array.from({ length: 6 }, (_, i) => ({ a: i, b: i * i, c: 'xyz'[i % 3] }))
    const labels = features.map((_, i) => ({ y: i % 2 === 0 ? 'p' : 'q' }))
    const answer = await worker.client.post('/api/runs', { model_name: MODEL, features, labels })
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
    return answer.body.model_run_id
  }
  const trained = await create()
  const ask = () => worker.client.predict(trained, { features: [{ a: 1, b: 1, c: 'x' }] })
  await until(async () => (await ask()).status === 200)
  return {
    client: worker.client,
    pid: worker.pid,
    storageFolder,
    modelName: MODEL,
    trained,
    artifact: artifactsOf(new GaussianNaiveBayes()),
    insertResult: resultsOf(owner, MODEL),
    async insertRun() {
      const { rows } = await owner.query(
        `insert into model_runs (model_id, run_date, run_status) select id, now(), 'PENDING' from models where name = $1 returning id`,
        [MODEL],
      )
      return rows[0].id
    },
    isAlive: async () => (await worker.client.get('/api/health')).status === 200 && (await ask()).status === 200,
    async close() {
      await worker.kill('SIGTERM')
      await owner.end()
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
