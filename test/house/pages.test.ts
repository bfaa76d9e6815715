// The pages hold what they show: calls are made as they stand to a worker that was just started, a model class is
// trained, grants are granted, and nothing stands there that is run nowhere.
import { execFile, spawnSync } from 'node:child_process'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { discoverModels } from '../../src/registry/discover.ts'
import { createOwnDatabase } from '../support/database.ts'
import { type Block, blocksOf, PAGES, root } from '../support/pages.ts'
import { startTestService } from '../support/service.ts'
import { startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)
const MODELS_DIR = join(root, 'statistical')
const missing = ['bash', 'curl', 'gzip'].find((program) => spawnSync(program, ['--version']).error !== undefined)

/** Who runs the lines that are not run here. Scripts of package.json, and all else by the whole line. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'npm ci': '.ci/run',
  'npm test': '.ci/run',
  'npm start': 'the test process of test/training/restart.test.ts runs what it runs: see test/house/packaging.test.ts',
  'npm run demo': '.ci/run',
  'npm run check': '.ci/run, step by step',
  'npm run format': 'changes the tree',
  'npm run sbom': '.ci/run',
  'npm run openapi': 'test/http/openapi.test.ts compares what it writes',
  'npm run bench:learning': 'a benchmark',
  'npm run bench:serving': 'a benchmark',
  'npm run bench:boosting-levels': 'a benchmark',
  'npm run bench:text': 'a benchmark',
  'npm run bench:datasets': 'a benchmark',
  'npm run bench:performance': 'a benchmark',
  'npm run bench:drift': 'a benchmark',
  'npm run bench:outcomes': 'a benchmark',
  'npm run bench:projects': 'a benchmark',
  'npm run bench:interop': 'a benchmark',
  'npm run bench:recommenders': 'a benchmark',
  'npm run bench:prediction-log': 'a benchmark',
  'npm run bench:explain': 'a benchmark',
  'npm run bench:monitoring': 'a benchmark',
  'npm run bench:experiments': 'a benchmark',
  'npm run test:chaos': '.ci/run',
  'npm run test:fuzz': 'the tests of test/fuzz in short, and by hand',
  'npm run test:schemathesis': '.ci/run',
  'npm run test:kserve': '.ci/run',
  'npm run test:onnx': '.ci/run',
  'npm run test:soak': 'takes ten minutes: by hand',
  'npm run test:outage': 'takes ten minutes: by hand',
  'npx ml-worker': 'test/house/docs-examples.test.ts and test/registry/outside-models.test.ts',
  'npx node examples/library/iris.ts': 'test/registry/public-entries.test.ts',
  'npx node --require ./bin/node-setup.cjs ../scripts/': 'test/registry/outside-models.test.ts',
  'mvn spring-boot:run': 'test/http/spring-boot.test.ts runs mvn verify',
  'psql ': 'test/http/spring-boot.test.ts makes the same roles',
  'npx tap src/learning/example/': 'test/house/kernels-page.test.ts runs it',
  'docker ': 'needs a container engine; test/house/packaging.test.ts holds the Dockerfile to the tree',
}

const languages: Readonly<Record<string, (t: Test, block: Block) => void | Promise<void>>> = {
  json: (t, { text, place }) => {
    t.type(JSON.parse(text), Object, place)
  },
  ts: (t, { page, place }) => {
    // The room of docs/architecture.md is a sketch: parts of three files.
    const run = ['README.md', 'docs/model-developers.md', 'docs/kernels.md', 'docs/architecture.md']
    t.ok(run.includes(page), `${place}: run here, in docs-examples or in kernels-page`)
  },
  java: (t, { page, place }) => {
    const run = ['docs/callers.md', 'docs/webhooks.md']
    t.ok(run.includes(page), `${place}: run by test/http/java-clients.test.ts and test/notifications/page.test.ts`)
  },
  python: (t, { page, place }) => {
    t.equal(page, 'docs/inference-protocol.md', `${place}: run by test/inference-protocol/tritonclient.test.ts`)
  },
  ini: (t, { page, place }) => {
    t.equal(page, 'docs/access.md', `${place}: read by test/access/access-page.test.ts`)
  },
  sql: async (t, { text, place }) => {
    // test/database/own-schema.test.ts makes the schemas of the page for operators.
    if (/^create schema/.test(text)) return
    const [granted] = await blocksOf('README.md', 'sql')
    t.equal(text, granted?.text, `${place}: what test/database/database.test.ts works with`)
  },
  sh: (t, { page, text, place }) => {
    for (const line of text.split('\n').filter((line) => line.trim() !== '')) {
      for (const command of commandsOf(line)) {
        const isCall = /\bcurl\b.*127\.0\.0\.1:5001/.test(command)
        const runner = isCall ? callers(page) : Object.keys(ELSEWHERE).find((known) => command.startsWith(known))
        t.ok(runner, `${place}: ${command}`)
      }
    }
  },
}

t.test('every block of every page is run by a test, or checked', async (t) => {
  for (const page of PAGES) {
    for (const block of await blocksOf(page)) {
      const check = languages[block.language]
      if (check === undefined) t.fail(`${block.place}: nobody knows what to do with "${block.language}"`)
      else await check(t, block)
    }
  }
})

t.test('every script of the pages is one of package.json', async (t) => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  for (const known of Object.keys(ELSEWHERE)) {
    const [, script] = /^npm run (\S+)/.exec(known) ?? []
    if (script !== undefined) t.ok(script in scripts, script)
  }
  for (const page of PAGES) {
    const text = await readFile(join(root, page), 'utf8')
    for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g))
      t.ok((script as string) in scripts, `${page}: ${script}`)
  }
})

t.test('every call that the map of the source documents names as ours is one', async (t) => {
  const { paths } = JSON.parse(await readFile(join(root, 'docs/openapi.json'), 'utf8'))
  const rows = (await readFile(join(root, 'docs/source-documents.md'), 'utf8')).split('\n')
  const ours = rows.flatMap((row) => [
    ...row
      .split('|')
      .slice(2)
      .join('|')
      .matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\S+)`/g),
  ])
  t.ok(ours.length > 40)
  for (const [, method = '', path = ''] of ours) t.ok(paths[path]?.[method.toLowerCase()], `${method} ${path}`)
})

/** Pages whose calls are made here, and how many calls each has at the least. */
const CALLED: Readonly<Record<string, number>> = {
  'README.md': 5,
  'docs/callers.md': 5,
  'docs/erasure.md': 2,
  'docs/explanations.md': 2,
}

for (const [page, callsMin] of Object.entries(CALLED)) {
  const skip = missing === undefined ? false : `no ${missing} on the path`
  t.test(`every call of ${page} has a good answer`, { skip }, async (t) => {
    const database = await createOwnDatabase(t)
    const { models } = await discoverModels(MODELS_DIR)
    for (const { model } of models) await database.registerModel(model.name)
    const { service, get } = await startTestService(t, { DATABASE_URL: database.url, MODELS_DIR })
    await until(async () => (await get('/api/health')).status === 200)
    const lines = (await blocksOf(page, 'sh')).flatMap(({ text }) => text.split('\n'))
    const calls = lines.filter((line) => /\bcurl\b.*127\.0\.0\.1:5001/.test(line))
    t.ok(calls.length >= callsMin)
    for (const call of calls) {
      const command = call.replaceAll('http://127.0.0.1:5001', service.url).replace('curl', 'curl -sS --fail-with-body')
      const { stdout } = await run('bash', ['-c', `set -o pipefail; ${command}`], { cwd: root })
      t.match(stdout, /^[{a-z]/, call)
    }
  })
}

t.test('the model class of the README is found, and trains', async (t) => {
  const [block] = await blocksOf('README.md', 'ts')
  const folder = t.testdir({ statistical: {} })
  // What it imports lies beside its folder.
  for (const name of ['src', 'node_modules', 'package.json']) await symlink(join(root, name), join(folder, name))
  await writeFile(join(folder, 'statistical/sepal_species.ts'), (block as Block).text)
  const { trainToEnd } = await startTrainingService(t, ['sepal_species'], { MODELS_DIR: join(folder, 'statistical') })
  const { features, labels } = JSON.parse(await readFile(join(root, 'examples/iris-training.json'), 'utf8'))
  const sepals = features.map(({ sepal_length, sepal_width }: Record<string, number>) => ({
    sepal_length,
    sepal_width,
  }))
  t.equal((await trainToEnd('sepal_species', { features: sepals, labels })).status, 'SUCCESS')
})

/** `npm ci && npm test   # words` as its commands, without settings before them. */
function commandsOf(line: string): string[] {
  const command = line.replace(/\s+#.*$/, '')
  if (/\bcurl\b/.test(command)) return [command]
  return command.split('&&').map((part) => part.trim().replace(/^([A-Z_]+=\S+ )+/, ''))
}

/** The test that makes the calls of a page. */
function callers(page: string): string | undefined {
  if (page in CALLED) return 'this one'
  if (page === 'docs/webhooks.md') return 'test/notifications/page.test.ts'
  if (page === 'docs/frameworks.md') return 'test/interop/frameworks-page.test.ts'
  if (page === 'docs/reviews.md') return 'test/projects/reviews-page.test.ts'
  const room = /^docs\/(alerts|datasets|deployments|experiments|monitoring|projects)\.md$/.exec(page)?.[1]
  if (room !== undefined) return `test/${room}/page.test.ts`
  return page === 'docs/inference-protocol.md' ? 'test/house/docs-examples.test.ts' : undefined
}
