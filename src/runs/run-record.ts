// What is kept of a run that has ended here, since the three tables have no place for it.
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { RunWarnings } from '../model/run-warning.ts'

const Milliseconds = Type.Number({ minimum: 0 })
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** Times are in milliseconds since 1970, null where this worker does not know them. */
export const RunRecord = Type.Object({
  runId: Type.Integer({ minimum: 0 }),
  /** Null of a damaged spool file. */
  modelName: orNull(Type.String()),
  status: Type.Union([Type.Literal('SUCCESS'), Type.Literal('FAILED')]),
  acceptedAt: orNull(Milliseconds),
  startedAt: orNull(Milliseconds),
  endedAt: Milliseconds,
  /** Of the whole training, artifact and all. */
  secondsTrained: orNull(Type.Number({ minimum: 0 })),
  /** All of them, with their defaults; null where they are not known, or too many to keep. */
  parameters: orNull(Type.Record(Type.String(), Type.Unknown())),
  /** Null where they are not known; absent in what an earlier version wrote. */
  warnings: Type.Optional(orNull(RunWarnings)),
  splitSeed: Type.Optional(orNull(Type.Integer({ minimum: 0 }))),
  correlationId: Type.Optional(Type.String()),
  /** With which the run was made, and the digest of the request. */
  made: Type.Optional(Type.Object({ idempotencyKey: Type.String(), digest: Type.String() })),
  error: orNull(Type.Object({ code: Type.String(), message: Type.String() })),
})
export type RunRecord = Static<typeof RunRecord>

/** The value, where it is a record. */
export function asRecord(value: unknown): RunRecord | undefined {
  return Value.Check(RunRecord, value) ? value : undefined
}

/** The record in a text, or undefined when there is none. */
export function parseRecord(text: string): RunRecord | undefined {
  try {
    return asRecord(JSON.parse(text))
  } catch {
    return undefined
  }
}

/**
 * The record without what mentions a value: parameters go as a whole, warnings one by one, and of an error its words.
 * Undefined where nothing does.
 */
export function withoutMentions(record: RunRecord, isMentioned: (text: string) => boolean): RunRecord | undefined {
  const has = (value: unknown): boolean => value != null && isMentioned(JSON.stringify(value))
  const { parameters, warnings, correlationId, made, error, ...others } = record
  if (![parameters, warnings, correlationId, made?.idempotencyKey, error?.message].some(has)) return undefined
  return {
    ...others,
    parameters: has(parameters) ? null : parameters,
    ...(warnings === undefined ? {} : { warnings: warnings?.filter((warning) => !has(warning)) ?? null }),
    ...(correlationId === undefined || has(correlationId) ? {} : { correlationId }),
    ...(made === undefined || has(made.idempotencyKey) ? {} : { made }),
    error: has(error?.message) ? { code: error?.code ?? '', message: 'erased' } : error,
  }
}
