// The command line as its users run it: a process, with its output and its exit code.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { COMPILE_CACHE } from './compile-cache.ts'

export const PROJECT = resolve(import.meta.dirname, '../..')
const COMMAND_LINE = join(PROJECT, 'bin/ml-worker.cjs')

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

interface RunOptions {
  /** On standard input. */
  readonly input?: string | Uint8Array
  readonly environment?: Readonly<Record<string, string>>
  /** Where it runs; in this project unless told otherwise. */
  readonly folder?: string
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[]
}

export async function runCommandLine(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { input = '', environment = {}, folder = PROJECT, nodeOptions = [] } = options
  const child = spawn(process.execPath, [...nodeOptions, COMMAND_LINE, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], TRAIN_THREADS: '1', ...COMPILE_CACHE, ...environment },
  })
  // It may end before it has read what it is sent.
  child.stdin.on('error', () => {}).end(input)
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, out, err }
}
