// The demonstration whose worker is killed: it says so, and leaves nothing that runs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { childrenOf, isAlive } from '../support/children.ts'

const PROJECT = join(import.meta.dirname, '../..')

t.test('a demonstration whose worker is killed says so and ends with 1', async (t) => {
  const script = ['--require', './bin/node-setup.cjs', 'examples/demo/main.ts']
  const demo = spawn(process.execPath, script, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => demo.kill('SIGKILL'))
  const exit = once(demo, 'exit')
  const said = text(demo.stderr)
  // The first line is of the first model, which is being trained.
  await once(demo.stdout, 'data')
  demo.stdout.resume()
  const children = await childrenOf(demo.pid as number)
  const lines = await Promise.all(children.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')))
  const worker = children.find((_, i) => lines[i]?.includes('src/main.ts')) as number
  process.kill(worker, 'SIGKILL')
  t.same(await exit, [1, null])
  t.equal(await said, 'the worker ended before its time: SIGKILL\n')
  t.same(
    await Promise.all(children.map(isAlive)),
    children.map(() => false),
    'neither PostgreSQL nor the worker is left',
  )
})
