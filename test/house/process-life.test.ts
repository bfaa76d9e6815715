// Each documented command, ended by its supervisor: nothing of it is left, and the folder is free for the next start.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { claimDataDir } from '../../src/data-folder/data-dir.ts'
import { childrenOf, isAlive } from '../support/children.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const root = join(import.meta.dirname, '../..')
const database = await createTestDatabase(t)

async function unitCommand(): Promise<string[]> {
  const unit = await readFile(join(root, 'examples/systemd/ml-worker.service'), 'utf8')
  const [, node, rest = ''] = /^ExecStart=(\S+\/node) (.*)$/m.exec(unit) ?? []
  if (node !== '/opt/ml-worker/node_modules/node/bin/node') throw new Error(`the unit starts ${node}`)
  return [process.execPath, ...rest.split(' ')]
}

async function imageCommand(): Promise<string[]> {
  const file = await readFile(join(root, 'Dockerfile'), 'utf8')
  const [, list = '[]'] = /^CMD (\[.*\])$/m.exec(file.split('ENTRYPOINT')[1] as string) ?? []
  const [node, ...rest] = JSON.parse(list) as string[]
  if (node !== 'node') throw new Error(`the image starts ${node}`)
  return [process.execPath, ...rest]
}

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'npm start': ['npm', 'start'],
  'npx ml-worker serve': ['npx', 'ml-worker', 'serve'],
  'the unit of systemd': await unitCommand(),
  'the command of the image': await imageCommand(),
}

/** Everything below a process, and itself. */
async function treeOf(pid: number): Promise<number[]> {
  const below = await Promise.all((await childrenOf(pid).catch(() => [])).map(treeOf))
  return [pid, ...below.flat()]
}

async function start(t: Test, [command = '', ...args]: readonly string[], dataDir: string): Promise<ChildProcess> {
  const child = spawn(command, args, {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: '0',
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      TRAIN_THREADS: '1',
      LOG_FORMAT: 'json',
    },
    // A group of its own: no signal of a terminal's reaches more than the process that is named.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => {
    try {
      process.kill(-(child.pid as number), 'SIGKILL')
    } catch {}
  })
  await new Promise<void>((resolve) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (line.includes('"msg":"listening"')) resolve()
    })
  })
  return child
}

for (const reader of ['is gone', 'reads no more'] as const) {
  t.test(`it stops when the reader of its log ${reader}, and leaves DATA_DIR`, async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'ml-worker-'))
    t.teardown(() => rm(dataDir, { recursive: true, force: true, maxRetries: 20 }))
    // The shell hands both streams of the worker to one pipe, as a service manager does.
    const worker = `'${process.execPath}' --require ./bin/node-setup.cjs src/main.ts 2>&1`
    const child = await start(t, ['sh', '-c', `exec ${worker}`], dataDir)
    if (reader === 'is gone') child.stdout?.destroy()
    else child.stdout?.removeAllListeners().pause()
    const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)))
    process.kill(child.pid as number, 'SIGTERM')
    const late = new Promise((resolve) => setTimeout(resolve, 12_000, 'late').unref())
    t.equal(await Promise.race([ended, late]), 0)
    const claim = await claimDataDir(dataDir)
    await claim.release()
  })
}

for (const [name, command] of Object.entries(COMMANDS)) {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    t.test(`${name} leaves nothing behind after ${signal}`, async (t) => {
      const dataDir = await mkdtemp(join(tmpdir(), 'ml-worker-test-'))
      t.teardown(() => rm(dataDir, { recursive: true, force: true, maxRetries: 20 }))
      const child = await start(t, command, dataDir)
      const tree = await treeOf(child.pid as number)
      t.ok(tree.length >= 2, `the worker and its trainer: ${tree.length} processes`)
      child.kill(signal)
      await until(async () => (await Promise.all(tree.map(isAlive))).every((alive) => !alive))
      await (await claimDataDir(dataDir)).release()
      t.pass('the folder is free')
    })
  }
}
