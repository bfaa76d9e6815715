// Compiles the schema of a route when a request first needs it: compiling all of them at the start took a sixth
// of its processor time.
import validatorSelector from '@fastify/ajv-compiler'
import serializerSelector from '@fastify/fast-json-stringify-compiler'
import type { FastifyServerOptions } from 'fastify'

type CompilersFactory = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>
type ValidatorBuilder = (schemas: unknown, options: unknown) => (part: unknown) => Validator
type SerializerBuilder = (schemas: unknown, options: unknown) => (part: unknown) => (data: unknown) => string

interface Validator {
  (data: unknown): unknown
  errors?: unknown
}

// Both come without types for what is only passed on here.
const buildValidator = validatorSelector() as unknown as ValidatorBuilder
const buildSerializer = serializerSelector() as unknown as SerializerBuilder

const lazyValidators: ValidatorBuilder = (schemas, options) => {
  const compile = once(() => buildValidator(schemas, options))
  return (part) => {
    const compiled = once(() => compile()(part))
    // Fastify reads the faults of the last call from the function that it called.
    const validate: Validator = (data) => {
      const validator = compiled()
      const answer = validator(data)
      validate.errors = validator.errors
      return answer
    }
    return validate
  }
}

const lazySerializers: SerializerBuilder = (schemas, options) => {
  const compile = once(() => buildSerializer(schemas, options))
  return (part) => {
    const compiled = once(() => compile()(part))
    return (data) => compiled()(data)
  }
}

/**
 * Fastify's own compilers, put off to the first call. A schema that cannot be compiled is found by that call: the tests
 * send one to every route.
 */
export const lazySchemas = {
  buildValidator: lazyValidators,
  buildSerializer: lazySerializers,
} as unknown as CompilersFactory

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
