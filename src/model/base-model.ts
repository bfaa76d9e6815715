// The usual members of a model class, so that a new one says only what is its own.
import { evaluate } from './evaluate.ts'
import type { FittedPipeline, PredictOptions } from './fitted-pipeline.ts'
import type { ColumnNames, Metrics, Model, ModelParameters } from './model.ts'
import type { Pipeline } from './pipeline.ts'
import type { Table } from './table.ts'

export abstract class BaseModel implements Model {
  abstract readonly name: string
  readonly feature_names: ColumnNames = '*'
  readonly label_names: ColumnNames = '*'

  abstract get_default_parameters(): ModelParameters
  abstract create_pipeline(parameters: ModelParameters): Pipeline

  /** Any rows with at least one column. What the columns must be called is checked before. */
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
}
