// The worker of a demonstration, in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const PROJECT = new URL('../../', import.meta.url)
const SETUP = fileURLToPath(new URL('bin/node-setup.cjs', PROJECT))

export interface DemoWorker extends AsyncDisposable {
  readonly url: string
  /**
   * What the work comes to. The signal is aborted when the worker ends by itself. Throws WorkerEnded where that is why the work
   * fails.
   */
  whileItRuns<T>(work: (ended: AbortSignal) => Promise<T>): Promise<T>
}

export class WorkerEnded extends Error {}

/** A connection is cut before the end of its process is known: a moment, seconds on a busy machine. */
const END_KNOWN_MS = 5_000

/**
 * The worker as `npm start` runs it, beside a database that is not its own; the machine may be busy. Resolves when it listens.
 * preloads: modules that are loaded before it.
 */
export async function startWorker(
  settings: Readonly<Record<string, string>>,
  preloads: readonly string[] = [],
): Promise<DemoWorker> {
  const required = [SETUP, ...preloads].flatMap((path) => ['--require', path])
  const worker = spawn(process.execPath, [...required, 'src/main.ts'], {
    cwd: PROJECT,
    env: { PATH: '/usr/bin:/bin', PORT: '0', OVERLOAD_DELAY_MS: '600000', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: worker.stdout })) {
    const { msg, url } = JSON.parse(line)
    if (msg !== 'listening') continue
    const ended = new AbortController()
    const { signal } = ended
    worker.once('exit', (code, by) =>
      ended.abort(new WorkerEnded(`the worker ended before its time: ${by ?? `exit code ${code}`}`)),
    )
    // What it logs from here on is not of interest, but must not fill the pipe.
    worker.stdout.resume()
    return { url, whileItRuns: (work) => whileRuns(signal, work), [Symbol.asyncDispose]: () => stop(worker) }
  }
  throw new Error('the worker ended before it listened')
}

async function whileRuns<T>(ended: AbortSignal, work: (ended: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await work(ended)
  } catch (error) {
    await pause(END_KNOWN_MS, undefined, { signal: ended }).catch(() => {})
    ended.throwIfAborted()
    throw error
  }
}

async function stop(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  worker.kill('SIGTERM')
  await ended
}
