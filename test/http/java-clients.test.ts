// The clients that openapi-generator makes of docs/openapi.json for Spring (restclient, WebClient, Feign), and the lines
// for Java of docs/callers.md, against started workers. Where there is no Maven, or Maven Central does not answer, that
// is said and nothing is tested.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { missingMaven, requireVerified, runMaven } from '../support/maven.ts'
import { blocksOf, root } from '../support/pages.ts'
import { dataFolder, gate } from '../support/runs.ts'
import { startTestProcess } from '../support/worker-process.ts'

const PROJECT = join(root, 'test/java-clients')
const PACKAGE = 'com/example/clients'
/** The first time Maven loads some hundred megabytes. */
const TIMEOUT_MS = 1_200_000
/** What an IDE would add, by the library that a block says in its first line. */
const COMMON_IMPORTS = ['java.util.*', 'com.fasterxml.jackson.core.*', 'com.fasterxml.jackson.databind.*']
const SPRING_IMPORTS = [
  'org.springframework.core.ParameterizedTypeReference',
  'org.springframework.http.*',
  'org.springframework.util.*',
]
const LIBRARIES: Readonly<Record<string, { readonly className: string; readonly imports: readonly string[] }>> = {
  restclient: {
    className: 'CallersRestClient',
    imports: [...SPRING_IMPORTS, 'org.springframework.web.client.RestClientResponseException'],
  },
  webclient: {
    className: 'CallersWebClient',
    imports: [
      ...SPRING_IMPORTS,
      'java.io.IOException',
      'java.time.Duration',
      'java.util.concurrent.atomic.AtomicReference',
      'java.util.function.Consumer',
      'org.springframework.http.codec.ServerSentEvent',
      'org.springframework.web.reactive.function.client.*',
      'reactor.core.publisher.Flux',
      'reactor.util.retry.Retry',
    ],
  },
  feign: {
    className: 'CallersFeign',
    imports: ['feign.FeignException', 'feign.Headers', 'feign.QueryMap', 'feign.RequestLine', 'feign.codec.Encoder'],
  },
}

/** The blocks for Java of docs/callers.md as a class for each library. */
async function writePage(): Promise<void> {
  const folder = join(PROJECT, 'target/page', PACKAGE)
  await mkdir(folder, { recursive: true })
  const blocks = await blocksOf('docs/callers.md', 'java')
  const libraryOf = (text: string): string => /^\/\/ (\w+)\n/.exec(text)?.[1] ?? ''
  for (const { text, place } of blocks) {
    if (!(libraryOf(text) in LIBRARIES)) throw new Error(`${place}: the first line is to name the library`)
  }
  for (const [library, { className, imports }] of Object.entries(LIBRARIES)) {
    const client = [`com.example.${library}.ApiClient`, `com.example.${library}.model.*`]
    const lines = [...COMMON_IMPORTS, ...imports, ...client].map((name) => `import ${name};`)
    const methods = blocks.filter(({ text }) => libraryOf(text) === library).map(({ text }) => text)
    const source = ['package com.example.clients;', ...lines, `class ${className} {`, ...methods, '}'].join('\n')
    await writeFile(join(folder, `${className}.java`), source)
  }
}

/** Models of two folders of this project, in one. */
function modelsFolder(): Record<string, string> {
  const paths = ['statistical/iris_species.ts', 'statistical/decision_tree_regressor.ts', 'test/models/held-open.ts']
  const files = paths.map((path) => [
    path.replace(/.*\//, ''),
    `export { default } from ${JSON.stringify(join(root, path))}\n`,
  ])
  return { 'package.json': '{ "type": "module" }', ...Object.fromEntries(files) }
}

const reason = missingMaven()
t.setTimeout(TIMEOUT_MS)
t.test('each generated client makes every usual call', { skip: reason ?? false }, async (t) => {
  await writePage()
  const database = await createTestDatabase(t)
  for (const model of ['iris_species', 'decision_tree_regressor', 'held_open']) await database.registerModel(model)
  const MODELS_DIR = t.testdir(modelsFolder())
  const worker = await startTestProcess(t, {
    DATABASE_URL: database.url,
    DATA_DIR: await dataFolder(t),
    MODELS_DIR,
  })
  const notReady = await startTestProcess(t, {
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing',
    DATA_DIR: await dataFolder(t),
  })
  const runs: Record<string, string> = {}
  for (const library of Object.keys(LIBRARIES)) {
    for (const kind of ['RUN', 'CSV_RUN']) {
      runs[`${library.toUpperCase()}_${kind}`] = String(await database.insertRun('iris_species'))
    }
  }
  const output = await runMaven(PROJECT, {
    WORKER_URL: worker.url,
    NOT_READY_URL: notReady.url,
    NEVER: gate(t),
    ...runs,
  })
  requireVerified(t, output)
})
