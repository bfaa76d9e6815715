// The public entries of the package: what docs/library.md says of them, who finds them, and the library's example.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { PROJECT } from '../support/command-line.ts'

const run = promisify(execFile)
const read = (path: string): Promise<string> => readFile(join(PROJECT, path), 'utf8')

/** What an entry exports: its values, and the types that its source names. */
async function exportsOf(entry: string): Promise<string[]> {
  const source = await read(`src/${entry}/public.ts`)
  const types = [...source.matchAll(/^export (type )?\{([^}]*)\}/gms)].flatMap(([, isType, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && (isType !== undefined || name.startsWith('type ')))
      .map((name) => name.replace('type ', '')),
  )
  return [...Object.keys(await import(`ml-worker/${entry}`)), ...types]
}

/** The names in the first cells of the tables of exports that follow this sentence. */
async function documented(sentence: string): Promise<string[]> {
  const page = await read('docs/library.md')
  return page
    .split(/^## /m)
    .filter((section) => section.includes(sentence))
    .flatMap((section) => [...section.matchAll(/^\| ((?:types? )?`[^|]*) \|/gm)])
    .flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)])
    .map(([, name = '']) => name)
}

t.test('docs/library.md names every export of every entry, each once', async (t) => {
  const learning = await exportsOf('learning')
  const model = (await exportsOf('model')).filter((name) => !learning.includes(name))
  for (const [names, sentence] of [
    [learning, 'In `ml-worker/learning` and `ml-worker/model`:'],
    [model, 'In `ml-worker/model` alone:'],
    [await exportsOf('ml-packages'), 'In `ml-worker/ml-packages` alone.'],
    [await exportsOf('interop'), 'In `ml-worker/interop` alone.'],
  ] as const) {
    t.same((await documented(sentence)).sort(), [...names].sort(), sentence)
  }
})

t.test('ml-worker/model has all that ml-worker/learning has', async (t) => {
  const [learning, model] = [await import('ml-worker/learning'), await import('ml-worker/model')]
  for (const [name, value] of Object.entries(learning)) t.equal(model[name as keyof typeof model], value, name)
})

t.test('every estimator of the engine is exported under the name of its class', async (t) => {
  const learning: Readonly<Record<string, unknown>> = await import('ml-worker/learning')
  const { estimators } = await import('ml-worker/learning')
  for (const Estimator of Object.values(estimators)) t.equal(learning[Estimator.name], Estimator, Estimator.name)
})

t.test('package.json exports the entries, and nothing else of the sources', async (t) => {
  const { exports: entries } = JSON.parse(await read('package.json')) as { exports: Record<string, string> }
  t.same(Object.keys(entries), [
    './interop',
    './learning',
    './ml-packages',
    './model',
    './package.json',
    './tsconfig.models.json',
  ])
  for (const [entry, path] of Object.entries(entries)) {
    t.equal(import.meta.resolve(`ml-worker/${entry.slice(2)}`), new URL(`../../${path}`, import.meta.url).href)
  }
  t.throws(() => import.meta.resolve('ml-worker/src/model/base-model.ts'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })
})

t.test('the example of the library scores well on rows that it has not seen', async (t) => {
  const { stdout } = await run(process.execPath, [join(PROJECT, 'examples/library/iris.ts')])
  t.match(stdout, /^accuracy (0\.9\d\d|1\.000)\nf1_macro .*\nthe restored forest predicts the same\n$/s)
})
