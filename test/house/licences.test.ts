// What the worker is made of: the licence of every production dependency, and the bill of materials (CycloneDX).
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { root } from '../support/pages.ts'

const run = promisify(execFile)

/** Licences that ask for no more than their text, in SPDX's names. */
const ALLOWED = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
])
/** Packages whose entry in the lock file names none, being of another system, and what their own package.json has. */
const NAMED_ELSEWHERE: Readonly<Record<string, string>> = {
  '@msgpackr-extract/msgpackr-extract-darwin-arm64': 'MIT',
  '@msgpackr-extract/msgpackr-extract-darwin-x64': 'MIT',
  '@msgpackr-extract/msgpackr-extract-linux-arm': 'MIT',
  '@msgpackr-extract/msgpackr-extract-win32-x64': 'MIT',
}

interface Locked {
  readonly version: string
  readonly license?: string
  readonly dev?: boolean
  readonly optional?: boolean
}

const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, Locked>>
}
const production = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true)
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** "(MIT OR CC0-1.0)": one that is allowed is enough. */
const isAllowed = (licence: string): boolean =>
  licence
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((one) => ALLOWED.has(one))

t.test('every production dependency has a licence that is allowed', async (t) => {
  t.ok(production.length > 100)
  for (const [path, { license = NAMED_ELSEWHERE[nameOf(path)] ?? 'none' }] of production) {
    t.ok(isAllowed(license), `${path}: ${license}`)
  }
  for (const refused of ['GPL-3.0-only', 'none', 'SEE LICENSE IN x', 'MIT AND GPL-2.0-only']) {
    t.notOk(isAllowed(refused), refused)
  }
})

t.test('the bill of materials has every production dependency that is installed', async (t) => {
  const { stdout } = await run('npm', ['run', '--silent', 'sbom'], { cwd: root, maxBuffer: 2 ** 26 })
  const { bomFormat, components } = JSON.parse(stdout) as {
    bomFormat: string
    components: readonly { group?: string; name: string; version: string }[]
  }
  t.equal(bomFormat, 'CycloneDX')
  const listed = new Set(
    components.map(({ group, name, version }) => `${group === undefined ? '' : `${group}/`}${name}@${version}`),
  )
  // Optional ones are installed where they fit the machine.
  const missing = production
    .filter(([, { optional }]) => optional !== true)
    .map(([path, { version }]) => `${nameOf(path)}@${version}`)
    .filter((id) => !listed.has(id))
  t.same(missing, [])
})
