// What callers ask of the performance of a project, and what they see.
import { Type } from '@sinclair/typebox'
import { ENVIRONMENT_NAME } from '../../deployments/deployment.ts'
import { isLowerBetter } from '../../model/scoring.ts'
import { Moment } from '../../projects/project-schemas.ts'
import { metricsFor } from '../../projects/versions/leaderboard.ts'
import type { Metric } from './figures.ts'
import type { Judged } from './judged.ts'
import { type ProjectPerformance, STEPS, type Step } from './performance.ts'

const Id = (description: string) =>
  Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, format: 'int64', description })
const Count = (description: string) => Type.Integer({ minimum: 0, format: 'int64', description })
const Share = (description: string) => Type.Number({ minimum: 0, maximum: 1, format: 'double', description })
const Real = (description: string) => Type.Number({ format: 'double', description })
const Time = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))

export const PerformanceQuery = Type.Object(
  {
    days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3_650,
        description: 'Today and so many days before it, in UTC. Default: 30',
      }),
    ),
    from: Time('The first hour of predictions; instead of days'),
    to: Time('The end of the last hour. Default: now'),
    by: Type.Optional(
      Type.Unsafe<Step>({ type: 'string', enum: [...STEPS], description: 'In steps of this length, beside the whole' }),
    ),
    environment: Type.Optional(Type.String({ pattern: ENVIRONMENT_NAME, description: 'Only predictions there' })),
    version: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'Only those of this version' }),
    ),
    deployment: Type.Optional(Id('Only those of this deployment')),
    segment: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1_000,
        description: 'A column of categories: also the figures of each of its levels, out of the rows of the log',
      }),
    ),
  },
  { additionalProperties: false },
)

const MetricAnswer = Type.Object(
  {
    name: Type.String({ description: 'As trainings name it' }),
    value: Real('The metric'),
    from: Type.Optional(Real('The interval that holds in 95 of 100 cases; absent with fewer than 20 rows')),
    to: Type.Optional(Real('Its end')),
    error_max: Type.Optional(Real('How far the value may be off at the most, since it comes from cells')),
    lower_is_better: Type.Boolean(),
  },
  { title: 'PerformanceMetric' },
)
const OfClass = Type.Object(
  { value: Real('The metric'), from: Type.Optional(Real('Of the interval')), to: Type.Optional(Real('Its end')) },
  { title: 'PerformanceShare' },
)

const FigureParts = {
  rows: Count('Logged predictions'),
  predictions: Type.Number({
    minimum: 0,
    format: 'double',
    description: 'Predictions that they stand for, by their sampling',
  }),
  outcomes: Count('Logged predictions whose outcome is known'),
  coverage: Type.Optional(Share('Share of the predictions whose outcome is known')),
  unknown: Count(
    'Outcomes that are no class that the version knows: they count as wrong; or no number: they count not at all',
  ),
  metrics: Type.Array(MetricAnswer),
  estimated: Type.Array(
    Type.Object({ name: Type.String(), value: Real('The estimate') }, { title: 'EstimatedMetric' }),
    {
      description: 'What the confidences of all predictions promise, with an outcome or without (CBPE): no measurement',
    },
  ),
}
const Figures = Type.Object(FigureParts, { title: 'PerformanceFigures' })
const WholeFigures = Type.Object(
  {
    ...FigureParts,
    classes: Type.Array(
      Type.Object(
        {
          class: Type.Unsafe<unknown>({ description: 'In the type that it had in the training' }),
          precision: OfClass,
          recall: OfClass,
          f1: OfClass,
          support: Type.Number({ minimum: 0, format: 'double', description: 'Predictions with this outcome' }),
        },
        { title: 'PerformanceOfClass' },
      ),
    ),
    calibration: Type.Optional(
      Type.Object(
        {
          error: Share('Expected calibration error'),
          bins: Type.Array(
            Type.Object(
              {
                from: Share('Confidences above it'),
                to: Share('And up to it'),
                predictions: Type.Number({ minimum: 0, format: 'double' }),
                mean_confidence: Share('Their mean'),
                accuracy: Share('Share of the answers that were right'),
              },
              { title: 'ConfidenceBin' },
            ),
          ),
        },
        { title: 'PerformanceCalibration' },
      ),
    ),
  },
  { title: 'WholePerformanceFigures' },
)

export const PerformanceAnswer = Type.Object(
  {
    project: Type.String(),
    from: Moment('The first hour'),
    to: Moment('The end of the last hour'),
    mature_until: Moment('Outcomes of later predictions may still come: outcome_days of the monitoring settings'),
    waiting_hours: Count(
      'Hours that have changed and are summed anew within seconds: these figures have them as they were',
    ),
    figures: WholeFigures,
    steps: Type.Array(
      Type.Object(
        {
          from: Moment('Its start'),
          to: Moment('Its end'),
          mature: Type.Boolean({ description: 'Whether its outcomes have had their days' }),
          figures: Figures,
        },
        { title: 'PerformanceStep' },
      ),
      { description: 'The oldest first, those with predictions; empty without `by`' },
    ),
    versions: Type.Array(
      Type.Object(
        {
          version: Type.Integer(),
          figures: WholeFigures,
          trained: Type.Array(
            Type.Object(
              {
                name: Type.String({ description: 'Of the metric here' }),
                metric: Type.String({ description: 'Of the metric of the training, such as validation_accuracy' }),
                value: Real('Its value'),
              },
              { title: 'TrainedMetric' },
            ),
            { description: 'What the training of the version promised' },
          ),
        },
        { title: 'VersionPerformance' },
      ),
    ),
    deployments: Type.Array(
      Type.Object(
        {
          deployment_id: Id('Of the deployment'),
          environment: Type.String(),
          version: Type.Integer(),
          figures: Figures,
        },
        { title: 'DeploymentPerformance' },
      ),
    ),
    segments: Type.Optional(
      Type.Array(
        Type.Object(
          {
            level: Type.Optional(
              Type.Unsafe<unknown>({
                description: 'Absent where the column is missing, or has a level that training never saw',
              }),
            ),
            figures: Figures,
          },
          { title: 'SegmentPerformance' },
        ),
        { description: 'Those with most predictions first, 100 at the most' },
      ),
    ),
  },
  { title: 'Performance' },
)

/** By version, the metrics of its training. */
export type TrainedMetrics = ReadonlyMap<number, Readonly<Record<string, number | null>>>

export function performanceAnswerOf(project: string, found: ProjectPerformance, trained: TrainedMetrics) {
  return {
    project,
    from: found.from.toISOString(),
    to: found.to.toISOString(),
    mature_until: found.matureUntil.toISOString(),
    waiting_hours: found.waitingHours,
    figures: wholeFiguresOf(found.judged),
    steps: found.steps.map(({ from, to, isMature, judged }) => {
      return { from: from.toISOString(), to: to.toISOString(), mature: isMature, figures: figuresOf(judged) }
    }),
    versions: found.versions.map(({ version, judged }) => {
      return { version, figures: wholeFiguresOf(judged), trained: trainedOf(judged, trained.get(version) ?? {}) }
    }),
    deployments: found.deployments.map(({ deploymentId, environment, version, judged }) => {
      return { deployment_id: deploymentId, environment, version, figures: figuresOf(judged) }
    }),
  }
}

export function figuresOf({ rows, predictions, outcomes, coverage, unknown, metrics, estimated }: Judged) {
  return {
    ...{ rows, predictions, outcomes, unknown },
    ...(coverage === undefined ? {} : { coverage }),
    metrics: [...metrics].map(([name, metric]) => ({ name, ...shareOf(metric), lower_is_better: isLowerBetter(name) })),
    estimated: [...(estimated ?? [])].map(([name, value]) => ({ name, value })),
  }
}

function wholeFiguresOf(judged: Judged) {
  const { classes, calibration } = judged
  return {
    ...figuresOf(judged),
    classes: classes.map(({ level, precision, recall, f1, support }) => {
      return { class: level, precision: shareOf(precision), recall: shareOf(recall), f1: shareOf(f1), support }
    }),
    ...(calibration === undefined
      ? {}
      : {
          calibration: {
            error: calibration.error,
            bins: calibration.bins.map(({ from, to, weight, meanConfidence, accuracy }) => {
              return { from, to, predictions: weight, mean_confidence: meanConfidence, accuracy }
            }),
          },
        }),
  }
}

function shareOf({ value, interval, errorMax }: Metric) {
  return { value, ...interval, ...(errorMax === undefined ? {} : { error_max: errorMax }) }
}

function trainedOf({ metrics }: Judged, trained: Readonly<Record<string, number | null>>) {
  return [...metrics.keys()].flatMap((name) => {
    const metric = metricsFor(name).find((each) => typeof trained[each] === 'number')
    return metric === undefined ? [] : [{ name, metric, value: trained[metric] as number }]
  })
}
