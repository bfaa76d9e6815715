// Faults of headers: told as such, of every route that looks at one, and beside those of the path, the query and the body.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'

interface Operation {
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly schema: { readonly maxLength?: number }
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> }
}

/** Rows alone, where the body is a list: of what is no list nothing else is told. */
const LISTS: ReadonlySet<string> = new Set(['/api/datasets', '/api/projects/{project}/outcomes'])

const database = await createTestDatabase(t)
await database.registerModel('majority')
const { request, post } = await startTestService(t, { DATABASE_URL: database.url })

const document = JSON.parse(await readFile(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8'))
const checked = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations).flatMap(([method, operation]) =>
    (operation.parameters ?? [])
      // An id of an event that is none is as no id.
      .filter((parameter) => parameter.in === 'header' && parameter.schema.maxLength !== undefined)
      .map(({ name }) => ({ method: method.toUpperCase(), path, name, operation })),
  ),
)
t.ok(checked.length > 20, 'the document names headers')

for (const { method, path, name, operation } of checked) {
  await t.test(`${method} ${path} tells a fault of ${name} as one of a header`, async (t) => {
    const url = path.replaceAll(/\{[^}]+\}/g, '1')
    const [mediaType] = Object.keys(operation.requestBody?.content ?? {})
    const body = mediaType === undefined ? undefined : LISTS.has(path) ? [{ a: 1 }] : {}
    const type: Record<string, string> = mediaType === undefined ? {} : { 'content-type': mediaType }
    const answer = await request(method, url, body, { ...type, [name]: 'x'.repeat(300) })
    t.equal(answer.status, 400, JSON.stringify(answer.body))
    const faults = answer.body.errors.filter((fault: { parameter?: string }) => fault.parameter === name)
    t.match(faults, [{ in: 'header', detail: /must NOT have more than|must match pattern/ }])
  })
}

t.test('a fault of a header stands beside those of the query and of the body', async (t) => {
  const key = { 'idempotency-key': 'two words' }
  const answer = await post('/api/runs?corelation_id=x', { model_name: 'majority', features: [7], labels: [] }, key)
  t.equal(answer.status, 400)
  const places = answer.body.errors.map((fault: { in: string }) => fault.in)
  t.same(places, ['query', 'header', 'features', 'labels'], JSON.stringify(answer.body.errors))
})

t.test('a fault of a header stands beside that of the path', async (t) => {
  const answer = await post('/api/projects/Iris!/versions', {}, { 'idempotency-key': 'two words' })
  t.match(answer, { status: 400, body: { errors: [{ in: 'path', parameter: 'project' }, { in: 'header' }] } })
  t.equal(answer.body.errors.length, 2)
})
