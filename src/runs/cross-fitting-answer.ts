// What a run says of its cross-validation, its calibration and its threshold: as the report in its result has it.
import { type Static, Type } from '@sinclair/typebox'
import { Cell } from '../rows/row-docs.ts'
import type { CrossFittingReport } from '../training-summary/cross-fitting-data.ts'

const Double = (description: string) => Type.Number({ format: 'double', description })

const FoldMetric = Type.Object(
  {
    name: Type.String(),
    mean: Double('Of the folds; the metric cv_… of the run'),
    deviation: Double('Standard deviation of the folds'),
    interval: Type.Object(
      { from: Double('Lower end'), to: Double('Upper end') },
      {
        title: 'FoldInterval',
        description: "95 %, of the mean: Student's t with the corrected variance of Nadeau and Bengio (2003)",
      },
    ),
    folds: Type.Array(Type.Number({ format: 'double' }), { description: 'The value of each fold' }),
  },
  { title: 'FoldMetric' },
)

const Quality = Type.Object(
  { log_loss: Type.Number({ format: 'double' }), brier_score: Type.Number({ format: 'double' }) },
  { title: 'ProbabilityQuality', description: 'The lower, the better' },
)

export const CrossFittingAnswer = {
  cross_validation: Type.Optional(
    Type.Object(
      {
        folds: Type.Integer(),
        repeats: Type.Integer(),
        kind: Type.String(),
        seed: Type.Integer({ format: 'int64', description: 'The split_seed that drew the folds' }),
        column: Type.Optional(Type.String({ description: 'Of groups or times' })),
        rows: Type.Integer({ description: 'Rows that were validated, of all folds' }),
        metrics: Type.Array(FoldMetric, { description: 'Those that have a value in every fold' }),
      },
      { title: 'CrossValidation', description: 'Where the run asked for it and has succeeded' },
    ),
  ),
  calibration: Type.Optional(
    Type.Array(
      Type.Object(
        {
          label: Type.String(),
          method: Type.String(),
          rows: Type.Integer({ description: 'Rows that the calibration was fitted on' }),
          before: Quality,
          after: Quality,
        },
        {
          title: 'Calibration',
          description:
            'The probabilities that the models of the folds gave, before, and calibrated without the rows of their own fold',
        },
      ),
      { description: 'Per label column, where the probabilities are calibrated' },
    ),
  ),
  threshold: Type.Optional(
    Type.Object(
      {
        label: Type.String(),
        positive: Type.Unsafe<string | number | boolean>(Cell),
        value: Double('From this probability on a row is taken for positive'),
        goal: Type.Optional(Type.String({ description: 'What it was tuned for; absent: the request gave the number' })),
        score: Type.Optional(Double('The goal there, the mean of the folds; costs are negative')),
      },
      { title: 'DecisionThreshold', description: 'Where the class is not that with the greatest probability' },
    ),
  ),
}
const Answer = Type.Object(CrossFittingAnswer)

export function crossFittingAnswerOf({
  crossValidation,
  calibration,
  threshold,
}: CrossFittingReport): Static<typeof Answer> {
  const qualityOf = ({ logLoss, brier }: { logLoss: number; brier: number }) => ({
    log_loss: logLoss,
    brier_score: brier,
  })
  return {
    ...(crossValidation && { cross_validation: validationOf(crossValidation) }),
    ...(calibration && {
      calibration: calibration.map(({ label, method, rows, before, after }) => {
        return { label, method, rows, before: qualityOf(before), after: qualityOf(after) }
      }),
    }),
    ...(threshold && { threshold: thresholdOf(threshold) }),
  }
}

function validationOf({ count, metrics, ...plan }: NonNullable<CrossFittingReport['crossValidation']>) {
  return {
    ...plan,
    folds: count,
    metrics: metrics.map(({ name, mean, deviation, from, to, folds }) => {
      return { name, mean, deviation, interval: { from, to }, folds }
    }),
  }
}

function thresholdOf({ thresholds: _, scores: __, ...threshold }: NonNullable<CrossFittingReport['threshold']>) {
  return threshold
}
