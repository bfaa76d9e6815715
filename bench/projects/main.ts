// npm run bench:projects — lists of a project with very many versions, and the start of one version without a database.
//
//   --versions N   of the project (default 100000)
//   --turns N      of each call, and starts of each kind (default 30, a fifth of it for starts)
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { freePort } from '../../src/database/free-port.ts'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { createPool } from '../../src/database/pool.ts'
import { createTables } from '../../src/database/schema.ts'
import { registerModel } from '../../src/registry/models-table.ts'
import { copyVersions } from '../../test/support/copied-versions.ts'
import { startWorker } from '../serving/servers.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const MODEL = 'random_forest_classifier'
const PROJECT = '/api/projects/things'
const { values: options } = parseArgs({
  options: { versions: { type: 'string', default: '100000' }, turns: { type: 'string', default: '30' } },
})
const versionCount = Number(options.versions)
const turns = Number(options.turns)

await using stack = new AsyncDisposableStack()
const folder = mkdtempSync(join(tmpdir(), 'bench-projects-'))
stack.defer(async () => rmSync(folder, { recursive: true, force: true }))
// As root the embedded PostgreSQL runs as another user, who must get through.
chmodSync(folder, 0o755)
const log = pino({ level: 'warn' })
const postgres = await startEmbeddedPostgres(join(folder, 'postgres'), log)
stack.defer(() => postgres.stop())
const pool = createPool(postgres.url(), log)
stack.defer(() => pool.end())
await createTables(pool)
await migrateOwnSchema(postgres.url(), { log })
await registerModel(pool, { name: MODEL, type: 'model', className: MODEL, description: 'of a benchmark' })
const { url, stop } = await startWorker(postgres.url(), join(folder, 'data'), undefined, {
  OVERLOAD_DELAY_MS: '600000',
})
stack.defer(() => stop())

const rows = Array.from({ length: 300 }, (_, i) => [(i * 7) % 60, (i * 37) % 101, i % 3 === 0 ? 'p' : 'q'].join())
await post('/api/datasets?name=things&labels=y', `a,b,y\n${rows.join('\n')}\n`, 'text/csv')
await post('/api/projects', JSON.stringify({ name: 'things', model_name: MODEL, dataset_name: 'things' }))
await post(`${PROJECT}/versions`, '{}')
while (!(await fetch(`${url}${PROJECT}/versions/1`)).ok) await pause(50)
const bundle = join(folder, 'things.mlwb')
writeFileSync(bundle, new Uint8Array(await (await fetch(`${url}${PROJECT}/versions/1/bundle`)).arrayBuffer()))
await copyVersions(pool, 'things', versionCount - 1)
await pool.query('analyze')

console.log(`| ${versionCount} versions | median | longest |\n|---|--:|--:|`)
const [middle, last] = [Math.ceil(versionCount / 2), versionCount - 1]
for (const path of [
  ...['/versions', '/versions?limit=200', `/versions?before=${middle}`, '/reviews', '/leaderboard'],
  ...[`/versions/${middle}/lineage`, `/versions/${last}`],
]) {
  const times: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    const startedAt = performance.now()
    const answer = await fetch(url + PROJECT + path)
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    times.push(performance.now() - startedAt)
  }
  printTimes(path, times)
}

console.log('\n| serve --artifact | median | longest |\n|---|--:|--:|')
const cache = join(folder, 'compiled')
mkdirSync(cache, { mode: 0o700 })
const fill = ['--require', './bin/node-setup.cjs', 'bin/fill-compile-cache.ts']
await once(spawn(process.execPath, fill, { cwd: ROOT, env: environmentOf(cache), stdio: 'inherit' }), 'exit')
for (const [name, compiled] of [
  ['with compiled code, as the image has it', cache],
  ['without', undefined],
] as const) {
  const times: number[] = []
  for (let turn = 0; turn < Math.ceil(turns / 5); turn++) times.push(await startTime(compiled))
  printTimes(name, times)
}

/** From the start of the process until it is ready, in milliseconds. */
async function startTime(compiled: string | undefined): Promise<number> {
  const port = String(await freePort())
  const startedAt = performance.now()
  const env = { ...environmentOf(compiled), PORT: port, LOG_LEVEL: 'warn' }
  const args = ['bin/ml-worker.cjs', 'serve', '--artifact', bundle]
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] })
  const isReady = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/api/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await isReady())) await pause(5)
  const taken = performance.now() - startedAt
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  return taken
}

/** DATA_DIR is none, so that no compiled code is kept but where it is said. */
function environmentOf(compiled: string | undefined): Record<string, string> {
  const none = { PATH: process.env['PATH'] ?? '', DATA_DIR: join(folder, 'none') }
  return compiled === undefined ? none : { ...none, NODE_COMPILE_CACHE: compiled }
}

async function post(path: string, body: string, type = 'application/json'): Promise<void> {
  const answer = await fetch(url + path, { method: 'POST', headers: { 'content-type': type }, body })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
}

function printTimes(name: string, times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b)
  const cells = [sorted[sorted.length >> 1] as number, sorted.at(-1) as number].map((ms) => `${ms.toFixed(1)} ms`)
  console.log(`| ${[name, ...cells].join(' | ')} |`)
}
