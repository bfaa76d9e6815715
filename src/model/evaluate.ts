// The usual metrics of a fitted pipeline on rows whose labels are known.
import type { FittedRecommender } from '../learning/estimator.ts'
import { classificationMetrics } from '../learning/metrics/classification-metrics.ts'
import { regressionMetrics } from '../learning/metrics/regression-metrics.ts'
import { evaluateLists } from './evaluate-lists.ts'
import type { FittedPipeline, Predictions, PredictOptions } from './fitted-pipeline.ts'
import { LevelCodes } from './level-codes.ts'
import type { Metrics } from './model.ts'
import type { FittedOutput, Probabilities } from './output-rows.ts'
import {
  asCategorical,
  type CategoricalColumn,
  type Column,
  type Level,
  type NumericColumn,
  type Table,
} from './table.ts'

/**
 * scikit-learn's metrics by scikit-learn's names: those of classificationMetrics or of regressionMetrics for each label
 * column; with several label columns each name is preceded by "<label>.". Pipelines without labels give
 * `anomaly_fraction`, or `cluster_count` and `cluster_size.<cluster>`; recommenders those of evaluateLists.
 */
export async function evaluate(
  pipeline: FittedPipeline,
  features: Table,
  labels: Table,
  options: PredictOptions = {},
): Promise<Metrics> {
  const recommenders = pipeline.outputs.filter(isRecommender)
  if (recommenders.length > 0) {
    const metrics = recommenders.flatMap((output) => {
      const values = evaluateLists(pipeline, output, features, labels, options)
      return prefixed(pipeline, output, values)
    })
    return Object.fromEntries(metrics)
  }
  return evaluatePredictions(pipeline, await pipeline.predict(features, options), labels, options.sampleWeight)
}

function isRecommender(output: FittedOutput): output is FittedOutput & { readonly fitted: FittedRecommender } {
  return output.fitted.kind === 'recommender'
}

function prefixed({ outputs }: FittedPipeline, { name: label }: FittedOutput, values: Iterable<[string, number]>) {
  const prefix = outputs.length > 1 ? `${label}.` : ''
  return [...values].map(([name, value]) => [`${prefix}${name}`, value] as const)
}

/** The same of predictions that the pipeline has made already. Of a recommender there is nothing: its lists are of users, not of rows. */
export function evaluatePredictions(
  pipeline: FittedPipeline,
  { labels: predicted, probabilities }: Predictions,
  labels: Table,
  sampleWeight?: Float64Array,
): Metrics {
  const metrics = pipeline.outputs.flatMap((output) => {
    return prefixed(pipeline, output, evaluateOutput(output, labels, predicted, probabilities, sampleWeight))
  })
  return Object.fromEntries(metrics)
}

function evaluateOutput(
  { name, fitted }: FittedOutput,
  labels: Table,
  predicted: Table,
  probabilities: readonly Probabilities[],
  sampleWeight: Float64Array | undefined,
): Map<string, number> {
  const column = (table: Table, of: string): Column => {
    const found = table.columns.find((candidate) => candidate.name === of)
    if (found === undefined) throw new Error(`no column "${of}" to evaluate`)
    return found
  }
  switch (fitted.kind) {
    case 'classifier':
      return evaluateClasses(
        column(labels, name),
        column(predicted, name) as CategoricalColumn,
        probabilities.find((candidate) => candidate.name === name),
        sampleWeight,
      )
    case 'regressor':
      return regressionMetrics(
        (column(labels, name) as NumericColumn).values,
        (column(predicted, name) as NumericColumn).values,
        sampleWeight,
      )
    case 'anomaly_detector': {
      const { codes } = column(predicted, 'is_anomaly') as CategoricalColumn
      return new Map([['anomaly_fraction', codes.reduce((sum, code) => sum + code, 0) / codes.length]])
    }
    case 'clusterer': {
      const sizes = new Float64Array(fitted.clusterCount)
      for (const cluster of (column(predicted, 'cluster') as NumericColumn).values) {
        sizes[cluster] = (sizes[cluster] as number) + 1
      }
      const sized = [...sizes].map((size, cluster) => [`cluster_size.${cluster}`, size] as const)
      return new Map([['cluster_count', fitted.clusterCount], ...sized])
    }
    case 'recommender':
      return new Map()
  }
}

/** A class that training did not see is one more class that is never predicted; then no probability can be scored. */
function evaluateClasses(
  truth: Column,
  predicted: CategoricalColumn,
  probabilities: Probabilities | undefined,
  sampleWeight: Float64Array | undefined,
) {
  const actual = asCategorical(truth)
  const classes: Level[] = [...predicted.levels]
  const codeOf = new LevelCodes()
  for (const level of classes) codeOf.add(level)
  const isPresent = new Uint8Array(actual.levels.length)
  for (const code of actual.codes) isPresent[code] = 1
  const codeOfActual = actual.levels.map((level, code) => {
    let known = codeOf.get(level)
    if (known < 0 && isPresent[code] === 1) {
      known = codeOf.add(level)
      classes.push(level)
    }
    return known
  })
  return classificationMetrics({
    trueCodes: actual.codes.map((code) => codeOfActual[code] as number),
    predictedCodes: predicted.codes,
    classNames: classes.map(String),
    ...(sampleWeight === undefined ? {} : { sampleWeight }),
    ...(probabilities !== undefined && classes.length === predicted.levels.length
      ? { probabilities: probabilities.values }
      : {}),
  })
}
