// Requests that schemathesis makes up from the OpenAPI document, to a worker with a trained run (npm run
// test:schemathesis). Seeded and bounded. No answer may be a 500, or one that the document does not have.
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { readConfig } from '../../src/config.ts'
import { startService } from '../../src/service.ts'
import { pythonWith } from '../support/python.ts'

const VERSION = '4.32.5'
const root = join(import.meta.dirname, '../..')
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, examples: { type: 'string', default: '100' } },
})

async function run(python: string): Promise<number | null> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ml-worker-schemathesis-'))
  await chmod(dataDir, 0o711)
  const settings = { DATA_DIR: dataDir, DATABASE_URL: '', PORT: '0', TRAIN_THREADS: '1', OVERLOAD_DELAY_MS: '600000' }
  const service = await startService(readConfig(settings, false), pino({ level: 'error' }))
  try {
    await service.whenReconciled
    await trainIris(service.url)
    const config = join(import.meta.dirname, 'schemathesis.toml')
    const args = ['run', `${service.url}/openapi.json`, '--phases', 'examples,coverage,fuzzing', '--seed', values.seed]
    const bounds = ['--max-examples', values.examples, '--workers', '1', '--generation-database', 'none']
    const { promise, resolve } = Promise.withResolvers<number | null>()
    const child = spawn(python, ['-m', 'schemathesis.cli', '--config-file', config, ...args, ...bounds], {
      // What it keeps of failures, for `st replay`, is no part of the repository.
      cwd: join(root, 'node_modules/.cache'),
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

const found = await pythonWith([`schemathesis==${VERSION}`])
if ('skip' in found) console.log(`skipped: ${found.skip}`)
else process.exitCode = (await run(found.python)) ?? 1
