// Holds answers to docs/openapi.json: status, media type, body, and the codes of problems.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { ErrorCode } from '../../src/errors.ts'
import { errorsOf } from '../../src/http/route-errors.ts'

export interface AnswerToCheck {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly status: number
  readonly headers: { get(name: string): string | null }
  /** Undefined when it is not to be looked into. */
  readonly text: string | undefined
}

interface MediaDocs {
  readonly schema?: object
  /** By the name of the event. */
  readonly 'x-events'?: Readonly<Record<string, object>>
  readonly 'x-lines'?: object
  readonly examples?: Readonly<Record<string, unknown>>
}

interface ResponseDocs {
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: Readonly<Record<string, MediaDocs>>
}

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

type Operation = { readonly responses: Readonly<Record<string, ResponseDocs>> }

const PROBLEM = 'application/problem+json'
/** Larger bodies are held to their status and media type only. */
const CHECKED_LENGTH_MAX = 2 ** 22

/** Everything in which the answer differs from the document, one line each. */
type AnswerChecker = (answer: AnswerToCheck) => string[]

function answerChecker(document: object): AnswerChecker {
  const { paths, components } = document as OpenApiDocument
  const routes = Object.entries(paths).map(([template, operations]) => ({
    template,
    operations,
    pattern: new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`),
  }))
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true })
  formats.default(ajv)
  const validators = new Map<object, ValidateFunction>()
  // Of the document only what a schema refers to is prepared: a test looks at a few of its answers.
  const addNamed = (schema: object): void => {
    for (const [, name] of JSON.stringify(schema).matchAll(/"\$ref":"named:(\w+)"/g)) {
      const id = `named:${name}`
      if (ajv.schemas[id] !== undefined) continue
      const named = closed(components.schemas[name as string]) as object
      ajv.addSchema(named, id, undefined, false)
      addNamed(named)
    }
  }
  const validatorOf = (schema: object): ValidateFunction => {
    let found = validators.get(schema)
    if (found === undefined) {
      const whole = closed(schema) as object
      addNamed(whole)
      found = ajv.compile(whole)
      validators.set(schema, found)
    }
    return found
  }
  const faultsOf = (validate: ValidateFunction, text: string): string[] => {
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch (error) {
      return [`the body is not JSON: ${(error as Error).message}`]
    }
    if (validate(body)) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `the body ${instancePath} ${message} ${JSON.stringify(params)}`,
    )
  }
  const codeFaults = (text: string | undefined, codes: readonly string[]): string[] => {
    if (text === undefined) return []
    const { code } = JSON.parse(text)
    return codes.includes(code) ? [] : [`the code ${code} is not one of ${codes.join(', ')}`]
  }

  return ({ method, path, status, headers, text }) => {
    // The root of the protocol answers with a slash at its end too.
    const pathname = (path.split('?')[0] as string).replace(/^\/v2\/$/, '/v2')
    // What serves the document is not in it.
    if (pathname === '/openapi.json' || /^\/docs(\/|$)/.test(pathname)) return []
    const mediaType = headers.get('content-type')?.split(';')[0] ?? ''
    const looked = text !== undefined && text.length <= CHECKED_LENGTH_MAX ? text : undefined
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase()
    const matching = routes.filter(({ pattern, operations }) => pattern.test(pathname) && verb in operations)
    // A path without parameters is found before one with them.
    const route = matching.sort((a, b) => Number(a.template.includes('{')) - Number(b.template.includes('{')))[0]
    if (route === undefined) {
      const codes: ErrorCode[] = [...errorsOf({ method, schema: { params: {} } }).values()].flat()
      if (mediaType !== PROBLEM) return [`the media type ${mediaType} of a path without a route is no problem`]
      if (looked === undefined) return []
      return [...faultsOf(validatorOf(components.schemas['Problem'] as object), looked), ...codeFaults(looked, codes)]
    }
    const { responses } = route.operations[verb] as Operation
    const response = responses[status]
    if (response === undefined) return [`the status is not one of ${Object.keys(responses).join(', ')}`]
    const faults: string[] = []
    if (response.headers?.['Retry-After'] !== undefined && !/^\d+$/.test(headers.get('retry-after') ?? '')) {
      faults.push(`Retry-After is ${headers.get('retry-after')}`)
    }
    const { content } = response
    if (content === undefined) return faults
    const media = content[mediaType]
    if (media === undefined)
      return [...faults, `the media type ${mediaType} is not one of ${Object.keys(content).join(', ')}`]
    if (looked === undefined || method === 'HEAD') return faults
    if (media['x-events'] !== undefined) {
      for (const [, event, data] of looked.matchAll(/^event: (.+)\ndata: (.+)$/gm)) {
        const schema = media['x-events'][event as string]
        if (schema === undefined) faults.push(`x-events has no ${event}`)
        else faults.push(...faultsOf(validatorOf(schema), data as string))
      }
      return faults
    }
    const ofLine = media['x-lines']
    if (ofLine !== undefined) {
      const lines = looked.split('\n').filter(Boolean)
      return [...faults, ...lines.flatMap((line) => faultsOf(validatorOf(ofLine), line))]
    }
    if (!isJson(mediaType)) return faults
    faults.push(...faultsOf(validatorOf(media.schema as object), looked))
    if (mediaType === PROBLEM && faults.length === 0)
      faults.push(...codeFaults(looked, Object.keys(media.examples ?? {})))
    return faults
  }
}

/**
 * A schema of the document with every object held to the properties that it names, so that a member without a word is noticed,
 * and every value to the list of today, where that may become longer. What it refers to is named:NAME.
 */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed)
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]))
  if (typeof copy['$ref'] === 'string') copy['$ref'] = copy['$ref'].replace('#/components/schemas/', 'named:')
  if ('x-extensible-enum' in copy) copy['enum'] = copy['x-extensible-enum']
  const isObject = copy['type'] === 'object' && typeof copy['properties'] === 'object'
  return isObject && !('additionalProperties' in copy) ? { ...copy, additionalProperties: false } : copy
}

const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8'))
/** Of the document, as templates. */
export const DOCUMENTED_PATHS: readonly string[] = Object.keys(document.paths)

/** Every difference between the answer and docs/openapi.json, one line each. */
export const differencesOf = answerChecker(document)

function isJson(contentType: string): boolean {
  return /^application\/(problem\+)?json\b/.test(contentType)
}

/** Throws with every difference between the answer and docs/openapi.json. */
export function requireDocumented(answer: AnswerToCheck): void {
  const differences = differencesOf(answer)
  if (differences.length === 0) return
  const { method, path, status, text } = answer
  const shown = text === undefined ? '' : `\n${text.slice(0, 1000)}`
  throw new Error(`docs/openapi.json does not have ${method} ${path} ${status}: ${differences.join('; ')}${shown}`)
}

/** Fetches, and throws as requireDocumented does. The body can still be read. */
export async function fetchDocumented(url: string, path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url + path, init)
  const { status, headers } = response
  const text = isJson(headers.get('content-type') ?? '') ? await response.clone().text() : undefined
  requireDocumented({ method: init.method ?? 'GET', path, status, headers, text })
  return response
}
