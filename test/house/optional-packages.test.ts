// npm leaves out optional packages that do not take its Node: a test file that needs one at its first line fails there, where it is to be
// skipped (test/support/optional-package.ts).
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../support/pages.ts'

const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly optionalDependencies: Readonly<Record<string, string>>
}
const files = globSync('{test,src,bench,examples}/**/*.test.ts', { cwd: root })

t.test('no test file imports an optional package at its first line', async (t) => {
  t.ok(files.length > 300, `${files.length} files`)
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8')
    const names = [...text.matchAll(/^import (?!type ).*from '(@[^/']+\/[^/']+|[^@./'][^/']*)/gm)].map(
      ([, name]) => name,
    )
    const optional = names.filter((name) => name !== undefined && name in optionalDependencies)
    t.same(optional, [], file)
  }
})
