// What is kept of a cross-validation, and of a calibration and a threshold that were learned from it.
import { type Static, Type } from '@sinclair/typebox'
import { LIMITS } from './limits.ts'
import { Count, Share, Text } from './report-parts.ts'

const Folds = Type.Array(Type.Number(), { maxItems: LIMITS.folds })

const FoldMetric = Type.Object(
  {
    name: Text,
    mean: Type.Number(),
    deviation: Type.Number({ description: 'standard deviation of the folds' }),
    from: Type.Number({ description: '95 % interval of the mean: lower end' }),
    to: Type.Number({ description: 'its upper end' }),
    folds: Folds,
  },
  { description: 'a metric that has a value in every fold' },
)

const CrossValidated = Type.Object({
  count: Count,
  repeats: Count,
  kind: Text,
  seed: Type.Integer({ minimum: 0, description: 'draws the folds' }),
  column: Type.Optional(Text),
  rows: Type.Integer({ minimum: 0, description: 'rows that were validated' }),
  metrics: Type.Array(FoldMetric, { maxItems: LIMITS.metrics }),
})

const Bins = Type.Object({
  counts: Type.Array(Count, { maxItems: LIMITS.calibrationBins }),
  probabilities: Type.Array(Share, { maxItems: LIMITS.calibrationBins }),
  fractions: Type.Array(Share, { maxItems: LIMITS.calibrationBins }),
})
const Quality = Type.Object({ logLoss: Type.Number(), brier: Type.Number(), bins: Bins })

const Calibrated = Type.Object(
  {
    label: Text,
    method: Text,
    rows: Count,
    before: Quality,
    after: Quality,
  },
  { description: 'of rows that neither the model of a fold nor its calibration had seen' },
)

const Threshold = Type.Object({
  label: Text,
  positive: Type.Union([Text, Type.Number(), Type.Boolean()]),
  value: Share,
  goal: Type.Optional(Type.String({ maxLength: LIMITS.textLength, description: 'absent: the caller gave the number' })),
  score: Type.Optional(Type.Number()),
  thresholds: Type.Array(Share, { maxItems: LIMITS.thresholds }),
  scores: Type.Array(Type.Number(), { maxItems: LIMITS.thresholds }),
})

export const CrossFittingReport = Type.Object({
  crossValidation: Type.Optional(CrossValidated),
  calibration: Type.Optional(Type.Array(Calibrated, { maxItems: LIMITS.labels })),
  threshold: Type.Optional(Threshold),
})

export type CrossFittingReport = Static<typeof CrossFittingReport>
export type CalibratedReport = Static<typeof Calibrated>
export type CrossValidatedReport = Static<typeof CrossValidated>
export type ThresholdReport = Static<typeof Threshold>
