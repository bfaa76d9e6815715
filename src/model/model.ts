// The contract of a model class: what the file of a model exports.
import type { Space } from '../learning/model-selection/space.ts'
import type { FittedPipeline, PredictOptions } from './fitted-pipeline.ts'
import type { Pipeline } from './pipeline.ts'
import type { ColumnTypes } from './reading-options.ts'
import type { Table } from './table.ts'

/** Parameters by name, as JSON has them. */
export type ModelParameters = { readonly [name: string]: unknown }
/** Metric name → value. */
export type Metrics = { readonly [name: string]: number }

/** The columns that a model takes; '*' takes those of the training rows, and holds predictions to them. */
export type ColumnNames = '*' | readonly string[]

/** What the scanner asks of a class's instance. The names are the worker contract's. */
export interface Model {
  /** Unique; equals models.name. */
  readonly name: string
  readonly feature_names: ColumnNames
  /** An empty list for models that learn without labels. */
  readonly label_names: ColumnNames
  /**
   * What columns are, whatever their values look like: rows are read so, or refused. Of other columns the caller, or the
   * values, decide. Columns that rows do not have are passed over. Absent: none is declared.
   */
  readonly column_types?: ColumnTypes
  /** Every parameter with its default. */
  get_default_parameters(): ModelParameters
  /**
   * Set over the defaults by `ml-worker check`, for classes that look at the clock, or take long on a few rows. Absent: none.
   */
  readonly check_parameters?: ModelParameters
  /** What a search tries where its request names no space. Absent: a request must name one. */
  get_search_space?(): Space
  /** An unfitted pipeline. `parameters` has every default, with the caller's values over them. Throws ParameterError. */
  create_pipeline(parameters: ModelParameters): Pipeline
  /** True when the rows can be used. May throw DataError to say why not. */
  validate_features(features: Table): boolean
  /** Metric name → value, of the rows given: training rows, and those held out where there are some. */
  extract_metrics(
    pipeline: FittedPipeline,
    features: Table,
    labels: Table,
    options?: PredictOptions,
  ): Metrics | Promise<Metrics>
}
