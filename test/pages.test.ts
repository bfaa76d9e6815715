// The calls that README and docs show are made as they stand, one after the other, to a worker that was just started.
import { execFile, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { discoverModels } from '../src/registry/discover.ts'
import { createTestDatabase } from './support/database.ts'
import { startTestService } from './support/service.ts'
import { until } from './support/until.ts'

const root = join(import.meta.dirname, '..')
const MODELS_DIR = join(root, 'statistical')
const missing = ['bash', 'curl', 'gzip'].find((program) => spawnSync(program, ['--version']).error !== undefined)

/** The lines of the shell that call the worker of `npm start`. */
function callsOf(page: string): string[] {
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block as string)
  return blocks.flatMap((block) => block.split('\n')).filter((line) => /\bcurl\b.*127\.0\.0\.1:5001/.test(line))
}

for (const page of ['README.md', 'docs/callers.md']) {
  const skip = missing === undefined ? false : `no ${missing} on the path`
  t.test(`every call of ${page} has a good answer`, { skip }, async (t) => {
    const database = await createTestDatabase(t)
    const { models } = await discoverModels(MODELS_DIR)
    for (const { model } of models) await database.registerModel(model.name)
    const { service, get } = await startTestService(t, { DATABASE_URL: database.url, MODELS_DIR })
    await until(async () => (await get('/api/health')).status === 200)
    const calls = callsOf(await readFile(join(root, page), 'utf8'))
    t.ok(calls.length >= 5)
    for (const call of calls) {
      const command = call.replaceAll('http://127.0.0.1:5001', service.url).replace('curl', 'curl -sS --fail-with-body')
      const { stdout } = await promisify(execFile)('bash', ['-c', `set -o pipefail; ${command}`], { cwd: root })
      t.match(stdout, /^[{a-z]/, call)
    }
  })
}
