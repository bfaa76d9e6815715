// The import rules of the design, held by the sources as they are; and proof that each rule notices a break.
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import t from 'tap'
import { importsOf, type Sources, violationsOf } from '../support/architecture.ts'

const root = resolve(import.meta.dirname, '../..')

async function readSources(): Promise<Sources> {
  const paths: string[] = []
  for (const folder of ['src', 'statistical']) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      const isSource = entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts')
      if (isSource) paths.push(join(entry.parentPath, entry.name).slice(root.length + 1))
    }
  }
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(root, path), 'utf8')] as const)),
  )
}

t.test('the sources keep every rule', async (t) => {
  const sources = await readSources()
  t.ok(sources.size > 50)
  t.ok(sources.has('src/app.ts'))
  t.same(violationsOf(sources), [])
})

t.test('finds every form of import', async (t) => {
  const text = `
    // import a from './comment.ts'
    /* import a from './block.ts' */
    import './effect.ts'
    import a from "./default.ts"
    import type { B } from './type.ts'
    import { c, type D } from './named.ts'
    import {
      e,
      f,
    } from './lines.ts'
    import * as g from './star.ts'
    export { h } from './again.ts'
    export type { I } from './again-type.ts'
    export * from './all.ts'
    const later = () => import('./dynamic.ts')
    let j: import('./type-query.ts').J
    const place = { module: import.meta.url, text: 'no import from "./here.ts"' }
    import x, { y } from 'package'`
  t.same(
    importsOf(text).sort(),
    [
      './again-type.ts',
      './again.ts',
      './all.ts',
      './default.ts',
      './dynamic.ts',
      './effect.ts',
      './lines.ts',
      './named.ts',
      './star.ts',
      './type-query.ts',
      './type.ts',
      'package',
    ].sort(),
  )
})

const breaks: readonly { rule: string; path: string; text: string; says: RegExp }[] = [
  [
    'learning, of model',
    'src/learning/tree.ts',
    `import { Table } from '../model/table.ts'`,
    /learning imports only itself/,
  ],
  [
    'learning, by type',
    'src/learning/tree.ts',
    `import type { Table } from '../model/table.ts'`,
    /learning imports only/,
  ],
  [
    'learning, of a package',
    'src/learning/tree.ts',
    `import { Matrix } from 'ml-matrix'`,
    /learning imports only itself/,
  ],
  ['learning, of Node', 'src/learning/tree.ts', `import { cpus } from 'node:os'`, /only in learning\/parallel/],
  [
    'model, of a feature',
    'src/model/a.ts',
    `import { Spool } from '../training/spool.ts'`,
    /model imports only learning/,
  ],
  [
    'model, of the errors',
    'src/model/a.ts',
    `import { ServiceError } from '../errors.ts'`,
    /model imports only learning/,
  ],
  ['model, of Node', 'src/model/a.ts', `import { readFile } from 'node:fs'`, /model imports only learning/],
  ['model, of a package', 'src/model/a.ts', `import pg from 'pg'`, /model imports only learning/],
  ['statistical, of a feature', 'statistical/a.ts', `import '../src/registry/discover.ts'`, /statistical imports only/],
  ['statistical, of config', 'statistical/a.ts', `import { c } from '../src/config.ts'`, /statistical imports only/],
  ['statistical, of Node', 'statistical/sub/a.ts', `import fs from 'node:fs'`, /statistical imports only/],
  [
    'statistical, past the public entry',
    'statistical/a.ts',
    `import { BaseModel } from '../src/model/base-model.ts'`,
    /statistical imports only the public entries/,
  ],
  [
    'a public entry, by its name',
    'src/model/a.ts',
    `import { Lasso } from 'ml-worker/learning'`,
    /by their paths, not by the public entries/,
  ],
  [
    'a public entry, by its path',
    'src/model/a.ts',
    `import { Lasso } from '../learning/public.ts'`,
    /for callers from outside/,
  ],
  ['ml-packages, of Node', 'src/ml-packages/a.ts', `import fs from 'node:fs'`, /ml-packages imports only/],
  ['ml-packages, of a feature', 'src/ml-packages/a.ts', `import '../registry/discover.ts'`, /ml-packages imports only/],
  ['learning, of ml-packages', 'src/learning/a.ts', `import '../ml-packages/pause.ts'`, /learning imports only itself/],
  [
    'registry, of a later feature',
    'src/registry/a.ts',
    `import { T } from '../training/trainings.ts'`,
    /(registry|training|prediction) imports only/,
  ],
  [
    'training, of a later feature',
    'src/training/a.ts',
    `const p = import('../prediction/predict.ts')`,
    /(registry|training|prediction) imports only/,
  ],
  [
    'prediction, of config',
    'src/prediction/a.ts',
    `import { c } from '../config.ts'`,
    /only the open-\*\.ts of a room/,
  ],
  [
    'the foundation, in the middle of a room',
    'src/runs/a.ts',
    `import type { F } from '../foundation.ts'`,
    /only the open-\*\.ts of a room/,
  ],
  ['a room that nobody knows', 'src/nowhere/a.ts', `import { c } from './b.ts'`, /the room nowhere is not in ROOMS/],
  [
    'training, of a method',
    'src/training/a.ts',
    `import { grow } from '../learning/trees/grow-trees.ts'`,
    /(registry|training|prediction) imports only/,
  ],
  [
    'training, of statistical',
    'src/training/a.ts',
    `import a from '../../statistical/a.ts'`,
    /(registry|training|prediction) imports only/,
  ],
  ['HTTP outside routes.ts', 'src/training/a.ts', `import { h } from '../http/health.ts'`, /only in its routes.ts/],
  [
    'Fastify in a feature',
    'src/training/trainings.ts',
    `import type { FastifyReply } from 'fastify'`,
    /Fastify stays in/,
  ],
  ['Fastify in the service', 'src/service.ts', `import swagger from '@fastify/swagger'`, /Fastify stays in/],
  ['Fastify in the database', 'src/database/pool.ts', `import fastify from 'fastify'`, /Fastify stays in/],
  ['SQL in a feature', 'src/training/a.ts', `await tx.query('select 1')`, /holds SQL/],
  ['SQL over lines', 'src/service.ts', 'const text = `\n  insert into models (name)\n values ($1)`', /holds SQL/],
  ['SQL in a constant', 'src/http/a.ts', `const text = "Update models SET pipeline_ok = true"`, /holds SQL/],
  ['the command line', 'src/service.ts', `import { t } from './cli/train.ts'`, /needs its command line/],
  ['the environment', 'src/training/a.ts', `const url = process.env.DATABASE_URL`, /process\.env/],
  ['the environment, by key', 'src/main.ts', `const url = process['env'].PORT`, /process\.env/],
  ['the environment, by parts', 'src/main.ts', `const { env } = process`, /process\.env/],
].map(
  ([rule, path, text, says]) =>
    ({ rule, path, text, says }) as { rule: string; path: string; text: string; says: RegExp },
)

for (const { rule, path, text, says } of breaks) {
  t.test(`notices a break: ${rule}`, async (t) => {
    const [violation, ...more] = violationsOf(new Map([[path, text]]))
    t.match(violation, says)
    t.match(violation, path)
    t.same(more, [])
  })
}

t.test('notices a cycle, also one of types or of dynamic imports', async (t) => {
  const cycle = new Map([
    ['src/model/a.ts', `import { b } from './b.ts'`],
    ['src/model/b.ts', `import type { C } from './c.ts'`],
    ['src/model/c.ts', `export const a = () => import('./a.ts')`],
  ])
  t.same(violationsOf(cycle), ['a cycle: src/model/a.ts → src/model/b.ts → src/model/c.ts → src/model/a.ts'])
  const diamond = new Map([
    ['src/model/a.ts', `import './b.ts'\nimport './c.ts'`],
    ['src/model/b.ts', `import './d.ts'`],
    ['src/model/c.ts', `import './d.ts'`],
    ['src/model/d.ts', ''],
  ])
  t.same(violationsOf(diamond), [])
})

t.test('lets pass what the rules allow', async (t) => {
  const allowed = new Map([
    ['src/learning/trees/grow.ts', `import { Random } from '../random.ts'`],
    ['src/learning/parallel/team.ts', `import { Worker } from 'node:worker_threads'`],
    ['src/model/artifact.ts', `import { createHash } from 'node:crypto'\nimport { Packr } from 'msgpackr'`],
    [
      'statistical/knn.ts',
      `import KNN from 'ml-knn'\nimport { a } from './parts/a.ts'\nimport { BaseModel } from 'ml-worker/model'`,
    ],
    [
      'src/ml-packages/knn.ts',
      `import KNN from 'ml-knn'\nimport { a } from '../learning/errors.ts'\nimport '../model/table.ts'`,
    ],
    ['src/model/public.ts', `export * from '../learning/public.ts'`],
    ['src/training/routes.ts', `import type { F } from 'fastify'\nimport { q } from '../http/request-faults.ts'`],
    ['src/model-runs/runs-table.ts', `await client.query('select 1')`],
    ['src/database/pool.ts', `await client.query('begin')`],
    ['src/prediction/predict.ts', `import { readBody } from '../rows/read-body.ts'\nimport '../errors.ts'`],
    ['src/runs/open-runs.ts', `import type { F } from '../foundation.ts'\nimport '../training/open-training.ts'`],
    ['src/config.ts', `const environment = process.env`],
    ['src/training/a.ts', `// select * from models; process.env\nthrow new Error('update the worker: select a model')`],
  ])
  t.same(violationsOf(allowed), [])
})
