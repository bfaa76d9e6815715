// Shapes in the OpenAPI document that generators of clients for Java make working classes of.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'

const text = await readFile(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8')
type Schema = Readonly<Record<string, unknown>>

/** Values that are data, whatever their members are called. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'const', 'value'])

/** Every object of the document that may be a schema, with its place. */
function* objectsIn(node: unknown, place = '#'): Generator<readonly [string, Schema]> {
  if (Array.isArray(node)) {
    for (const [i, child] of node.entries()) yield* objectsIn(child, `${place}/${i}`)
  } else if (typeof node === 'object' && node !== null) {
    yield [place, node as Schema]
    for (const [key, child] of Object.entries(node)) {
      if (!DATA.has(key)) yield* objectsIn(child, `${place}/${key}`)
    }
  }
}

/** Whether null, and nothing else, is meant. */
const isNull = (schema: Schema): boolean => schema['type'] === 'null'

/** Places with a list of types of which more than one is not null, or with a choice in which there is a primitive. */
function unionsIn(document: unknown): string[] {
  return [...objectsIn(document)].flatMap(([place, schema]) => {
    const { type } = schema
    if (Array.isArray(type) && type.filter((name) => name !== 'null').length > 1) return [`${place}: ${type.join()}`]
    for (const choice of ['anyOf', 'oneOf']) {
      const options = ((schema[choice] as Schema[] | undefined) ?? []).filter((option) => !isNull(option))
      const isPrimitive = ({ type }: Schema): boolean => ['string', 'number', 'integer', 'boolean'].includes(`${type}`)
      if (options.length > 1 && options.some(isPrimitive)) return [`${place}: ${choice}`]
    }
    return []
  })
}

/** Names of the schemas that a part of the document refers to, and of those that these refer to. */
function schemasOf(part: unknown, schemas: Readonly<Record<string, unknown>>, known = new Set<string>()): Set<string> {
  for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    if (known.has(name as string)) continue
    known.add(name as string)
    schemasOf(schemas[name as string], schemas, known)
  }
  return known
}

t.test('there is no union of primitives: generators make a class of it that reads no value', (t) => {
  t.same(unionsIn(JSON.parse(text)), [])
  const found = unionsIn({
    a: { type: ['string', 'number', 'null'] },
    b: { anyOf: [{ type: 'string' }, { type: 'array' }] },
    c: [{ oneOf: [{ type: 'integer' }, { type: 'boolean' }] }],
    fine: [{ type: ['string', 'null'] }, { anyOf: [{ type: 'string' }, { type: 'null' }] }],
  })
  t.same(found, ['#/a: string,number,null', '#/b: anyOf', '#/c/0: oneOf'])
  t.end()
})

t.test('every id of a run is an int64, for the application may have made its column bigint', (t) => {
  const places = [...objectsIn(JSON.parse(text))].flatMap(([place, schema]) => {
    const isParameter = 'in' in schema && ['model_run_id', 'before'].includes(schema['name'] as string)
    const isProperty = /\/properties\/(model_run_id|id|next)$/.test(place) && schema['type'] !== 'string'
    // Ids of predictions are UUIDs.
    if (place.includes('/predictions/') || (!isParameter && !isProperty)) return []
    const { type, format } = (isParameter ? schema['schema'] : schema) as Schema
    t.ok([type].flat().includes('integer'), place)
    t.equal(format, 'int64', place)
    return [place]
  })
  t.ok(places.length >= 15, `${places.length} places`)
  t.end()
})

t.test('every number is a double: Double in Java, no BigDecimal', (t) => {
  const numbers = [...objectsIn(JSON.parse(text))].filter(([, { type }]) => [type].flat().includes('number'))
  for (const [place, { format }] of numbers) t.equal(format, 'double', place)
  t.ok(numbers.length >= 10)
  t.end()
})

t.test('integers that go beyond an int32 are int64', (t) => {
  for (const [place, schema] of objectsIn(JSON.parse(text))) {
    if (!/\/properties\/(split_seed|seed)$/.test(place) || ![schema['type']].flat().includes('integer')) continue
    t.equal(schema['format'], 'int64', place)
  }
  t.end()
})

t.test('an answer has no closed list of words: generated clients fail on a word that they do not know', (t) => {
  // What never gets another word: by the contract, or by the Open Inference Protocol.
  const settled = /^(ok|accepted|cancelled|success|BOOL)$/
  const { paths, components } = JSON.parse(text)
  const requests = new Set<string>()
  const answers = Object.entries<Record<string, { responses: object; requestBody?: object }>>(paths).flatMap(
    ([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses, requestBody = {} }]) => {
        for (const name of schemasOf(requestBody, components.schemas)) requests.add(name)
        return [
          [`${method} ${path}`, responses] as const,
          ...[...schemasOf(responses, components.schemas)].map((name) => [name, components.schemas[name]] as const),
        ]
      }),
  )
  const closed = answers.flatMap(([place, schema]) =>
    [...objectsIn(schema, place)]
      .map(([at, { enum: list, const: only }]) => [at, (list as unknown[] | undefined)?.[0] ?? only] as const)
      .filter(([, first]) => typeof first === 'string' && !settled.test(first))
      .map(([at]) => at),
  )
  t.same([...new Set(closed)], [])
  t.ok(requests.has('CreateToken'))
  for (const name of requests) {
    for (const [place, { required = [], properties = {} }] of objectsIn(components.schemas[name], name)) {
      const needless = (required as string[]).filter(
        (member) => 'default' in ((properties as Schema)[member] as Schema),
      )
      t.same(needless, [], `${place}: what has a default may be absent`)
    }
  }
  t.end()
})

t.test('every schema is referred to, and every reference is of one', (t) => {
  const document = JSON.parse(text)
  const references = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name as string))
  t.same([...references].sort(), Object.keys(document.components.schemas).sort())
  t.end()
})

t.test('the events of a run, and the lines of its log, have schemas of which generators make classes', (t) => {
  const { paths } = JSON.parse(text)
  const mediaOf = (path: string, type: string) => paths[path].get.responses['200'].content[type]
  t.same(mediaOf('/api/runs/{model_run_id}/events', 'text/event-stream')['x-events'], {
    progress: { $ref: '#/components/schemas/RunProgressEvent' },
    log: { $ref: '#/components/schemas/RunLogLine' },
    end: { $ref: '#/components/schemas/Run' },
  })
  t.same(mediaOf('/api/runs/{model_run_id}/logs', 'application/x-ndjson')['x-lines'], {
    $ref: '#/components/schemas/RunLogLine',
  })
  t.end()
})
