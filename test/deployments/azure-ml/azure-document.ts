// Holds requests and answers to mfe-2025-09-01.json: the definitions and operations that the worker uses, out of
// specification/machinelearningservices/…/stable/2025-09-01/mfe.json and common-types/resource-management/v3 of
// github.com/Azure/azure-rest-api-specs (commit 375c7d6b). Descriptions are left out, and so are properties with definitions of
// their own that the worker never writes. Copyright of Microsoft, under the MIT licence, whose words are in NOTICE.md.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly allOf?: readonly Schema[]
  readonly items?: Schema
  readonly additionalProperties?: boolean | Schema
  readonly discriminator?: string
  readonly readOnly?: boolean
  readonly 'x-nullable'?: boolean
  readonly 'x-ms-mutability'?: readonly string[]
  readonly 'x-ms-discriminator-value'?: string
}

interface Operation {
  readonly operationId: string
  readonly body?: Schema
  readonly patterns?: Readonly<Record<string, string>>
  readonly responses: Readonly<
    Record<string, { readonly schema?: Schema; readonly headers?: Readonly<Record<string, Schema>> }>
  >
}

interface AzureDocument {
  readonly info: { readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly definitions: Readonly<Record<string, Schema>>
}

/** A request without what only Azure writes, or an answer without what only callers write. */
type Side = 'request' | 'answer'

const document = JSON.parse(readFileSync(join(import.meta.dirname, 'mfe-2025-09-01.json'), 'utf8')) as AzureDocument

export const DOCUMENT_VERSION = document.info.version

export interface Found {
  readonly operation: Operation
  /** Of the template of the path. */
  readonly parameters: Readonly<Record<string, string>>
}

const routes = Object.entries(document.paths).map(([template, operations]) => ({
  operations,
  pattern: new RegExp(`^${template.replace(/[.]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
}))

/** Undefined where the document has no such operation. */
export function operationOf(method: string, path: string): Found | undefined {
  for (const { operations, pattern } of routes) {
    const match = pattern.exec(path)
    const operation = operations[method.toLowerCase()]
    if (match !== null && operation !== undefined) return { operation, parameters: { ...match.groups } }
  }
  return undefined
}

/** One line for each thing in which a request differs from the document. */
export function faultsOfRequest({ operation, parameters }: Found, body: unknown): string[] {
  const names = Object.entries(operation.patterns ?? {}).filter(
    ([name, pattern]) => !new RegExp(pattern).test(decodeURIComponent(parameters[name] ?? '')),
  )
  const faults = names.map(([name]) => `${operation.operationId}: ${name} is ${parameters[name]}`)
  if (operation.body === undefined) {
    return body === undefined ? faults : [...faults, `${operation.operationId}: takes no body`]
  }
  return [...faults, ...faultsOf('request', operation.body, body, operation.operationId)]
}

/** One line for each thing in which an answer differs from the document. */
export function faultsOfAnswer(
  { operation }: Found,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): string[] {
  const told = operation.responses[String(status)] ?? (status >= 400 ? operation.responses['default'] : undefined)
  const where = `${operation.operationId} ${status}`
  if (told === undefined) return [`${where}: no such answer`]
  const faults = Object.entries(headers).flatMap(([name, value]) => {
    const schema = Object.entries(told.headers ?? {}).find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1]
    if (schema === undefined) return status >= 400 ? [] : [`${where}: no header ${name}`]
    return faultsOf('answer', schema, schema.type === 'integer' ? Number(value) : value, `${where} ${name}`)
  })
  if (told.schema === undefined) return body === undefined ? faults : [...faults, `${where}: has no body`]
  return [...faults, ...faultsOf('answer', told.schema, body, where)]
}

/** As faultsOfAnswer, of a definition alone. */
export function faultsOfDefinition(name: string, body: unknown): string[] {
  return faultsOf('answer', { $ref: `#/definitions/${name}` }, body, name)
}

/** Properties of a resource that a later PUT may not change. */
export function fixedProperties(definition: string): string[] {
  return Object.entries(merged(definition).properties ?? {})
    .filter(([, { readOnly, 'x-ms-mutability': mutability }]) => !readOnly && mutability?.includes('update') === false)
    .map(([name]) => name)
}

const ajv = new Ajv({ strict: false, allErrors: true })
formats.default(ajv)
for (const side of ['request', 'answer'] as const) {
  const definitions = Object.keys(document.definitions).map((name) => [name, schemaOf(merged(name), side)])
  ajv.addSchema({ definitions: Object.fromEntries(definitions) }, side)
}
const validators = new Map<string, ValidateFunction>()

function faultsOf(side: Side, schema: Schema, value: unknown, where: string): string[] {
  const key = `${side} ${JSON.stringify(schema)}`
  const validate = validators.get(key) ?? ajv.compile(schemaOf(schema, side) as object)
  validators.set(key, validate)
  if (validate(value)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${where}${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

/** A definition with what it inherits. One with a discriminator is the one kind of it that the document has here. */
function merged(name: string): Schema {
  const own = document.definitions[name]
  if (own === undefined) throw new Error(`no definition ${name}`)
  if (own.properties === undefined && own.allOf === undefined) return own
  const kinds = own.discriminator === undefined ? [] : kindsOf(name)
  const all = [...lineOf(own), ...kinds]
  const isOpen = (own.additionalProperties ?? kinds[0]?.additionalProperties) === undefined
  return {
    type: 'object',
    properties: Object.assign({}, ...all.map(({ properties = {} }) => properties)) as Record<string, Schema>,
    required: [...new Set(all.flatMap(({ required = [] }) => required))],
    ...(isOpen ? {} : { additionalProperties: false }),
  }
}

/** What a definition inherits, from the oldest on, and the definition. */
function lineOf(own: Schema): Schema[] {
  return [...(own.allOf ?? []).flatMap((parent) => lineOf(document.definitions[nameOf(parent)] as Schema)), own]
}

function kindsOf(name: string): Schema[] {
  const kinds = Object.values(document.definitions).filter((each) =>
    each.allOf?.some((parent) => nameOf(parent) === name),
  )
  const { discriminator } = document.definitions[name] as Schema
  return kinds.map(({ 'x-ms-discriminator-value': value, additionalProperties }) => ({
    properties: { [discriminator as string]: { enum: [value] } as Schema },
    ...(additionalProperties === undefined ? {} : { additionalProperties }),
  }))
}

function nameOf({ $ref }: Schema): string {
  return ($ref as string).slice('#/definitions/'.length)
}

/** The schema for ajv: nullable as it says, without properties of the other side. */
function schemaOf(schema: Schema, side: Side): object {
  const { $ref, properties, items, additionalProperties, 'x-nullable': isNullable, ...rest } = schema
  const plain =
    $ref === undefined
      ? {
          ...rest,
          ...(properties === undefined ? {} : { properties: propertiesOf(properties, side) }),
          ...(items === undefined ? {} : { items: schemaOf(items, side) }),
          ...additionalOf(schema, side),
        }
      : { $ref: `${side}#/definitions/${nameOf(schema)}` }
  return isNullable === true ? { anyOf: [plain, { type: 'null' }] } : plain
}

function propertiesOf(properties: Readonly<Record<string, Schema>>, side: Side): object {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      if (side === 'request' && schema.readOnly === true) return [name, false]
      if (side === 'answer' && schema['x-ms-mutability']?.includes('read') === false) return [name, { type: 'null' }]
      return [name, schemaOf(schema, side)]
    }),
  )
}

/** What a caller sends is held to the known properties, also where the document leaves a definition open. */
function additionalOf({ type, properties, additionalProperties }: Schema, side: Side): object {
  if (typeof additionalProperties === 'object') return { additionalProperties: schemaOf(additionalProperties, side) }
  if (type !== 'object' || properties === undefined) return {}
  return { additionalProperties: additionalProperties === undefined && side === 'answer' }
}
