// Core files hold the memory of a process. Under the limit of the unit of examples/systemd there are none, and without one
// an operator who has set keys is told.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import t from 'tap'
import { coreFilesWarning } from '../../src/encryption/core-limit.ts'
import { childrenOf } from '../support/children.ts'
import { PROJECT } from '../support/command-line.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeKeys } from '../support/encryption.ts'
import { dataFolder } from '../support/runs.ts'
import { until } from '../support/until.ts'

const limitOf = async (pid: number): Promise<string | undefined> =>
  /^Max core file size +(\S+)/m.exec(await readFile(`/proc/${pid}/limits`, 'utf8'))?.[1]

/** Runs Node below a soft limit on core files. */
const below = (limit: string, ...args: readonly string[]): [string, string[]] => [
  'sh',
  ['-c', `ulimit -S -c ${limit} && exec "$0" "$@"`, process.execPath, ...args],
]

t.test('the unit sets a limit of 0, which the worker and its trainers have: a crash leaves no core file', async (t) => {
  const unit = await readFile(join(PROJECT, 'examples/systemd/ml-worker.service'), 'utf8')
  const [, limit = ''] = /^LimitCORE=(.*)$/m.exec(unit) ?? []
  t.equal(limit, '0')
  const [ENCRYPTION_KEY_FILE = ''] = (await makeKeys(t, 1)).paths
  const { url } = await createTestDatabase(t)
  const folder = await dataFolder(t)
  const main = ['--require', join(PROJECT, 'bin/node-setup.cjs'), join(PROJECT, 'src/main.ts')]
  const child = spawn(...below(limit, ...main), {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      MODELS_DIR: join(PROJECT, 'test/models'),
      TRAIN_THREADS: '1',
      LOG_FORMAT: 'json',
      DATABASE_URL: url,
      DATA_DIR: await dataFolder(t),
      ENCRYPTION_KEY_FILE,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  const pid = child.pid as number
  await until(() => lines.some((line) => line.includes('"listening"')))
  await until(async () => (await childrenOf(pid)).length > 0)
  for (const one of [pid, ...(await childrenOf(pid))]) t.equal(await limitOf(one), '0')
  t.notOk(
    lines.some((line) => line.includes('core file')),
    'there is nothing to tell',
  )
  const gone = once(child, 'exit')
  // One that the worker does not take for a stop.
  child.kill('SIGSYS')
  t.same(await gone, [null, 'SIGSYS'])
  t.same(await readdir(folder), [], 'nor is there one where the system would write it')
})

t.test('with keys and another limit the start and the doctor tell', async (t) => {
  const [path = ''] = (await makeKeys(t, 1)).paths
  const doctor = async (limit: string, ENCRYPTION_KEY_FILE: string): Promise<{ detail: string }[]> => {
    const [command, args] = below(limit, join(PROJECT, 'bin/ml-worker.cjs'), 'doctor', '--json')
    const env = { PATH: process.env['PATH'], ENCRYPTION_KEY_FILE, DATA_DIR: await dataFolder(t) }
    const { stdout } = await promisify(execFile)(command, args, { env })
    const { checks } = JSON.parse(stdout) as { checks: { subject: string; detail: string }[] }
    return checks.filter(({ subject, detail }) => subject === 'keys' && /core file/.test(detail))
  }
  const told = /a crash may write a core file, with the keys in it: the limit on core files is unlimited; LimitCORE=0/
  t.match(await doctor('unlimited', path), [{ level: 'warning', detail: told }])
  t.same(await doctor('0', path), [])
  t.same(await doctor('unlimited', ''), [], 'without keys nothing is told')

  const [command, args] = below('unlimited', '--require', './bin/node-setup.cjs', 'src/main.ts')
  const env = { PATH: process.env['PATH'], ENCRYPTION_KEY_FILE: path, PORT: 'x', LOG_FORMAT: 'json' }
  const database = await createTestDatabase(t)
  const worker = spawn(command, args, {
    cwd: PROJECT,
    env: { ...env, PORT: '0', DATABASE_URL: database.url, DATA_DIR: await dataFolder(t), TRAIN_THREADS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => worker.kill('SIGKILL'))
  const lines: string[] = []
  createInterface({ input: worker.stdout }).on('line', (line) => lines.push(line))
  await until(() => lines.some((line) => line.includes('"listening"')))
  t.match(
    lines.filter((line) => line.includes('core file')).map((line) => JSON.parse(line)),
    [{ level: 40, msg: told }],
  )
})

t.test('where the system does not tell, nothing is told', async (t) => {
  t.equal(await coreFilesWarning('/nowhere'), undefined)
  const folder = t.testdir({ limits: 'Max core file size        4096                 unlimited            bytes\n' })
  t.match(await coreFilesWarning(join(folder, 'limits')), 'the limit on core files is 4096')
})
