// The worker of a demonstration, in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PROJECT = new URL('../../', import.meta.url)
const SETUP = fileURLToPath(new URL('bin/node-setup.cjs', PROJECT))

export interface DemoWorker extends AsyncDisposable {
  readonly url: string
}

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
    // What it logs from here on is not of interest, but must not fill the pipe.
    worker.stdout.resume()
    return { url, [Symbol.asyncDispose]: () => stop(worker) }
  }
  throw new Error('the worker ended before it listened')
}

async function stop(worker: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  worker.kill('SIGTERM')
  await ended
}
