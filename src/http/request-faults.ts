// What schema validation found wrong with a path, a query or headers, as faults like all others.
import type { FastifyRequest } from 'fastify'
import { FaultList } from '../model/faults.ts'
import { TIME_EXPECTED } from './query-times.ts'

interface SchemaFault {
  readonly instancePath: string
  readonly keyword: string
  readonly message?: string
  readonly params: Record<string, unknown>
}

/** The parts of a request that have schemas, in the order in which Fastify looks at them. */
const PARTS = [
  { context: 'params', part: 'params', place: 'path' },
  { context: 'querystring', part: 'query', place: 'query' },
  { context: 'headers', part: 'headers', place: 'header' },
] as const

/** What Fastify says of a request that its schemas do not take. */
interface ValidationFault {
  readonly validation?: readonly unknown[]
  readonly validationContext?: string | undefined
}

/**
 * Every fault of a request that `error`, by default of Fastify's attachValidation, says is not valid; none where it is
 * undefined. Fastify ends at the first part with faults: the parts after it are looked at here.
 */
export function requestFaults(
  request: FastifyRequest,
  error: ValidationFault | undefined = request.validationError,
): FaultList {
  const faults = new FaultList()
  if (error === undefined) return faults
  const found = PARTS.findIndex(({ context }) => context === error.validationContext)
  for (const [i, { context, part, place }] of PARTS.entries()) {
    if (i < found) continue
    const all = i === found ? error.validation : faultsOf(request, context, part)
    for (const fault of (all ?? []) as readonly SchemaFault[]) {
      const { instancePath, keyword, message, params } = fault
      const named = params['missingProperty'] ?? params['additionalProperty']
      const parameter = typeof named === 'string' ? named : instancePath.slice(1)
      faults.add({ in: place, parameter, detail: wordsOf(keyword, params) ?? message ?? keyword })
    }
  }
  return faults
}

function faultsOf(
  request: FastifyRequest,
  context: 'params' | 'querystring' | 'headers',
  part: 'params' | 'query' | 'headers',
): readonly unknown[] {
  const validate = request.getValidationFunction(context)
  if (validate === undefined || validate(request[part])) return []
  return validate.errors ?? []
}

/** Undefined where the validator's own words will do. */
function wordsOf(keyword: string, params: Record<string, unknown>): string | undefined {
  switch (keyword) {
    case 'required':
      return 'missing'
    case 'additionalProperties':
      return 'unknown parameter'
    case 'enum':
      return `expected one of ${(params['allowedValues'] as readonly unknown[]).join(', ')}`
    case 'format':
      return params['format'] === 'date-time' ? TIME_EXPECTED : undefined
    default:
      return undefined
  }
}
