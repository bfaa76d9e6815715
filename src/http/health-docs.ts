// What the OpenAPI document says of health, and what serializes it.
import { Type } from '@sinclair/typebox'

/** One thing that must work, as it was found. */
export const HealthCheck = Type.Object(
  { ok: Type.Boolean(), detail: Type.String({ description: 'What was found, or why it does not work' }) },
  { title: 'HealthCheck' },
)

export const Health = Type.Object(
  {
    status: Type.Literal('ok'),
    checks: Type.Record(Type.String(), HealthCheck, { description: 'By name' }),
  },
  { title: 'Health', description: 'It can work, with each thing that must' },
)

export const Live = Type.Object({ status: Type.Literal('ok') }, { title: 'Live', description: 'It answers' })
