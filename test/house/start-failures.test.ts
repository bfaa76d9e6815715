// A start that fails, wherever it does, leaves nothing behind: no process, no lock on the folder, no connection.
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config.ts'
import { startService } from '../../src/service.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const database = await createTestDatabase(t)
const log = pino({ level: 'silent' })

async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ml-worker-start-'))
  t.teardown(() => rm(path, { recursive: true, force: true, maxRetries: 20 }))
  return path
}

function settings(dataDir: string, more: Record<string, string> = {}) {
  const common = { PORT: '0', DATA_DIR: dataDir, DATABASE_URL: database.url, TRAIN_THREADS: '1' }
  return readConfig({ ...common, MODELS_DIR: join(import.meta.dirname, '../models'), ...more }, false)
}

/** Processes that this one started and that are still there. */
function childCount(): number {
  const lines = execFileSync('ps', ['--no-headers', '--ppid', String(process.pid), '-o', 'comm']).toString()
  return lines.split('\n').filter((name) => name !== '' && name.trim() !== 'ps').length
}

async function sessionCount(): Promise<number> {
  const { rows } = await database.owner.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
     where datname = current_database() and application_name like 'ml-worker%'`,
  )
  return rows[0]?.count ?? 0
}

/** Fails with `message`, leaves nothing, and starts on the same folder as soon as what was in the way is gone. */
async function failsAndLeavesNothing(
  t: Test,
  dataDir: string,
  { config = settings(dataDir), message }: { config?: ReturnType<typeof settings>; message: RegExp },
  mend: () => Promise<unknown> = async () => {},
): Promise<void> {
  const children = childCount()
  await t.rejects(startService(config, log), { message })
  await until(() => childCount() <= children)
  await until(async () => (await sessionCount()) === 0)
  await mend()
  const service = await startService(settings(dataDir), log)
  await service.close()
}

t.test('its port is taken', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const dataDir = await folder(t)
  const config = settings(dataDir, { PORT: String((other.address() as AddressInfo).port) })
  await failsAndLeavesNothing(t, dataDir, { config, message: /EADDRINUSE/ })
})

t.test('there is no folder of models', async (t) => {
  const dataDir = await folder(t)
  const config = settings(dataDir, { MODELS_DIR: join(dataDir, 'none') })
  await failsAndLeavesNothing(t, dataDir, { config, message: /ENOENT/ })
})

for (const name of ['bodies', 'spool', 'runs']) {
  t.test(`a file stands where its folder ${name} belongs`, async (t) => {
    const dataDir = await folder(t)
    await writeFile(join(dataDir, name), '')
    await failsAndLeavesNothing(t, dataDir, { message: /EEXIST/ }, () => rm(join(dataDir, name)))
  })
}

t.test('its embedded PostgreSQL is there, and a later room is not', async (t) => {
  const dataDir = await folder(t)
  const embedded = { DATABASE_URL: '' }
  await writeFile(join(dataDir, 'runs'), '')
  await t.rejects(startService(settings(dataDir, embedded), log), { message: /EEXIST/ })
  await rm(join(dataDir, 'runs'))
  const service = await startService(settings(dataDir, embedded), log)
  await service.whenReconciled
  await service.close()
  t.pass('it starts on the same cluster')
})

t.test('what an operator can mend is told in one line, with its setting', async (t) => {
  const dataDir = await folder(t)
  const file = join(dataDir, 'file')
  await writeFile(file, '')
  const root = join(import.meta.dirname, '../..')
  const told = (more: Record<string, string>): string => {
    const env = {
      PATH: process.env['PATH'],
      PORT: '0',
      DATABASE_URL: database.url,
      DATA_DIR: join(dataDir, 'd'),
      MODELS_DIR: join(root, 'test/models'),
      ...more,
    }
    const args = ['--require', join(root, 'bin/node-setup.cjs'), join(root, 'src/main.ts')]
    const { status, stderr } = spawnSync(process.execPath, args, { env, cwd: dataDir, encoding: 'utf8' })
    t.equal(status, 1)
    return stderr
  }
  t.match(told({ DATA_DIR: file }), /^The worker cannot start: .*ENOTDIR.* \(DATA_DIR\)\n$/)
  t.match(told({ DATA_DIR: join(file, 'x') }), /^The worker cannot start: .*ENOTDIR.* \(DATA_DIR\)\n$/)
  t.match(told({ MODELS_DIR: join(dataDir, 'none') }), /^The worker cannot start: .*ENOENT.* \(MODELS_DIR\)\n$/)
  t.match(told({ HOST: '203.0.113.7' }), /^The worker cannot start: .*EADDRNOTAVAIL.* \(HOST, PORT\)\n$/)
})
