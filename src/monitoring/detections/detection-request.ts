// What a caller says of a detection beside its rows.
import { type Static, Type } from '@sinclair/typebox'

/** The two samples of a detection, as requests name them. */
export const SAMPLES = ['baselineData', 'currentData'] as const
export type SampleName = (typeof SAMPLES)[number]

const DAYS_PER_FALSE_ALARM = 90
const PSI_TO_FIND = 0.1
export const DetectionOptions = Type.Object(
  {
    columns: Type.Optional(
      Type.Array(Type.String({ maxLength: 1000 }), {
        minItems: 1,
        maxItems: 10_000,
        description: 'Columns that are compared; without it all of the baseline',
      }),
    ),
    days_per_false_alarm: Type.Number({
      format: 'double',
      minimum: 1,
      maximum: 36_500,
      default: DAYS_PER_FALSE_ALARM,
      description:
        'In how many detections, one a day, one false alarm is allowed in the mean, over all columns together',
    }),
    psi_to_find: Type.Number({
      format: 'double',
      minimum: 0.01,
      maximum: 10,
      default: PSI_TO_FIND,
      description: 'The change that rows must suffice to find in 4 of 5 cases, before a column is `ok`',
    }),
  },
  { additionalProperties: false, title: 'DriftDetectionOptions' },
)
export type DetectionOptions = Static<typeof DetectionOptions>

export const DatasetReference = Type.Object(
  { id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' }) },
  { additionalProperties: false, title: 'DatasetReference' },
)
