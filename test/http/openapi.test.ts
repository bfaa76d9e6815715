// The OpenAPI document and its page: complete, current, and true to what is answered when its examples are sent.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ERROR_CATALOGUE } from '../../src/errors.ts'
import { createTestDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'

const root = join(import.meta.dirname, '../..')
const database = await createTestDatabase(t)
await database.registerModel('iris_species')
const { get, post } = await startTestService(t, {
  DATABASE_URL: database.url,
  MODELS_DIR: join(root, 'statistical'),
})
const { body: document } = await get('/openapi.json')

t.test('docs/openapi.json is what the worker serves', async (t) => {
  const committed = JSON.parse(await readFile(join(root, 'docs/openapi.json'), 'utf8'))
  t.same(committed, document, 'npm run openapi writes it anew')
})

t.test('every code of the catalogue is one of an operation, under its status', async (t) => {
  // No operation needs the worker's own schema yet.
  const found = new Set<string>(['NOT_SET_UP'])
  for (const [path, methods] of Object.entries<Record<string, Operation>>(document.paths)) {
    for (const [method, { responses }] of Object.entries(methods)) {
      for (const [status, { content = {} }] of Object.entries(responses)) {
        for (const code of Object.keys(content['application/problem+json']?.examples ?? {})) {
          found.add(code)
          const { status: expected } = ERROR_CATALOGUE[code as keyof typeof ERROR_CATALOGUE]
          t.equal(Number(status), expected, `${method} ${path} ${code}`)
        }
      }
    }
  }
  t.same([...found].sort(), Object.keys(ERROR_CATALOGUE).sort())
})

interface Operation {
  readonly requestBody?: {
    readonly content: Record<string, { readonly examples?: Record<string, { value: unknown }> }>
  }
  readonly responses: Record<string, { content?: Record<string, { examples?: Record<string, unknown> }> }>
}

/** Sends every example of the body of an operation, and gives the answers. */
async function sendExamples(path: string, query: (mediaType: string) => string, url = path) {
  const { requestBody } = document.paths[path].post as Operation
  const answers = []
  for (const [mediaType, { examples = {} }] of Object.entries(requestBody?.content ?? {})) {
    for (const { value } of Object.values(examples)) {
      answers.push(await post(url + query(mediaType), value, { 'content-type': mediaType }))
    }
  }
  return answers
}

t.test('the examples of the document work as they stand', async (t) => {
  const isJson = (mediaType: string): boolean => mediaType === 'application/json'
  const created = await sendExamples('/api/runs', (type) => (isJson(type) ? '' : '?model_name=iris_species'))
  t.same(
    created.map(({ status }) => status),
    [201, 201, 201],
  )
  const [{ body } = { body: undefined }] = created
  t.equal(await database.ended(body.model_run_id), 'SUCCESS')
  const predicted = await sendExamples('/api/predict', () => `?model_run_id=${body.model_run_id}&probabilities=true`)
  t.same(
    predicted.map((answer) => [answer.status, answer.body.predictions]),
    Array(3).fill([200, [{ species: 'virginica' }]]),
  )
  const inferred = await sendExamples('/v2/models/{model_name}/infer', () => '', '/v2/models/iris_species/infer')
  t.match(inferred, [{ status: 200, body: { outputs: [{ name: 'species', data: ['virginica'] }] } }])
  const runs = await Promise.all([1, 2, 3].map(() => database.insertRun('iris_species')))
  const ids = [...runs]
  const trained = await sendExamples('/api/train', () => `?model_name=iris_species&model_run_id=${ids.shift()}`)
  t.same(
    trained.map(({ status }) => status),
    [200, 200, 200],
  )
  for (const run of runs) t.equal(await database.ended(run), 'SUCCESS')
})

t.test('the page shows the document without asking anybody else', async (t) => {
  const page = await get('/docs')
  t.equal(page.status, 200)
  t.match(page.headers.get('content-security-policy'), /^default-src 'self';/)
  const paths = [...(page.body as string).matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path as string)
  t.ok(paths.length >= 5)
  for (const path of paths) t.equal((await get(path)).status, 200, path)
  t.same((await get('/docs/json')).body, document)
})

t.test('what the page does not have is a problem like any other', async (t) => {
  t.match(await get('/docs/static/nothing.js'), { status: 404, body: { code: 'ROUTE_UNKNOWN' } })
})

t.test('requests for the page are counted under its route', async (t) => {
  const { body } = await get('/metrics')
  t.match(
    body,
    /http_server_request_duration_seconds_count\{[^}]*http_route="\/docs\/\*",http_response_status_code="200"\} \d/,
  )
})
