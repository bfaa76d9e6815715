// What a test starts runs as an operator's does: test/support/before-file.js keeps tap out of it.
import { execFileSync, spawnSync } from 'node:child_process'
import t from 'tap'

const TELL = ['-p', 'JSON.stringify([process.env.NODE_OPTIONS, process.execArgv])']

t.test('a process that a test starts loads nothing of tap', async (t) => {
  const { NODE_OPTIONS } = process.env
  const told = [
    execFileSync(process.execPath, TELL, { encoding: 'utf8' }),
    spawnSync(process.execPath, TELL, { encoding: 'utf8', env: { NODE_OPTIONS } }).stdout,
  ]
  for (const line of told) t.same(JSON.parse(line), [NODE_OPTIONS ?? null, TELL])
})
