// The entry of the trainer process: loads what every training needs, says that it is ready, and trains once.
// The job comes as a line on standard input, messages go out on descriptor 3, the outcome is left beside the spool file.

import { rm } from 'node:fs/promises'
import { flushCompileCache } from 'node:module'
import { Socket } from 'node:net'
import { setPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import { writeFlushed } from '../data-folder/flushed-files.ts'
import { cipherWith } from '../encryption/key-ring.ts'
import { sealParts } from '../encryption/sealing.ts'
import { DataError, ParameterError } from '../learning/errors.ts'
import { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { RowsError } from '../model/faults.ts'
import { loadModel } from '../registry/discover.ts'
import { artifactPath, writeOutcome } from '../spool/attempt-files.ts'
import { readSpoolFile, SpoolFileError } from '../spool/spool-file.ts'
import { type FailureCode, failedHere, isDiskFull, type TrainingOutcome } from '../spool/training-outcome.ts'
import { readLines } from './lines.ts'
import { MemoryForecastError } from './memory-forecast.ts'
import type { FromTrainer, ToTrainer } from './messages.ts'
import { ProgressTeller } from './progress-teller.ts'
import { ModelUnusableError } from './prove-trained.ts'
import { train } from './train.ts'
import { trialFile, trialPath } from './trial-file.ts'

/** Loaded before there is work, here and in the threads: a small training should not wait for it. */
const ENGINE = import.meta.resolve('../learning/estimators.ts')
/** What model classes import. */
const MODEL = import.meta.resolve('../model/public.ts')
const WARM_UP = import.meta.resolve('../learning/warm-up.ts')

/** Characters of why an outcome could not be written. */
const REASON_LENGTH_MAX = 1_000

const team = new ThreadTeam(Number(process.argv[2]), [ENGINE])
const memoryBytesMax = Number(process.argv[3])
const channel = new Socket({ fd: 3 })
channel.on('error', () => process.exit(1))

readLines(process.stdin, async (line) => {
  const job = JSON.parse(line) as ToTrainer
  const message = await leaveOutcome(job, await conduct(job))
  // The next training finds the model class compiled, which takes 45 ms otherwise, and what else this one loaded.
  flushCompileCache()
  channel.end(`${JSON.stringify(message)}\n`, () => process.exit(0))
})
// When the service is gone nobody waits for the result, and the spool keeps the work.
new Worker(new URL('./watchdog.ts', import.meta.url)).unref()

// A training must not slow the answers of the service beside it.
setPriority(5)
team.warmUp()
await import(ENGINE)
await import(MODEL)
;((await import(WARM_UP)) as { warmUp(): void }).warmUp()
send({ type: 'ready' })
// Now, for this process ends by SIGKILL.
flushCompileCache()

async function conduct({ spoolPath, module, attempt, keys }: ToTrainer): Promise<TrainingOutcome> {
  const startedAt = performance.now()
  try {
    const teller = new ProgressTeller((progress) => send({ type: 'progress', at: Date.now(), ...progress }))
    teller.tell('read', 0, 1, 'reading the rows')
    const { model } = await loadModel(module)
    const { work: key } = keys ?? {}
    const work = await readSpoolFile(spoolPath, key && (() => cipherWith(key)))
    const { artifact, metrics, warnings, reportProblems, found } = await train(model, work, {
      team,
      memoryBytesMax,
      tell: teller.tell,
      // Scores are results: where these are encrypted, none lie in the clear, and a repeated search begins anew.
      ...(keys === undefined ? { trialMemory: (key: string) => trialFile(trialPath(spoolPath), key) } : {}),
    })
    for (const { part, reason } of reportProblems) console.error(`the report has no ${part}: ${reason}`)
    const bytes = keys === undefined ? [artifact] : sealParts(keys.artifact, [artifact])
    await writeFlushed(artifactPath(spoolPath, attempt), bytes)
    const durationMs = performance.now() - startedAt
    return { type: 'trained', metrics, warnings, durationMs, attempt, ...(found === undefined ? {} : { found }) }
  } catch (error) {
    // Half of it is of no use, and may be what fills the disk.
    await rm(artifactPath(spoolPath, attempt), { force: true })
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    return { type: 'failed', code: failureCodeOf(error), message, stack }
  }
}

/** Writes the outcome, or tells why it cannot be written. */
async function leaveOutcome({ spoolPath, attempt, keys }: ToTrainer, outcome: TrainingOutcome): Promise<FromTrainer> {
  try {
    await writeOutcome(spoolPath, outcome, keys?.outcome)
    return { type: 'ended' }
  } catch (error) {
    // Without an outcome it is nobody's, and it takes the room that others need.
    await rm(artifactPath(spoolPath, attempt), { force: true })
    const { code, message } = failedHere(error)
    return { type: 'unwritten', code, message: message.slice(0, REASON_LENGTH_MAX) }
  }
}

function failureCodeOf(error: unknown): FailureCode {
  if (error instanceof DataError || error instanceof RowsError) return 'data_unusable'
  if (error instanceof MemoryForecastError) return 'out_of_memory'
  if (error instanceof ParameterError) return 'parameters_invalid'
  if (error instanceof ModelUnusableError) return 'model_unusable'
  if (error instanceof SpoolFileError) return 'spool_damaged'
  return isDiskFull(error) ? 'disk_full' : 'model_failed'
}

function send(message: FromTrainer): void {
  channel.write(`${JSON.stringify(message)}\n`)
}
