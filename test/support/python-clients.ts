// Clients of the worker out of PyPI, unmodified.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pythonWith } from './python.ts'

const SCRIPTS = join(import.meta.dirname, '../inference-clients')
const CALLS_TIMEOUT_MS = 60_000

export interface PythonEnvironment {
  /** Runs a script of test/inference-clients with JSON on its standard input, and gives that of its output. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  run(script: string, args: readonly string[], input: unknown): Promise<any>
  /** Runs a program, and gives what it prints. */
  print(program: string): Promise<string>
}

/** Installs the packages, of certain versions. Says why not where that is not possible. */
export async function pythonClients(
  packages: readonly string[],
): Promise<PythonEnvironment | { readonly skip: string }> {
  const found = await pythonWith(packages)
  if ('skip' in found) return found
  const python3 = (args: readonly string[]) =>
    promisify(execFile)(found.python, [...args], {
      timeout: CALLS_TIMEOUT_MS,
      maxBuffer: 2 ** 24,
      env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1', NO_PROXY: '*' },
    })
  return {
    async run(script, args, input) {
      const running = python3([join(SCRIPTS, script), ...args])
      running.child.stdin?.end(JSON.stringify(input))
      return JSON.parse((await running).stdout)
    },
    print: async (program) => (await python3(['-c', program])).stdout,
  }
}
