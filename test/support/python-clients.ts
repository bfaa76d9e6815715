// Python packages of clients, unmodified, in a virtual environment that is made once and kept beside node_modules.
import { execFile, spawnSync } from 'node:child_process'
import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/python-clients')
const SCRIPTS = join(import.meta.dirname, '../inference-clients')
const INSTALL_TIMEOUT_MS = 300_000
const CALLS_TIMEOUT_MS = 60_000

export interface PythonEnvironment {
  /** Runs a script of test/inference-clients with JSON on its standard input, and gives that of its output. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  run(script: string, args: readonly string[], input: unknown): Promise<any>
  /** Runs a program, and gives what it prints. */
  print(program: string): Promise<string>
}

/** Installs the packages, of certain versions. Says why not where there is no python3, no venv or no PyPI. */
export async function pythonClients(
  packages: readonly string[],
): Promise<PythonEnvironment | { readonly skip: string }> {
  if (spawnSync('python3', ['-m', 'venv', '--help']).status !== 0) return { skip: 'no python3 with venv on the path' }
  const folder = join(CACHE, packages.join(',').replace(/[^\w.,=-]/g, '_'))
  const python = join(folder, 'bin/python')
  const isWhole = join(folder, 'installed')
  try {
    if (
      await access(isWhole).then(
        () => false,
        () => true,
      )
    ) {
      await rm(folder, { recursive: true, force: true })
      await mkdir(CACHE, { recursive: true })
      const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1', ...packages]
      await promisify(execFile)('python3', ['-m', 'venv', folder])
      await promisify(execFile)(python, install, { timeout: INSTALL_TIMEOUT_MS })
      await writeFile(isWhole, '')
    }
  } catch (error) {
    const [reason = ''] = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split('\n')
      .slice(-1)
    return { skip: `${packages.join(', ')} could not be installed: ${reason.slice(0, 300)}` }
  }
  const python3 = (args: readonly string[]) =>
    promisify(execFile)(python, [...args], {
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
