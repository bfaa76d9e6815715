// The service as a process of its own, to be killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { clientOf, type TestService } from './service.ts'

export interface TestProcess extends Pick<TestService, 'get' | 'post' | 'train' | 'predict'> {
  readonly child: ChildProcess
  readonly url: string
  /** Every line that it logged so far. */
  readonly logged: Record<string, unknown>[]
  /** Sends a signal, and gives the exit code (null when the signal ended it) once it is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** Starts `node src/main.ts` with the models of test/models unless told otherwise; resolves when it listens. */
export async function startTestProcess(t: Test, environment: Readonly<Record<string, string>>): Promise<TestProcess> {
  const root = join(import.meta.dirname, '../..')
  const child = spawn(process.execPath, ['--require', join(root, 'bin/node-setup.cjs'), join(root, 'src/main.ts')], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      MODELS_DIR: join(import.meta.dirname, '../models'),
      TRAIN_THREADS: '1',
      // A machine that has other work to do delays the event loop.
      OVERLOAD_DELAY_MS: '600000',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Not 'exit': what it wrote last may come after that.
  const exit = once(child, 'close')
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    const [code] = await exit
    return code
  }
  t.teardown(() => end('SIGKILL'))
  const logged: Record<string, unknown>[] = []
  let complaints = ''
  child.stderr.on('data', (text) => {
    complaints += text
  })
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as Record<string, unknown>
      logged.push(entry)
      if (entry['msg'] === 'listening') resolve(entry['url'] as string)
    })
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${complaints}`)))
  })
  return { child, url, logged, end, ...clientOf(url) }
}
