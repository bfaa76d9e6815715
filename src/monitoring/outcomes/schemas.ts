// What callers say of outcomes, and what they are told.
import { Type } from '@sinclair/typebox'
import { CsvParts, rowsBody } from '../../rows/row-docs.ts'
import { OUTCOME_KINDS, type OutcomeKind } from './outcome.ts'
import type { TakenOutcomes } from './outcomes.ts'
import { OUTCOMES_MAX } from './read-outcomes.ts'

export const OutcomesQuery = Type.Object(CsvParts, { additionalProperties: false })

export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^[\\u0021-\\u007e]+$',
      description: 'The same key with the same body is taken once, and answered alike, for 30 days',
    }),
  ),
})

const exampleRows = [
  { prediction_id: '019aef5c-5a80-7000-9a3c-51e6b0000000', outcome: 'virginica', time: '2026-11-02T09:00:00Z' },
]

const Outcome = Type.Object(
  {
    prediction_id: Type.Optional(
      Type.String({ format: 'uuid', description: 'As the prediction was answered with; or else a key' }),
    ),
    key: Type.Optional(
      Type.Unsafe<unknown>({
        not: { anyOf: [{ type: 'object' }, { type: 'array' }] },
        description:
          'What the row had in the key_column of the monitoring: it is of the newest prediction of the key made until then, else of the first one after',
      }),
    ),
    outcome: Type.Unsafe<unknown>({
      not: { anyOf: [{ type: 'object' }, { type: 'array' }, { type: 'null' }] },
      description: 'What was true: a class of the version, or a number',
    }),
    time: Type.Optional(
      Type.String({
        description: 'When it was so: of several outcomes of a prediction the latest counts. Default: now',
      }),
    ),
  },
  { additionalProperties: false, title: 'Outcome' },
)

export const outcomesBody = rowsBody(
  {
    schema: Type.Array(Outcome, { minItems: 1, maxItems: OUTCOMES_MAX }),
    examples: { iris: { summary: 'One outcome', value: exampleRows } },
  },
  exampleRows,
  'One outcome',
)

const Count = (description: string) => Type.Integer({ minimum: 0, format: 'int64', description })
const WORDS: Readonly<Record<OutcomeKind, string>> = {
  added: 'The first of their predictions',
  corrected: 'They count now, instead of earlier ones, which are kept',
  unchanged: 'They were there already',
  older: 'A newer one counts on; they are kept beside it',
  not_sampled: 'Their predictions are not in the log and will not be; they are not kept',
  expired: 'They, or their predictions, are older than the log is kept; they are not kept',
}

export const OutcomesAnswer = Type.Object(
  {
    received: Count('Rows'),
    ...(Object.fromEntries(OUTCOME_KINDS.map((kind) => [kind, Count(WORDS[kind])])) as Record<
      OutcomeKind,
      ReturnType<typeof Count>
    >),
    waiting: Count(
      'Predictions that are not in the log yet, and rows by key whose prediction is not known yet: what is kept of them counts when they come, within 7 days',
    ),
    set_aside: Type.Array(
      Type.Object(
        {
          row: Count('Of the request, from 0'),
          prediction_id: Type.Optional(Type.String({ format: 'uuid', description: 'Absent of a row by key' })),
          kind: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': ['not_sampled', 'expired'] }),
        },
        { title: 'OutcomeSetAside' },
      ),
      { description: 'Rows that are not kept, 100 at the most' },
    ),
  },
  { title: 'TakenOutcomes' },
)

export function outcomesAnswerOf({ received, counts, waiting, setAside }: TakenOutcomes) {
  return {
    received,
    ...counts,
    waiting,
    set_aside: setAside.map(({ row, predictionId, kind }) => {
      return { row, ...(predictionId === undefined ? {} : { prediction_id: predictionId }), kind }
    }),
  }
}
