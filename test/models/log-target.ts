import { DataError } from '../../src/learning/errors.ts'
import type { EstimatorState } from '../../src/learning/estimator.ts'
import { LinearRegression } from '../../src/learning/linear/linear-regression.ts'
import type { RowBlock } from '../../src/learning/matrix.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import { FittedPipeline, type Predictions, type PredictOptions } from '../../src/model/fitted-pipeline.ts'
import type { ModelParameters } from '../../src/model/model.ts'
import { Pipeline, type PipelineContext } from '../../src/model/pipeline.ts'
import type { ReadTable } from '../../src/model/read-column.ts'
import type { Column, Table } from '../../src/model/table.ts'

/** Learns the logarithm of the label, and gives the label: a pipeline of its own on both sides. */
export default class LogTarget extends BaseModel {
  readonly name: string = 'log_target'
  readonly estimator = LinearRegression

  override get_default_parameters(): ModelParameters {
    return {}
  }

  override create_pipeline(_: ModelParameters): Pipeline {
    return new LogTargetPipeline([], new LinearRegression())
  }
}

export class LogTargetPipeline extends Pipeline {
  /** Of the labels as they come, not as the estimator sees them. */
  override get targetRange() {
    return { above: 0 }
  }

  override async fit(features: Table, labels: Table, context: PipelineContext): Promise<FittedPipeline> {
    return new FittedLogTarget(await super.fit(features, withValues(labels, logOf), context))
  }

  override restore(state: EstimatorState): FittedPipeline {
    return new FittedLogTarget(super.restore(state))
  }
}

/** Has a field that no copy of its public members has. */
export class FittedLogTarget extends FittedPipeline {
  readonly #answers = Math.exp

  constructor({ featureSchema, steps, outputs }: FittedPipeline) {
    super(featureSchema, steps, outputs)
  }

  override async predict(features: ReadTable, options?: PredictOptions): Promise<Predictions> {
    return this.#answered(await super.predict(features, options))
  }

  override predictNow(block: RowBlock): Predictions {
    return this.#answered(super.predictNow(block))
  }

  #answered(predictions: Predictions): Predictions {
    return { ...predictions, labels: withValues(predictions.labels, this.#answers) }
  }
}

function logOf(value: number): number {
  if (value > 0) return Math.log(value)
  throw new DataError('the labels must be above 0')
}

function withValues(table: Table, change: (value: number) => number): Table {
  const columns = table.columns.map(
    (column): Column => (column.kind === 'numeric' ? { ...column, values: column.values.map(change) } : column),
  )
  return { ...table, columns }
}
