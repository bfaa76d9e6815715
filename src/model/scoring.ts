// Which metrics trained models can be chosen by, and which of their values are better.
import type { Estimator } from '../learning/estimator.ts'
import type { Metrics } from './model.ts'

/** Of the worker's own metrics those whose smaller values are better. A model class's own count as larger is better. */
const LOWER_IS_BETTER = new Set([
  ...['log_loss', 'root_mean_squared_error', 'mean_absolute_error', 'median_absolute_error'],
  // Of the training itself.
  ...['training_seconds', 'search_seconds', 'warning_count'],
  // Of an import.
  ...['golden_worst_difference', 'golden_tolerance'],
])
/** Of rows that were held out, or over the folds of a search or a cross-validation. */
const PREFIX = /^(validation|search|cv)_/

/** Of the worker's own metrics those that judge no rows, or rows that a fit has not seen, and have no prefix. */
const NOT_OF_ROWS = new Set([
  ...['training_rows', 'training_seconds', 'warning_count', 'threshold', 'oob_score'],
  ...['golden_rows', 'golden_columns', 'golden_tolerance', 'golden_worst_difference'],
])

/** By kind of estimator, the metrics that a choice can go by; the first is the one where nobody says. */
const SCORINGS: Readonly<Partial<Record<Estimator['kind'], readonly string[]>>> = {
  classifier: [
    ...['accuracy', 'balanced_accuracy', 'precision_macro', 'recall_macro', 'f1_macro', 'f1_weighted'],
    ...['matthews_corrcoef', 'log_loss', 'roc_auc'],
  ],
  regressor: [
    ...['r2', 'mean_absolute_error', 'root_mean_squared_error', 'median_absolute_error', 'explained_variance'],
  ],
  recommender: ['ndcg_at_k', 'precision_at_k', 'recall_at_k', 'map_at_k'],
}

/** Names of metrics that estimators of the kind can be chosen by; none for those without labels. */
export function scoringsOf(kind: Estimator['kind']): readonly string[] {
  return SCORINGS[kind] ?? []
}

/** `metric`: one of evaluate's, of whatever rows, with or without the name of a label before it; or one of the training. */
export function isLowerBetter(metric: string): boolean {
  return LOWER_IS_BETTER.has(metric) || LOWER_IS_BETTER.has(plainMetric(metric))
}

/** Whether its values are of the rows that a version learnt from: they are good where it has learnt these by heart. */
export function isOfTrainingRows(metric: string): boolean {
  return !PREFIX.test(metric) && !NOT_OF_ROWS.has(plainMetric(metric))
}

/** `log_loss` of `cv_log_loss`, and of `validation_species.log_loss`. */
export function plainMetric(metric: string): string {
  return metric.replace(PREFIX, '').replace(/^.*\./s, '')
}

/** The larger the better, whatever the metric: its value, or the negative of one whose smaller values are better. */
export function goodness(metric: string, value: number): number {
  return isLowerBetter(metric) ? -value : value
}

/** Whether `a` is a better value of the metric than `b`. A missing value is worse than any. */
export function isBetter(metric: string, a: number | undefined, b: number | undefined): boolean {
  if (a === undefined) return false
  if (b === undefined) return true
  return goodness(metric, a) > goodness(metric, b)
}

/**
 * The value of a metric of `evaluate`; with several label columns the mean over them. Undefined where that metric of a
 * column is undefined.
 */
export function scoreOf(metrics: Metrics, metric: string, labelNames: readonly string[]): number | undefined {
  const names = labelNames.length > 1 ? labelNames.map((label) => `${label}.${metric}`) : [metric]
  const values = names.map((name) => (Object.hasOwn(metrics, name) ? (metrics[name] as number) : Number.NaN))
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Number.isFinite(mean) ? mean : undefined
}

/** The best value that the metric can have: of all those of scoringsOf. */
export function perfectScore(metric: string): number {
  return isLowerBetter(metric) ? 0 : 1
}
