// Requests that schemathesis makes up from the OpenAPI document, to a worker with a trained run (npm run
// test:schemathesis): with the door open, and with tokens of a strong and of a weak role. Seeded and bounded. No answer may
// be a 500, or one that the document does not have; what needs a token is refused without.
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { readConfig } from '../../src/config.ts'
import type { Role } from '../../src/permissions.ts'
import { startService } from '../../src/service.ts'
import { bearer } from '../support/access.ts'
import { runCommandLine } from '../support/command-line.ts'
import { pythonWith } from '../support/python.ts'

const VERSION = '4.32.5'
const root = join(import.meta.dirname, '../..')
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    examples: { type: 'string', default: '100' },
    // Of each of the turns with a token: the bodies are tried without one.
    'token-examples': { type: 'string', default: '20' },
  },
})

/** One turn of schemathesis against a worker of its own. Without a role the door is open. */
async function run(python: string, examples: string, role?: Role): Promise<boolean> {
  console.log(`== ${role === undefined ? 'ACCESS=open' : `ACCESS=required, with a token of the role ${role}`}`)
  const dataDir = await mkdtemp(join(tmpdir(), 'ml-worker-schemathesis-'))
  await chmod(dataDir, 0o711)
  const settings = { DATA_DIR: dataDir, DATABASE_URL: '', PORT: '0', TRAIN_THREADS: '1', OVERLOAD_DELAY_MS: '600000' }
  const access = role === undefined ? {} : { ACCESS: 'required', FAILED_LOGINS_PER_MINUTE: '1000000' }
  const service = await startService(readConfig({ ...settings, ...access }, false), pino({ level: 'error' }))
  try {
    await service.whenReconciled
    const trainer = role === undefined ? {} : bearer(await newToken(dataDir, 'service'))
    await trainIris(service.url, trainer)
    const headers = role === undefined ? {} : bearer(await newToken(dataDir, role))
    const sent = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`])
    const config = join(import.meta.dirname, 'schemathesis.toml')
    const args = ['run', `${service.url}/openapi.json`, '--phases', 'examples,coverage,fuzzing', '--seed', values.seed]
    const bounds = ['--max-examples', examples, '--workers', '1', '--generation-database', 'none']
    const { promise, resolve } = Promise.withResolvers<number | null>()
    const child = spawn(python, ['-m', 'schemathesis.cli', '--config-file', config, ...args, ...bounds, ...sent], {
      // What it keeps of failures, for `st replay`, is no part of the repository.
      cwd: join(root, 'node_modules/.cache'),
      stdio: 'inherit',
      env: { ...process.env, PYTHONPATH: import.meta.dirname, PYTHONDONTWRITEBYTECODE: '1' },
    })
    child.once('exit', resolve)
    return (await promise) === 0
  } finally {
    await service.close()
    await rm(dataDir, { recursive: true })
  }
}

/** Run 1, with which the examples of the document predict. */
async function trainIris(url: string, credentials: Record<string, string>): Promise<void> {
  const body = await readFile(join(root, 'examples/iris-training.json'))
  const headers = { 'content-type': 'application/json', ...credentials }
  const answer = await fetch(`${url}/api/runs`, { method: 'POST', headers, body })
  if (answer.status !== 201) throw new Error(await answer.text())
}

/** A token of the worker that runs in `dataDir`. */
async function newToken(dataDir: string, role: Role): Promise<string> {
  const environment = { DATA_DIR: dataDir }
  const { code, out, err } = await runCommandLine(['token', 'create', '--label', role, '--role', role], { environment })
  if (code !== 0) throw new Error(err)
  return out.trim()
}

const found = await pythonWith([`schemathesis==${VERSION}`])
if ('skip' in found) console.log(`skipped: ${found.skip}`)
else {
  const { python } = found
  const turns = [await run(python, values.examples)]
  for (const role of ['admin', 'client'] as const) turns.push(await run(python, values['token-examples'], role))
  process.exitCode = turns.every(Boolean) ? 0 : 1
}
