// The worker as its operator runs it, in a process that can be killed.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { clientOf } from './service.ts'

const PROJECT = fileURLToPath(new URL('../../', import.meta.url))
const READY_TIMEOUT_MS = 60_000

export class WorkerProcess {
  readonly client: ReturnType<typeof clientOf>
  private readonly environment: Record<string, string>
  private readonly logFile: string
  private child: ChildProcess | undefined

  constructor(environment: Record<string, string> & { readonly PORT: string }, logFile: string) {
    this.environment = environment
    this.logFile = logFile
    this.client = clientOf(`http://127.0.0.1:${environment.PORT}`)
  }

  get pid(): number {
    return this.child?.pid as number
  }

  start(): void {
    const log = openSync(this.logFile, 'a')
    const env = { PATH: process.env['PATH'] ?? '', ...this.environment }
    this.child = spawn(process.execPath, ['src/main.ts'], { cwd: PROJECT, env, stdio: ['ignore', log, log] })
  }

  /** Resolves when the worker is ready. Throws when it has ended, or is not ready within a minute. */
  async ready(): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS
    for (;;) {
      const { exitCode, signalCode } = this.child as ChildProcess
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

  /** Sends a signal and resolves when the process is gone. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const { child } = this
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const isGone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await isGone
  }

  /** Every line that it logged so far, of all its processes. */
  async logged(): Promise<Record<string, unknown>[]> {
    const lines = (await readFile(this.logFile, 'utf8')).split('\n')
    return lines.filter((line) => line.startsWith('{') && line.endsWith('}')).map((line) => JSON.parse(line))
  }

  /** Process ids of the worker's children: the trainer that waits, or the one that trains. */
  trainers(): number[] {
    try {
      const output = execFileSync('ps', ['-o', 'pid=', '--ppid', String(this.child?.pid)], { encoding: 'utf8' })
      return output.split('\n').map(Number).filter(Boolean)
    } catch {
      return []
    }
  }
}
