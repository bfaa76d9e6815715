// What surrounds the code says the same as the code: container, scripts, lock file, pages.
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { ConfigSchema } from '../../src/config.ts'
import { ERROR_CATALOGUE } from '../../src/errors.ts'
import { WARNING_CATALOGUE } from '../../src/learning/warnings.ts'
import { FAILURE_CODES } from '../../src/spool/training-outcome.ts'
import { root, tableOf } from '../support/pages.ts'

const run = promisify(execFile)
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8')
const trackedFiles = async (): Promise<string[]> => (await run('git', ['ls-files'], { cwd: root })).stdout.split('\n')

t.test('every path that the Dockerfile copies is in git', async (t) => {
  const dockerfile = await read('Dockerfile')
  const files = await trackedFiles()
  const copied = dockerfile
    .split('\n')
    .filter((line) => line.startsWith('COPY '))
    .flatMap((line) => line.split(/\s+/).slice(1, -1))
  t.ok(copied.length > 0)
  for (const path of copied) {
    t.ok(
      files.some((file) => file === path || file.startsWith(`${path}/`)),
      path,
    )
  }
})

t.test('every path that the service needs is copied by the Dockerfile', async (t) => {
  const dockerfile = await read('Dockerfile')
  for (const path of ['package.json', 'package-lock.json', 'bin', 'src', 'statistical']) {
    t.match(dockerfile, new RegExp(`^COPY .*\\b${path}\\b`, 'm'))
  }
})

t.test('the container runs what npm start runs', async (t) => {
  const [, command] = /^CMD (\[.*\])$/m.exec(await read('Dockerfile')) ?? []
  const { scripts } = JSON.parse(await read('package.json'))
  t.equal((JSON.parse(command as string) as string[]).join(' '), scripts.start)
})

t.test('the container is a Node of the required version, not root, with an init and a health check', async (t) => {
  const dockerfile = await read('Dockerfile')
  const [, version] = /^FROM node:(\d+)-slim$/m.exec(dockerfile) ?? []
  t.match(await read('bin/node-setup.cjs'), `const required = ${version}`)
  const { devDependencies } = JSON.parse(await read('package.json'))
  t.match(devDependencies.node, `^${version}.`)
  t.match(dockerfile, /^USER node$/m)
  t.match(dockerfile, /^ENTRYPOINT \["tini", "--"\]$/m)
  t.match(dockerfile, /^HEALTHCHECK [\s\S]*"bin\/healthcheck\.cjs"/m)
  t.match(dockerfile, /npm ci --omit=dev/)
})

t.test('the image brings compiled code, which is of what the service loads', async (t) => {
  const [, command = ''] = /^RUN node (.*fill-compile-cache\.ts)$/m.exec(await read('Dockerfile')) ?? []
  const fill = (env: Record<string, string>) =>
    run(process.execPath, command.split(' '), { cwd: root, env: { DATA_DIR: t.testdirName, ...env } })
  await t.rejects(fill({}), { code: 1, stderr: 'set NODE_COMPILE_CACHE to the folder that is to be filled\n' })
  const cache = join(t.testdir({}), 'cache')
  await fill({ NODE_COMPILE_CACHE: cache })
  const [folder = ''] = await readdir(cache)
  const files = await readdir(join(cache, folder))
  const entries = (await trackedFiles()).filter((file) => /^(src|statistical)\/(?!.*\.test\.ts$)/.test(file))
  t.ok(files.length > entries.length / 2, `${files.length} files of code, and ${entries.length} sources`)
})

t.test('a Node that is too old is told so in one line', async (t) => {
  const check = join(root, 'bin/node-setup.cjs')
  const under = (version: string) => {
    const pretend = `for (const [name, value] of [['version', 'v${version}'], ['versions', { node: '${version}' }]])
      Object.defineProperty(process, name, { value })`
    return run(process.execPath, ['-e', `${pretend}; require(${JSON.stringify(check)}); console.log('went on')`])
  }
  for (const version of ['18.19.1', '20.18.0', '22.12.0', '8.0.0']) {
    await t.rejects(under(version), {
      code: 1,
      stdout: '',
      stderr: `ml-worker needs Node.js 24 or newer; this is v${version}.\n`,
    })
  }
  for (const version of ['24.0.0', '26.1.0', '100.0.0']) t.equal((await under(version)).stdout, 'went on\n')
})

t.test('the check of the version is syntax that old versions can read', async (t) => {
  const text = await read('bin/node-setup.cjs')
  t.notMatch(text, /\?\.|\?\?|=>|\basync\b|\bimport\b/)
})

t.test('apache-arrow is imported when the first stream comes, never at the start', async (t) => {
  const sources = (await trackedFiles()).filter((file) => /^src\/.*(?<!\.test)\.ts$/.test(file))
  const texts = await Promise.all(sources.map(read))
  t.ok(texts.some((text) => text.includes("await import('apache-arrow')")))
  for (const text of texts) t.notMatch(text, /^(import (?!type )[^\n]*|\} )from 'apache-arrow'/m)
})

t.test('the lock file names no host of its own', async (t) => {
  t.notMatch(await read('package-lock.json'), /"resolved": "https?:/)
})

t.test('every package of the lock file is held to its contents', async (t) => {
  const { packages } = JSON.parse(await read('package-lock.json')) as {
    packages: Record<string, { integrity?: string; link?: boolean }>
  }
  const without = Object.entries(packages).filter(
    ([path, { integrity, link }]) => path !== '' && link !== true && !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
  )
  t.same(without, [])
})

t.test('docs/errors.md lists the codes and statuses of the catalogue, in its order', async (t) => {
  const rows = tableOf(await read('docs/errors.md'), ['code', 'status', 'when', 'what to do'])
  t.same(
    rows.map(([code, status]) => [code, status]),
    Object.entries(ERROR_CATALOGUE).map(([code, { status }]) => [`\`${code}\``, String(status)]),
  )
  t.ok(rows.every((cells) => cells.length === 4 && cells.every((cell) => cell !== '')))
})

t.test('every code of the catalogue is one that the worker gives', async (t) => {
  const sources = (await trackedFiles()).filter((file) => /^src\/(?!learning\/).*(?<!\.test)\.ts$/.test(file))
  const text = (await Promise.all(sources.filter((file) => file !== 'src/errors.ts').map(read))).join('\n')
  const given = await read('src/errors.ts').then(
    (own) => text + own.replace(/const ERROR_CATALOGUE = [\s\S]*?as const/, ''),
  )
  for (const code of Object.keys(ERROR_CATALOGUE)) t.ok(given.includes(`'${code}'`), code)
})

t.test('docs/errors.md lists the codes of trainings that fail', async (t) => {
  const rows = tableOf(await read('docs/errors.md'), ['error_code', 'when'])
  const codes = FAILURE_CODES.map((code) => `\`${code}\``)
  t.same(
    rows.map(([code]) => code),
    codes,
  )
})

t.test('docs/warnings.md lists the codes of the catalogue, in its order', async (t) => {
  const rows = tableOf(await read('docs/warnings.md'), ['code', 'when', 'what to do'])
  t.same(
    rows.map(([code]) => code),
    Object.keys(WARNING_CATALOGUE).map((code) => `\`${code}\``),
  )
  t.ok(rows.every((cells) => cells.length === 3 && cells.every((cell) => cell !== '')))
})

/** Defaults that are read off the machine. */
const OF_THE_MACHINE: Readonly<Record<string, string>> = {
  MEMORY_BUDGET_MB: 'a quarter of the memory',
  TRAIN_THREADS: 'the processors',
}

t.test('the page for operators has the configuration as the schema has it', async (t) => {
  const rows = tableOf(await read('docs/operators.md'), ['variable', 'default', 'meaning'])
  const expected = Object.entries(ConfigSchema.properties).map(([name, schema]) => {
    const { default: value, description } = schema as { default: unknown; description: string }
    const shown = OF_THE_MACHINE[name] ?? (value === '' ? '' : `\`${value}\``)
    return [`\`${name}\``, shown, description]
  })
  t.same(rows, expected)
})

t.test('the configuration is the one of .env, wherever .env says something', async (t) => {
  for (const line of (await read('.env')).split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [name, value] = line.split('=')
    const schema = ConfigSchema.properties[name as keyof typeof ConfigSchema.properties] as { default: unknown }
    t.equal(String(schema.default), value, `${name}: the development default is the default`)
  }
})
