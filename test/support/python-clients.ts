// Clients of the worker out of PyPI, unmodified.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pythonWith } from './python.ts'

const SCRIPTS = join(import.meta.dirname, '../inference-clients')
const CALLS_TIMEOUT_MS = 60_000

export type PythonClients =
  /** Runs a script of test/inference-clients with JSON on its standard input, and gives that of its output. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  | { readonly run: (script: string, args: readonly string[], input: unknown) => Promise<any> }
  | { readonly skip: string }

/** Installs the packages, of certain versions. Says why not where that is not possible. */
export async function pythonClients(packages: readonly string[]): Promise<PythonClients> {
  const found = await pythonWith(packages)
  if ('skip' in found) return found
  return {
    async run(script, args, input) {
      const running = promisify(execFile)(found.python, [join(SCRIPTS, script), ...args], {
        timeout: CALLS_TIMEOUT_MS,
        maxBuffer: 2 ** 24,
        env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1', NO_PROXY: '*' },
      })
      running.child.stdin?.end(JSON.stringify(input))
      return JSON.parse((await running).stdout)
    },
  }
}
