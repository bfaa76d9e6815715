// What a test starts runs as an operator's does: test/support/before-file.js keeps tap out of it.
import { execFileSync } from 'node:child_process'
import t from 'tap'

const TELL = ['-p', 'process.env.NODE_OPTIONS']

t.test('a process that a test starts loads nothing of tap', async (t) => {
  t.notMatch(execFileSync(process.execPath, TELL, { encoding: 'utf8' }), 'tapjs')
  t.notMatch(
    execFileSync(process.execPath, TELL, { encoding: 'utf8', env: {} }),
    'tapjs',
    'with an environment of its own',
  )
})
