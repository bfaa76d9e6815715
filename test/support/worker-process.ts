// The worker as its operator runs it: in a process of its own, that can be killed and started again.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { COMPILE_CACHE } from './compile-cache.ts'
import { clientOf, type TestClient } from './service.ts'

const PROJECT = join(import.meta.dirname, '../..')
const COMMAND = ['--require', join(PROJECT, 'bin/node-setup.cjs'), join(PROJECT, 'src/main.ts')]
const READY_TIMEOUT_MS = 60_000

type Client = ReturnType<typeof clientOf>

export class WorkerProcess {
  /** Every line that it logged so far, of all its processes. */
  readonly logged: Record<string, unknown>[] = []
  private readonly environment: Readonly<Record<string, string>>
  private readonly logFile: WriteStream | undefined
  private readonly command: readonly string[]
  private running: { readonly child: ChildProcess; readonly isGone: Promise<number | null> } | undefined
  private known: { readonly url: string; readonly client: Client } | undefined

  /**
   * environment: all of it but PATH. logFile: what it writes goes there as well. command: arguments of Node; by default those
   * of npm start.
   */
  constructor(environment: Readonly<Record<string, string>>, logFile?: string, command: readonly string[] = COMMAND) {
    this.environment = environment
    this.command = command
    this.logFile = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' })
    const port = environment['PORT'] ?? '0'
    if (port !== '0') this.setUrl(`http://127.0.0.1:${port}`)
  }

  /** Known from the start where PORT is not 0, else once it listens. */
  get url(): string {
    return this.where.url
  }

  get client(): Client {
    return this.where.client
  }

  get child(): ChildProcess {
    if (this.running === undefined) throw new Error('the worker was not started')
    return this.running.child
  }

  get pid(): number {
    return this.child.pid as number
  }

  /** Starts a process. Resolves when it listens; rejects, where anybody waits for that, when it ends before. */
  start(): Promise<void> {
    const env = { PATH: process.env['PATH'] ?? '', ...COMPILE_CACHE, ...this.environment }
    const child = spawn(process.execPath, [...this.command], { cwd: PROJECT, env, stdio: ['ignore', 'pipe', 'pipe'] })
    // Not 'exit': what it wrote last may come after that.
    const isGone = once(child, 'close').then(([code]) => code as number | null)
    this.running = { child, isGone }
    let complaints = ''
    child.stderr.on('data', (text) => {
      complaints = (complaints + text).slice(-10_000)
      this.logFile?.write(text)
    })
    const listens = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.logFile?.write(`${line}\n`)
        if (!line.startsWith('{') || !line.endsWith('}')) return
        const entry = JSON.parse(line) as Record<string, unknown>
        this.logged.push(entry)
        if (entry['msg'] !== 'listening') return
        this.setUrl(entry['url'] as string)
        resolve()
      })
      void isGone.then((code) => reject(new Error(`the service ended with ${code}: ${complaints}`)))
    })
    listens.catch(() => {})
    return listens
  }

  /** Resolves when the worker is ready. Throws when it has ended, or is not ready within a minute. */
  async ready(): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS
    for (;;) {
      const { exitCode, signalCode } = this.child
      if (exitCode !== null || signalCode !== null) throw new Error(`the worker ended: ${signalCode ?? exitCode}`)
      const status = await this.client.get('/api/health/ready').then(
        (answer) => answer.status,
        () => 0,
      )
      if (status === 200) return
      if (Date.now() > deadline) throw new Error('the worker did not become ready')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Sends a signal, and gives the exit code (null when the signal ended it) once the process is gone. */
  async kill(signal: NodeJS.Signals): Promise<number | null> {
    if (this.running === undefined) return null
    const { child, isGone } = this.running
    child.kill(signal)
    return isGone
  }

  private get where(): { readonly url: string; readonly client: Client } {
    if (this.known === undefined) throw new Error('the worker does not listen yet')
    return this.known
  }

  private setUrl(url: string): void {
    this.known = { url, client: clientOf(url) }
  }
}

export interface TestProcess extends TestClient {
  readonly child: ChildProcess
  readonly url: string
  /** Every line that it logged so far. */
  readonly logged: Record<string, unknown>[]
  /** Sends a signal, and gives the exit code (null when the signal ended it) once it is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/**
 * A worker for a test, with the models of test/models unless told otherwise; resolves when it listens. args: those of
 * `ml-worker serve`.
 */
export async function startTestProcess(
  t: Test,
  environment: Readonly<Record<string, string>>,
  args?: readonly string[],
): Promise<TestProcess> {
  const all = {
    PORT: '0',
    MODELS_DIR: join(import.meta.dirname, '../models'),
    TRAIN_THREADS: '1',
    // A machine that has other work to do delays the event loop.
    OVERLOAD_DELAY_MS: '600000',
    ...environment,
  }
  const command = args && [join(PROJECT, 'bin/ml-worker.cjs'), 'serve', ...args]
  const worker = new WorkerProcess(all, undefined, command)
  t.teardown(() => worker.kill('SIGKILL'))
  await worker.start()
  const { child, url, logged, client } = worker
  return { child, url, logged, end: (signal) => worker.kill(signal), ...client }
}
