// npm run test:outage: PostgreSQL is stopped for a while under a steady load of predictions by a project.
// Options: --seconds N (600) of the outage, --rate N (2000) predictions a second. Prints the figures; exits 1 where an answer was
// another one, memory was not level, or rows are neither counted, logged nor told as dropped.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { freePort } from '../../src/database/free-port.ts'
import { deploy, deployableProject, features } from '../support/deployed.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { Cluster } from './cluster.ts'
import { type Sample, sampleOf } from './samples.ts'
import { SteadyLoad } from './steady-load.ts'

const { values: options } = parseArgs({ options: { seconds: { type: 'string' }, rate: { type: 'string' } } })
const SECONDS = Number(options.seconds ?? 600)
const RATE = Number(options.rate ?? 2_000)
const PROJECT = 'watched'
/** Before and after the outage. */
const CALM_MS = 20_000
/** Memory breathes with the garbage collector, by some 90 MiB: its height counts, not its slope. */
const GROWTH_MIB_MAX = 24
/** Samples of the memory in the outage. */
const SAMPLES = 40

const folder = await mkdtemp(join(tmpdir(), 'ml-worker-outage-'))
await chmod(folder, 0o711)
const worker = new WorkerProcess(
  { DATA_DIR: folder, PORT: String(await freePort()), REVIEW_SELF: 'allow', SHUTDOWN_GRACE_SECONDS: '30' },
  join(folder, 'worker.log'),
)
process.on('exit', () => worker.child.kill('SIGKILL'))
void worker.start()
await worker.ready()
const { client } = worker
const cluster = await Cluster.of(join(folder, 'postgres'))
const problems: string[] = []
const expectation = (holds: boolean, what: string): void => {
  if (!holds) problems.push(what)
}

await deployableProject(client, PROJECT, ['random_forest_classifier'])
await deploy(client, PROJECT, 1)
await client.put(`/api/projects/${PROJECT}/monitoring`, { log: 'all' })
const path = `/api/projects/${PROJECT}/predict`
const [row] = features
const first = await client.post(path, { features: [row] })
const expected = JSON.stringify(first.body.predictions)
const load = new SteadyLoad({
  url: new URL(path, worker.url),
  body: JSON.stringify({ features: [row] }),
  rate: RATE,
  isRight: (status, body) => status === 200 && JSON.stringify(JSON.parse(body).predictions) === expected,
})

load.start()
await pause(CALM_MS)
say('calm', load.turn())
await cluster.stop()
const samples: Sample[] = []
const startedAt = performance.now()
for (let i = 1; i <= SAMPLES; i++) {
  await pause(Math.max(0, (i * SECONDS * 1000) / SAMPLES - (performance.now() - startedAt)))
  if (load.figures.wrong.length > 0) throw new Error(load.figures.wrong.join('\n'))
  const sample = await sampleOf(worker.pid, (performance.now() - startedAt) / 1000)
  samples.push(sample)
  if (i % 4 === 0) say(`away for ${sample.seconds.toFixed(0)} s, ${sample.serviceMib.toFixed(0)} MiB`, load.turn())
}
say('away', load.turn())
await cluster.start()
await pause(CALM_MS)
await load.stop()
say('calm', load.turn())

const { sent, wrong } = load.figures
const rows = sent + 1
expectation(wrong.length === 0, `${wrong.length} answers were others, such as ${wrong[0]}`)
const [before, after] = [samples.slice(0, SAMPLES >> 1), samples.slice(SAMPLES >> 1)].map(highestOf) as [number, number]
process.stdout.write(`at the most ${before.toFixed(0)} MiB in the first half, ${after.toFixed(0)} in the second\n`)
expectation(after <= before + GROWTH_MIB_MAX, 'memory grew')
const database = new pg.Client({ connectionString: await cluster.url() })
await database.connect()
const numberOf = async (sql: string): Promise<number> => Number((await database.query(sql)).rows[0].number)
const counted = (): Promise<number> =>
  numberOf('select coalesce(sum(row_count), 0) as number from ml_worker.cell_counts')
await until(async () => (await counted()) >= rows).catch(() => {})
await until(async () => (await figure('ml_worker_logged_predictions_waiting')) === 0).catch(() => {})
const logged = await numberOf('select count(*) as number from ml_worker.predictions')
const dropped = await figure('ml_worker_logged_predictions_dropped_total')
const countDropped = await figure('ml_worker_monitoring_dropped_total')
process.stdout.write(
  `${rows} predictions: ${await counted()} counted, ${countDropped} told as not counted; ${logged} logged, ${dropped} told as not logged\n`,
)
expectation((await counted()) + countDropped === rows, 'predictions are neither counted nor told as dropped')
// Those before the log was switched on were not to be logged.
expectation(Math.abs(logged + dropped - rows) <= 1, 'predictions are neither logged nor told as dropped')
await database.end()
await worker.kill('SIGTERM')
await rm(folder, { recursive: true, force: true, maxRetries: 20 })
for (const problem of problems) process.stdout.write(`NOT HELD: ${problem}\n`)
process.stdout.write(`${SECONDS} s at ${RATE} a second: ${problems.length === 0 ? 'held' : 'not held'}\n`)
process.exit(problems.length === 0 ? 0 : 1)

function highestOf(part: readonly Sample[]): number {
  return Math.max(...part.map(({ serviceMib }) => serviceMib))
}

/** The sum over all labels. */
async function figure(name: string): Promise<number> {
  const { body } = await client.get('/metrics')
  const lines = (body as string)
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

function say(when: string, { seconds, answers, p50Ms, p99Ms, worstMs }: ReturnType<SteadyLoad['turn']>): void {
  const times = `p50 ${p50Ms.toFixed(2)}, p99 ${p99Ms.toFixed(1)}, worst ${worstMs.toFixed(0)} ms`
  process.stdout.write(`${when}: ${answers} answers in ${seconds.toFixed(0)} s, ${times}\n`)
}
