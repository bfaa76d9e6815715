// npm run test:soak: a steady mixed load for a while; memory and open files must be level at the end.
// Options: --seconds N (600), --seed N (1). Prints the figures; exits 1 when they are not level, or an answer was wrong.
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freePort } from '../../src/database/free-port.ts'
import { Random } from '../../src/learning/random.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { MixedLoad } from './mixed-load.ts'
import { levelOf, type Sample, sampleOf } from './samples.ts'

const { values: options } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } })
const SECONDS = Number(options.seconds ?? 600)
const SEED = Number(options.seed ?? 1)
/** Samples of a run. Each waits until nothing is in work: what counts is what stays. */
const SAMPLES = 40
/** A record and a log of each run that is kept. */
const RECORDS_MAX = 2 * 500

const folder = await mkdtemp(join(tmpdir(), 'ml-worker-soak-'))
await chmod(folder, 0o711)
const worker = new WorkerProcess(
  {
    DATA_DIR: folder,
    PORT: String(await freePort()),
    TRAIN_THREADS: '2',
    PREDICT_CACHE_MB: '8',
    TRAIN_MEMORY_MB: '1024',
  },
  join(folder, 'worker.log'),
)
void worker.start()
await worker.ready()
const load = new MixedLoad(worker.client, new Random(SEED))
const samples: Sample[] = []
const startedAt = performance.now()
const elapsedSeconds = (): number => (performance.now() - startedAt) / 1000
for (let i = 1; i <= SAMPLES; i++) {
  await load.runFor((i * SECONDS * 1000) / SAMPLES - elapsedSeconds() * 1000)
  await load.idle()
  await pause(200)
  const sample = await sampleOf(worker.pid, elapsedSeconds())
  samples.push(sample)
  const { seconds, serviceMib, serviceFiles, trainerMib, trainerFiles } = sample
  process.stdout.write(
    `${seconds.toFixed(0).padStart(5)} s  service ${serviceMib.toFixed(0)} MiB, ${serviceFiles} files · trainer ${trainerMib.toFixed(0)} MiB, ${trainerFiles} files\n`,
  )
}
const problems = [...load.wrong, ...levelOf(samples)]
const records = await readdir(join(folder, 'runs'))
if (records.length > RECORDS_MAX) problems.push(`${records.length} records and logs of runs`)
await worker.kill('SIGTERM')
await rm(folder, { recursive: true, force: true })
for (const [what, count] of load.counts) process.stdout.write(`${String(count).padStart(6)}  ${what}\n`)
for (const problem of problems) process.stdout.write(`NOT LEVEL: ${problem}\n`)
process.stdout.write(`seed ${SEED}, ${SECONDS} s: ${problems.length === 0 ? 'level' : 'not level'}\n`)
process.exit(problems.length === 0 ? 0 : 1)
