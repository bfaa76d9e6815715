// npm run test:chaos: the service under a steady flow of trainings, uploads, deployments and experiments while its parts are killed at random moments.
// Options: --kills N (200), --seed N (1), --keep (leaves the folder), --encrypted (with a key of its own). Prints the counts; exits 1 when a promise broke.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import pino from 'pino'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { freePort } from '../../src/database/free-port.ts'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { createTables } from '../../src/database/schema.ts'
import { createKeyFile } from '../../src/encryption/key-file.ts'
import { Random } from '../../src/learning/random.ts'
import { killChildrenOf } from '../support/children.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { DeploymentFlow } from './deployment-flow.ts'
import { checkDeployments } from './deployment-promises.ts'
import { ExperimentFlow } from './experiment-flow.ts'
import { checkExperiments } from './experiment-promises.ts'
import { checkPromises } from './promises.ts'
import { startSilentProxy } from './silent-proxy.ts'
import { TrainingFlow } from './training-flow.ts'
import { UploadFlow } from './upload-flow.ts'
import { checkUploads } from './upload-promises.ts'

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean' },
    encrypted: { type: 'boolean' },
  },
})
const KILLS = Number(options.kills ?? 200)
const SEED = Number(options.seed ?? 1)
/** Events between two looks at the promises, at the most. */
const ROUND_LENGTH_MAX = 8
const MODELS = ['decision_tree_classifier', 'random_forest_classifier', 'k_nearest_neighbors_classifier']

const EVENTS = ['kill service', 'kill trainer', 'restart database', 'terminate back ends', 'silent line'] as const
type Event = (typeof EVENTS)[number]

const startedAt = performance.now()
const random = new Random(SEED)
const log = pino({ level: 'silent' })
const folder = await mkdtemp(join(tmpdir(), 'ml-worker-chaos-'))
await chmod(folder, 0o711)
let postgres = await startEmbeddedPostgres(join(folder, 'postgres'), log)
const proxy = await startSilentProxy(() => Number(new URL(postgres.url()).port))
let owner = ownerPool()
await createTables(owner)
await migrateOwnSchema(postgres.url(), { log })
for (const model of MODELS) {
  await owner.query(
    `insert into models (name, type, class_name, features_ok, pipeline_ok) values ($1, 'classifier', $1, true, false)`,
    [model],
  )
}
const dataDir = join(folder, 'data')
const keyFile = options.encrypted === true ? join(folder, 'key') : ''
if (keyFile !== '') await createKeyFile(keyFile)
const worker = new WorkerProcess(
  {
    DATABASE_URL: Object.assign(new URL(postgres.url()), { port: String(proxy.port) }).href,
    DATA_DIR: dataDir,
    PORT: String(await freePort()),
    TRAIN_THREADS: '1',
    RECOVERY_GRACE_SECONDS: '2',
    ENCRYPTION_KEY_FILE: keyFile,
    WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
    // The database that goes takes deliveries with it: they are tried again soon.
    WEBHOOK_RETRY_SECONDS: '1,1,1,2,2,5,5,5,5',
  },
  join(folder, 'worker.log'),
)
const counts = new Map<string, number>()
const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1)
const broken: string[] = []
const flow = new TrainingFlow({ worker, owner: () => owner, models: MODELS, random, count })
const uploads = new UploadFlow({ worker, models: MODELS, random: new Random(SEED + 1), count })
const deployments = new DeploymentFlow({ worker, model: MODELS[0] as string, random: new Random(SEED + 2), count })
const experiments = new ExperimentFlow({ worker, model: MODELS[0] as string, random: new Random(SEED + 3), count })
/** Data sets that were read back. */
const readBack = new Set<number>()
const accepted = (): Set<number> => new Set([...flow.accepted, ...uploads.accepted])

void worker.start()
await worker.ready()
await deployments.prepare()
await experiments.prepare()
let checkedRuns = 0
for (let kills = 0; kills < KILLS && broken.length === 0; ) {
  // Each round ends with a restart of the service, and what must hold after that.
  const length = Math.min(1 + random.integer(ROUND_LENGTH_MAX), KILLS - kills)
  flow.start()
  uploads.start()
  deployments.start()
  experiments.start()
  for (let i = 1; i <= length; i++) {
    await pause(200 + random.integer(1500))
    const event = i === length ? 'kill service' : (EVENTS[random.integer(EVENTS.length)] as Event)
    count(event)
    await happen(event)
    await worker.ready().catch((error: Error) => broken.push(`after "${event}": ${error.message}`))
  }
  kills += length
  await Promise.all([flow.stop(), uploads.stop(), deployments.stop(), experiments.stop()])
  const report = await checkPromises({ worker, owner, dataDir, accepted: accepted(), checkedRuns })
  const stored = { databaseUrl: postgres.url(), storageFolder: join(dataDir, 'storage'), keyFile }
  const ofUploads = await checkUploads({ worker, owner, ...stored, flow: uploads, checked: readBack })
  const ofDeployments = await checkDeployments(owner, deployments, accepted())
  const ofExperiments = await checkExperiments(owner, experiments)
  counts.set('experiments that were decided', ofExperiments.decided)
  broken.push(...flow.broken, ...uploads.broken, ...deployments.broken, ...experiments.broken, ...ofExperiments.broken)
  broken.push(...report.broken, ...ofUploads.broken, ...ofDeployments)
  checkedRuns = report.checkedRuns
  count('rounds')
  for (let i = 0; i < ofUploads.read; i++) count('data sets that read back with their digest')
  counts.set(
    'results that decoded and predicted',
    (counts.get('results that decoded and predicted') ?? 0) + report.predicted,
  )
  const slowest = 'ms from a restart to the last end of what was accepted, at the most'
  counts.set(slowest, Math.max(counts.get(slowest) ?? 0, report.endedAfterMs))
  process.stdout.write(
    `${kills} kills, ${accepted().size} accepted trainings and ${uploads.kept.size} data sets, ${deployments.asked.size} deployments, all ended ${report.endedAfterMs} ms after the restart\n`,
  )
}
const { rows: ends } = await owner.query(
  `select run_status || coalesce(' ' || metric_value, '') as "end", count(*)::int as n from model_runs r
   left join model_run_metrics m on m.model_run_id = r.id and metric_name = 'error_code'
   where r.id = any($1) group by 1 order by 1`,
  [[...accepted()]],
)
for (const { end, n } of ends) counts.set(`accepted and ended ${end}`, n)
await worker.kill('SIGTERM')
for (const { msg, attempt } of worker.logged) {
  if (msg === 'a training from before the start is queued again') count('queued again by a restart')
  if (msg === 'training begins' && (attempt as number) > 1) count('begun again after they were cut off')
}
deployments.close()
await owner.end()
proxy.close()
await postgres.stop()
if (options.keep !== true && broken.length === 0) await rm(folder, { recursive: true, force: true, maxRetries: 20 })
else process.stdout.write(`left for a look: ${folder}\n`)
for (const [what, n] of counts) process.stdout.write(`${String(n).padStart(6)}  ${what}\n`)
for (const problem of broken) process.stdout.write(`BROKEN: ${problem}\n`)
const verdict = broken.length === 0 ? 'every promise held' : `${broken.length} promises broke`
process.stdout.write(`seed ${SEED}: ${verdict}, in ${Math.round((performance.now() - startedAt) / 1000)} s\n`)
process.exit(broken.length === 0 ? 0 : 1)

async function happen(event: Event): Promise<void> {
  switch (event) {
    case 'kill service':
      await worker.kill('SIGKILL')
      void worker.start()
      return
    case 'kill trainer':
      await killChildrenOf(worker.pid)
      return
    case 'restart database':
      await owner.end()
      await postgres.stop()
      await pause(random.integer(1000))
      postgres = await startEmbeddedPostgres(join(folder, 'postgres'), log)
      owner = ownerPool()
      return
    case 'terminate back ends':
      await owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'ml-worker%'`,
      )
      return
    case 'silent line':
      proxy.silence()
  }
}

function ownerPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: postgres.url(), max: 2 })
  pool.on('error', () => {})
  return pool
}
