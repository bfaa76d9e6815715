// What callers see of a comparison of versions.
import { type Static, Type } from '@sinclair/typebox'
import { BOOTSTRAP_SEED, type ComparedPair, type PairMetric } from '../../learning/comparison/compare.ts'
import type { Interval } from '../../learning/metrics/intervals.ts'
import { isLowerBetter } from '../../model/scoring.ts'
import { AnyObject, Moment, present } from '../project-schemas.ts'
import type { ComparedLabel } from './comparison-messages.ts'
import { COMPARISON_WARNINGS } from './comparison-warnings.ts'
import type { VersionComparison } from './comparisons.ts'
import { verdictOf, winnerOf } from './verdict.ts'

const Double = (description?: string) =>
  Type.Number({ format: 'double', ...(description === undefined ? {} : { description }) })
const Ends = {
  from: Type.Optional(Double('The interval holds in 95 of 100 cases; absent where there is none')),
  to: Type.Optional(Double()),
}
const oneOf = (names: readonly string[], description?: string) =>
  Type.Unsafe<string>({
    type: 'string',
    'x-extensible-enum': [...names],
    ...(description === undefined ? {} : { description }),
  })

const Verdict = oneOf(
  ['better', 'worse', 'no_difference_shown'],
  'Of `version` against `other`: by the corrected p-value, below 0.05',
)
const MetricPair = Type.Object(
  {
    version: Type.Integer(),
    other: Type.Integer(),
    difference: Double('The value of `version` less that of `other`'),
    ...Ends,
    test: Type.Optional(
      oneOf(['mcnemar', 'paired_t_squared_errors', 'paired_t_absolute_errors', 'wilcoxon', 'bootstrap']),
    ),
    p_value: Type.Optional(Double('Two-sided; absent where there is no test')),
    adjusted_p_value: Type.Optional(Double("Corrected over all pairs of the metric, by Holm's method")),
    verdict: Verdict,
  },
  { title: 'ComparedPair' },
)
const MetricOfVersion = Type.Object(
  {
    version: Type.Integer(),
    value: Double(),
    ...Ends,
    method: Type.Optional(oneOf(['wilson', 'bootstrap'], 'Of the interval')),
  },
  { title: 'ComparedValue' },
)
const ComparedMetric = Type.Object(
  {
    metric: Type.String(),
    lower_is_better: Type.Boolean(),
    versions: Type.Array(MetricOfVersion, { description: 'Without those that have no such metric' }),
    pairs: Type.Array(MetricPair),
  },
  { title: 'ComparedMetric' },
)
const Differing = Type.Array(
  Type.Object(
    { name: Type.String(), values: AnyObject('By the numbers of the versions; null where one has none') },
    { title: 'DifferingValue' },
  ),
)
const Names = Type.Array(Type.String())

export const ComparisonAnswer = Type.Object(
  {
    project: Type.String(),
    metric: Type.String({ description: 'What decides' }),
    label: Type.String({ description: 'The label column that it is about' }),
    lower_is_better: Type.Boolean(),
    winner: Type.Optional(
      Type.Integer({
        description: 'The version that is better than every other one; absent where none is shown to be',
      }),
    ),
    rows: Type.Object(
      {
        count: Type.Integer(),
        held_out: Type.Boolean({ description: 'No version was trained on them; false of another data set' }),
        groups: Type.Optional(Type.Integer({ description: 'Rows of a group belong together: whole groups are drawn' })),
        dataset: Type.Object(
          {
            id: Type.Integer({ format: 'int64' }),
            name: Type.String(),
            version: Type.Integer(),
            sha256: Type.String(),
          },
          { title: 'DatasetOfComparison' },
        ),
      },
      { title: 'ComparedRows' },
    ),
    resamples: Type.Object(
      {
        count: Type.Integer({ description: 'Of the bootstrap; 0 where there are too few rows for it' }),
        seed: Type.Integer({
          format: 'int64',
          description: 'Draws them: the same versions and rows give the same answer',
        }),
      },
      { title: 'Resamples' },
    ),
    versions: Type.Array(
      Type.Object(
        {
          version: Type.Integer(),
          model_run_id: Type.Integer({ format: 'int64' }),
          model_name: Type.String(),
          description: Type.Optional(Type.String()),
          dataset_id: Type.Integer({ format: 'int64' }),
          dataset_sha256: Type.String(),
          worker_version: Type.Optional(Type.String()),
          features: Type.Integer(),
          training_seconds: Type.Optional(Double('What the training took')),
          predict_ms: Double('What predicting the rows took now'),
          artifact_bytes: Type.Integer({ format: 'int64' }),
          unseen_values: Type.Integer({ description: 'Values of categories that its training never saw' }),
          rows_learnt: Type.Optional(
            Type.Integer({
              description:
                'How many of the rows of another data set it was trained on, by their features and labels; absent where nobody can tell',
            }),
          ),
          created_at: Moment('When the run became a version'),
          created_by: Type.String({ description: 'As in the audit' }),
        },
        { title: 'ComparedVersion' },
      ),
      { description: 'In the order of the query' },
    ),
    labels: Type.Array(
      Type.Object(
        {
          label: Type.String(),
          kind: oneOf(['classifier', 'regressor']),
          metrics: Type.Array(ComparedMetric),
        },
        { title: 'ComparedLabel' },
      ),
    ),
    differences: Type.Object(
      {
        parameters: Differing,
        options: Differing,
        columns: Type.Array(
          Type.Object(
            {
              version: Type.Integer(),
              added: Names,
              gone: Names,
              changed: Type.Array(Type.String(), { description: 'Of another kind' }),
              count: Type.Integer({ description: 'Of all three, with those that are not listed' }),
            },
            { title: 'ColumnDifference' },
          ),
          { description: 'Of every version but the first, against the first' },
        ),
      },
      { title: 'VersionDifferences' },
    ),
    warnings: Type.Array(
      Type.Object(
        {
          code: oneOf(COMPARISON_WARNINGS),
          message: Type.String(),
        },
        { title: 'ComparisonWarning' },
      ),
    ),
  },
  { title: 'VersionComparison' },
)
export type ComparisonAnswer = Static<typeof ComparisonAnswer>

export function comparisonAnswerOf(comparison: VersionComparison): ComparisonAnswer {
  const { project, dataset, areHeldOut, versions, labels, deciding, warnings } = comparison
  const numbers = versions.map(({ version }) => version.version)
  const decider = labels[deciding.label] as ComparedLabel
  const winner = winnerOf(decider.comparison, deciding.metric, deciding.isLowerBetter)
  const { datasetId, name, version, sha256 } = dataset
  return {
    project: project.name,
    metric: deciding.metric,
    label: decider.label,
    lower_is_better: deciding.isLowerBetter,
    ...(winner === undefined ? {} : { winner: numbers[winner] as number }),
    rows: {
      count: versions[0]?.judged.rowCount ?? 0,
      held_out: areHeldOut,
      ...(decider.groupCount === undefined ? {} : { groups: decider.groupCount }),
      dataset: { id: datasetId, name, version, sha256 },
    },
    resamples: { count: decider.comparison.replicates, seed: BOOTSTRAP_SEED },
    versions: versions.map(versionAnswerOf),
    labels: labels.map((label) => labelAnswerOf(label, numbers)),
    differences: differencesAnswerOf(comparison.differences, numbers),
    warnings: [...warnings],
  }
}

function versionAnswerOf({ version, judged }: VersionComparison['versions'][number]) {
  const { description, workerVersion, metrics } = version
  return {
    version: version.version,
    model_run_id: version.runId,
    model_name: version.request.modelName,
    ...present({ description }),
    dataset_id: version.datasetId,
    dataset_sha256: version.datasetSha256,
    ...present({ worker_version: workerVersion }),
    features: judged.features.length,
    ...present({ training_seconds: metrics['training_seconds'] ?? null }),
    predict_ms: judged.predictMs,
    artifact_bytes: version.artifactBytes,
    unseen_values: judged.unseenCount,
    ...present({ rows_learnt: judged.learntCount ?? null }),
    created_at: version.createdAt.toISOString(),
    created_by: version.createdBy,
  }
}

function labelAnswerOf({ label, kind, comparison }: ComparedLabel, numbers: readonly number[]) {
  const { versions, pairs } = comparison
  const names = [...new Set(versions.flatMap((metrics) => metrics.map(({ name }) => name)))]
  const metrics = names.map((name) => ({
    metric: name,
    lower_is_better: isLowerBetter(name),
    versions: versions.flatMap((ofVersion, v) =>
      ofVersion
        .filter((metric) => metric.name === name)
        .map(({ value, interval, method }) => ({
          version: numbers[v] as number,
          value,
          ...endsOf(interval),
          ...(method === undefined ? {} : { method }),
        })),
    ),
    pairs: pairs.flatMap((pair) =>
      pair.metrics.filter((metric) => metric.name === name).map((metric) => pairAnswerOf(pair, metric, numbers)),
    ),
  }))
  return { label, kind, metrics }
}

function pairAnswerOf({ first, second }: ComparedPair, metric: PairMetric, numbers: readonly number[]) {
  const { difference, interval, test, p, adjustedP, name } = metric
  return {
    version: numbers[first] as number,
    other: numbers[second] as number,
    difference,
    ...endsOf(interval),
    ...(test === undefined ? {} : { test }),
    ...(p === undefined ? {} : { p_value: p }),
    ...(adjustedP === undefined ? {} : { adjusted_p_value: adjustedP }),
    verdict: verdictOf(metric, isLowerBetter(name)),
  }
}

function endsOf(interval: Interval | undefined): { from?: number; to?: number } {
  return interval === undefined ? {} : { from: interval.from, to: interval.to }
}

function differencesAnswerOf(
  { parameters, options, columns }: VersionComparison['differences'],
  numbers: readonly number[],
): ComparisonAnswer['differences'] {
  const byVersion = (differing: typeof parameters) =>
    differing.map(({ name, values }) => ({
      name,
      values: Object.fromEntries(values.map((value, i) => [String(numbers[i]), value])),
    }))
  return {
    parameters: byVersion(parameters),
    options: byVersion(options),
    columns: columns.map(({ version, added, gone, changed, count }) => ({
      version,
      added: [...added],
      gone: [...gone],
      changed: [...changed],
      count,
    })),
  }
}
