// The usual members of a model class, so that a new one says only what is its own.
import type { Estimator, EstimatorClass } from '../learning/estimator.ts'
import { defaultsOf } from '../learning/parameters.ts'
import { type TargetTransformChoice, TransformedTargetRegressor } from '../learning/transformed-target.ts'
import { evaluate } from './evaluate.ts'
import type { FittedPipeline, PredictOptions } from './fitted-pipeline.ts'
import type { ColumnNames, Metrics, Model, ModelParameters } from './model.ts'
import { Pipeline } from './pipeline.ts'
import type { ColumnTypes } from './reading-options.ts'
import type { AnyStep } from './steps/step.ts'
import type { Table } from './table.ts'

export abstract class BaseModel implements Model {
  abstract readonly name: string
  /**
   * The class of the estimator. Only get_default_parameters and create_pipeline read it: a class that overrides both
   * works without it.
   */
  abstract readonly estimator: EstimatorClass
  readonly feature_names: ColumnNames = '*'
  readonly label_names: ColumnNames = '*'
  readonly column_types?: ColumnTypes
  readonly check_parameters?: ModelParameters
  /**
   * What a regressor learns in place of the label: 'log1p', 'sqrt', 'standardize', or a pair of functions. Predictions and
   * metrics are of the label itself.
   */
  readonly targetTransform?: TargetTransformChoice

  /** The encoding steps before the estimator, in their order. Each call makes new ones. */
  steps(): AnyStep[] {
    return []
  }

  /** The default of every parameter of the estimator. */
  get_default_parameters(): ModelParameters {
    return defaultsOf(this.estimator.parameters)
  }

  /** The steps, then the estimator with these parameters. Throws ParameterError, as the estimator does. */
  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline(this.steps(), this.withTransform(new this.estimator(parameters)))
  }

  /** Takes any rows with at least one column. The names of the columns are checked before. */
  validate_features(features: Table): boolean {
    return features.rowCount > 0 && features.columns.length > 0
  }

  extract_metrics(
    pipeline: FittedPipeline,
    features: Table,
    labels: Table,
    options?: PredictOptions,
  ): Metrics | Promise<Metrics> {
    return evaluate(pipeline, features, labels, options)
  }

  private withTransform(estimator: Estimator): Estimator {
    if (this.targetTransform === undefined) return estimator
    if (estimator.kind === 'regressor') return new TransformedTargetRegressor(estimator, this.targetTransform)
    throw new TypeError(`targetTransform: expected none for a ${estimator.kind}, only a regressor has targets`)
  }
}
