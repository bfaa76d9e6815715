// The ids that runs can have: those of any integer type of the database that JavaScript and JSON hold exactly.
import { Type } from '@sinclair/typebox'

export const RUN_ID_MAX = Number.MAX_SAFE_INTEGER

export const RunId = Type.Integer({
  minimum: 1,
  maximum: RUN_ID_MAX,
  format: 'int64',
  description: 'id of a row of model_runs',
  examples: [1],
})

/** The run in the path of a route. */
export const RunPath = Type.Object({ model_run_id: RunId })

/** The same in an answer. */
export const AnsweredRunId = Type.Integer({ format: 'int64' })

/** The id in such a text; undefined when it is none. */
export function parseRunId(text: string): number | undefined {
  const runId = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY
  return runId <= RUN_ID_MAX ? runId : undefined
}
