// The example of docs/kernels.md, written down and run as its reader does.
import { execFile } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { PROJECT } from '../support/command-line.ts'
import { blocksOf } from '../support/pages.ts'

t.test('the kernel of docs/kernels.md passes its test', async (t) => {
  const folder = t.testdir()
  for (const name of ['wasm', 'random.ts']) await symlink(join(PROJECT, 'src/learning', name), join(folder, name))
  const [kernel, kernelTest] = await blocksOf('docs/kernels.md', 'ts')
  await mkdir(join(folder, 'example'))
  await writeFile(join(folder, 'example/weighted-sum.ts'), kernel?.text as string)
  await writeFile(join(folder, 'example/weighted-sum.test.ts'), kernelTest?.text as string)
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'example/weighted-sum.test.ts')])
  t.match(stdout, /^ok 1 - a weighted sum is that of a loop/m)
  t.notMatch(stdout, /not ok/)
})
