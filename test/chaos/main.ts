// npm run test:chaos: the service under a steady flow of trainings while its parts are killed at random moments.
// Options: --kills N (200), --seed N (1), --keep (leaves the folder). Prints the counts; exits 1 when a promise broke.
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import pino from 'pino'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { createTables } from '../../src/database/schema.ts'
import { Random } from '../../src/learning/random.ts'
import { startSilentProxy } from './silent-proxy.ts'
import { WorkerProcess } from './worker-process.ts'

const { values: options } = parseArgs({
  options: { kills: { type: 'string' }, seed: { type: 'string' }, keep: { type: 'boolean' } },
})
const KILLS = Number(options.kills ?? 200)
const SEED = Number(options.seed ?? 1)
/** After the last event every accepted run must have its end within this time of the training's own. */
const END_WITHIN_MS = 10_000
const MODELS = ['decision_tree_classifier', 'random_forest_classifier', 'k_nearest_neighbors_classifier']

const EVENTS = ['kill service', 'kill trainer', 'restart database', 'terminate back ends', 'silent line'] as const
type Event = (typeof EVENTS)[number]

const random = new Random(SEED)
const log = pino({ level: 'silent' })
const folder = await mkdtemp(join(tmpdir(), 'ml-worker-chaos-'))
await chmod(folder, 0o711)
let postgres = await startEmbeddedPostgres(join(folder, 'postgres'), log)
const proxy = await startSilentProxy(() => Number(new URL(postgres.url()).port))
let owner = ownerPool()
await createTables(owner)
for (const model of MODELS) {
  await owner.query(
    `insert into models (name, type, class_name, features_ok, pipeline_ok) values ($1, 'classifier', $1, true, false)`,
    [model],
  )
}
const worker = new WorkerProcess(
  {
    DATABASE_URL: `postgresql://ml_worker@127.0.0.1:${proxy.port}/ml_worker`,
    DATA_DIR: join(folder, 'data'),
    PORT: String(await freePort()),
    TRAIN_THREADS: '1',
    RECOVERY_GRACE_SECONDS: '2',
  },
  join(folder, 'worker.log'),
)
const accepted = new Set<number>()
const counts = new Map<string, number>()
const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1)
const broken: string[] = []

worker.start()
await worker.ready()
const flow = { isOn: true }
const flowing = submitWhile(flow)
for (let kill = 0; kill < KILLS; kill++) {
  await pause(200 + random.integer(1500))
  const event = EVENTS[random.integer(EVENTS.length)] as Event
  count(event)
  await happen(event)
  await worker.ready().catch((error: Error) => broken.push(`after "${event}": ${error.message}`))
  if (kill % 10 === 9) process.stdout.write(`${kill + 1} events, ${accepted.size} accepted trainings\n`)
}
flow.isOn = false
await flowing
await verify()
await worker.kill('SIGTERM')
await owner.end()
proxy.close()
await postgres.stop()
if (options.keep !== true && broken.length === 0) await rm(folder, { recursive: true, force: true })
else process.stdout.write(`left for a look: ${folder}\n`)
for (const [what, n] of counts) process.stdout.write(`${String(n).padStart(6)}  ${what}\n`)
for (const problem of broken) process.stdout.write(`BROKEN: ${problem}\n`)
process.stdout.write(
  `seed ${SEED}: ${broken.length === 0 ? 'every promise held' : `${broken.length} promises broke`}\n`,
)
process.exit(broken.length === 0 ? 0 : 1)

/** One training after the other, as fast as they are answered, a few waiting at a time. */
async function submitWhile(flow: { readonly isOn: boolean }): Promise<void> {
  while (flow.isOn) {
    await pause(50 + random.integer(300))
    try {
      const model = MODELS[random.integer(MODELS.length)] as string
      const { rows } = await owner.query(
        `insert into model_runs (model_id, run_date, run_status) select id, now(), 'PENDING' from models where name = $1 returning id`,
        [model],
      )
      const answer = await worker.client.train(model, rows[0].id, trainingBody())
      if (answer.status === 200) accepted.add(rows[0].id)
      count(`answered ${answer.status} ${answer.body.code ?? ''}`.trim())
      if (answer.status >= 500 && answer.status !== 503) broken.push(`train answered ${answer.status}`)
    } catch {
      count('not answered')
    }
  }
}

function trainingBody() {
  const rowCount = 50 + random.integer(400)
  const rows = Array.from({ length: rowCount }, () => ({
    a: random.normal(),
    b: random.normal(),
    c: random.integer(3),
  }))
  return { features: rows, labels: rows.map(({ a, b }) => ({ y: a + b > 0 ? 'above' : 'below' })) }
}

async function happen(event: Event): Promise<void> {
  switch (event) {
    case 'kill service':
      await worker.kill('SIGKILL')
      return worker.start()
    case 'kill trainer':
      for (const pid of worker.trainers()) process.kill(pid, 'SIGKILL')
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

/** What must hold once the flow has ended. */
async function verify(): Promise<void> {
  const startedAt = Date.now()
  const waiting = async (): Promise<number> => {
    const { rows } = await owner.query(
      `select count(*)::int as n from model_runs where id = any($1) and run_status not in ('SUCCESS', 'FAILED')`,
      [[...accepted]],
    )
    return rows[0].n
  }
  // What still waits in the queue has its own time to be trained: a second each is plenty for these.
  const allowedMs = END_WITHIN_MS + (await waiting()) * 1_000
  while ((await waiting()) > 0 && Date.now() - startedAt < allowedMs) await pause(100)
  counts.set('ms until the last accepted run had its end', Date.now() - startedAt)
  const { rows: runs } = await owner.query(
    `select id, run_status, run_result is not null as has_result from model_runs`,
  )
  for (const run of runs) {
    if (accepted.has(run.id)) {
      count(`accepted runs that ended ${run.run_status}`)
      if (run.run_status !== 'SUCCESS' && run.run_status !== 'FAILED')
        broken.push(`accepted run ${run.id} is ${run.run_status}`)
    }
    if (run.run_status === 'RUNNING') broken.push(`run ${run.id} is RUNNING`)
    if (run.run_status === 'SUCCESS') await verifyResult(run.id)
  }
  const { rows: twice } = await owner.query(
    `select model_run_id, metric_name from model_run_metrics group by 1, 2 having count(*) > 1`,
  )
  for (const metric of twice) broken.push(`run ${metric.model_run_id} has ${metric.metric_name} twice`)
  const { rows: silent } = await owner.query(
    `select id from model_runs r where run_status = 'FAILED' and not exists
     (select 1 from model_run_metrics m where m.model_run_id = r.id and metric_name = 'error_code')`,
  )
  for (const run of silent) broken.push(`run ${run.id} is FAILED without a reason`)
  const { rows: reasons } = await owner.query(
    `select metric_value as reason, count(*)::int as n from model_run_metrics where metric_name = 'error_code' group by 1`,
  )
  for (const { reason, n } of reasons) counts.set(`failed: ${reason}`, n)
  const left = await readdir(join(folder, 'data', 'spool'))
  if (left.length > 0) broken.push(`the spool still holds ${left.join(', ')}`)
}

async function verifyResult(runId: number): Promise<void> {
  const answer = await worker.client.predict(runId, { features: [{ a: 1, b: 1, c: 0 }] })
  if (answer.status !== 200)
    broken.push(`run ${runId} is SUCCESS, and a prediction answers ${answer.status} ${answer.body.code}`)
}

function ownerPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: postgres.url(), max: 2 })
  pool.on('error', () => {})
  return pool
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
