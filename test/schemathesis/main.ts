// Requests that schemathesis makes up from the OpenAPI document, to a worker with a trained run (npm run
// test:schemathesis). Seeded and bounded. No answer may be a 500, or one that the document does not have.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { readConfig } from '../../src/config.ts'
import { startService } from '../../src/service.ts'

const VERSION = '4.32.5'
const root = join(import.meta.dirname, '../..')
const venv = join(root, '.data/schemathesis')
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, examples: { type: 'string', default: '200' } },
})

/** The path of the program, in a virtual environment that is made when it is not there. Undefined where that is not possible. */
function schemathesis(): string | undefined {
  const program = join(venv, 'bin/schemathesis')
  const version = existsSync(program) ? spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout : ''
  if (version.trim().endsWith(VERSION)) return program
  const steps = [
    ['python3', '-m', 'venv', venv],
    [join(venv, 'bin/pip'), 'install', '--quiet', '--retries', '1', '--timeout', '10', `schemathesis==${VERSION}`],
  ] as const
  for (const [command, ...args] of steps) {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    if (status === 0) continue
    console.log(
      `skipped: ${[command, ...args].join(' ')} does not work here. ${stderr?.trim().split('\n').at(-1) ?? ''}`,
    )
    return undefined
  }
  return program
}

async function run(program: string): Promise<number | null> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ml-worker-schemathesis-'))
  await chmod(dataDir, 0o711)
  const settings = { DATA_DIR: dataDir, DATABASE_URL: '', PORT: '0', TRAIN_THREADS: '1', OVERLOAD_DELAY_MS: '600000' }
  const service = await startService(readConfig(settings, false), pino({ level: 'error' }))
  try {
    await service.whenReconciled
    await trainIris(service.url)
    const config = join(import.meta.dirname, 'schemathesis.toml')
    const args = ['run', `${service.url}/openapi.json`, '--phases', 'examples,coverage,fuzzing', '--seed', values.seed]
    const bounds = ['--max-examples', values.examples, '--workers', '2', '--generation-database', 'none']
    const { promise, resolve } = Promise.withResolvers<number | null>()
    const child = spawn(program, ['--config-file', config, ...args, ...bounds], {
      // What it keeps of failures, for `st replay`, is no part of the repository.
      cwd: join(root, '.data'),
      stdio: 'inherit',
      env: { ...process.env, PYTHONPATH: import.meta.dirname, PYTHONDONTWRITEBYTECODE: '1' },
    })
    child.once('exit', resolve)
    return await promise
  } finally {
    await service.close()
    await rm(dataDir, { recursive: true })
  }
}

/** Run 1, with which the examples of the document predict. */
async function trainIris(url: string): Promise<void> {
  const body = await readFile(join(root, 'examples/iris-training.json'))
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/runs`, { method: 'POST', headers, body })
  if (answer.status !== 201) throw new Error(await answer.text())
}

const program = schemathesis()
if (program !== undefined) process.exitCode = (await run(program)) ?? 1
