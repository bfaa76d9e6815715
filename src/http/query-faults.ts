// What schema validation found wrong with a path or a query, as faults like all others.
import { FaultList } from '../model/faults.ts'
import { TIME_EXPECTED } from './query-times.ts'

interface SchemaFault {
  readonly instancePath: string
  readonly keyword: string
  readonly message?: string
  readonly params: Record<string, unknown>
}

/** Every fault of a request's validation error (Fastify's attachValidation); none where it is undefined. */
export function queryFaults(
  error: { readonly validation?: readonly unknown[]; readonly validationContext?: string | undefined } | undefined,
): FaultList {
  const place = error?.validationContext === 'params' ? 'path' : 'query'
  const faults = new FaultList()
  for (const { instancePath, keyword, message, params } of (error?.validation ?? []) as readonly SchemaFault[]) {
    const named = params['missingProperty'] ?? params['additionalProperty']
    const parameter = typeof named === 'string' ? named : instancePath.slice(1)
    faults.add({ in: place, parameter, detail: wordsOf(keyword, params) ?? message ?? keyword })
  }
  return faults
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
