// A fitted pipeline that keeps its last predictions, so that the report need not make again what the metrics made.
import { FittedPipeline, type Predictions, type PredictOptions } from '../fitted-pipeline.ts'
import type { Table } from '../table.ts'

export class WatchedPipeline extends FittedPipeline {
  private last: { readonly features: Table; readonly predictions: Predictions } | undefined

  constructor({ featureSchema, steps, outputs }: FittedPipeline) {
    super(featureSchema, steps, outputs)
  }

  override async predict(features: Table, options?: PredictOptions): Promise<Predictions> {
    this.last = undefined
    const predictions = await super.predict(features, options)
    this.last = { features, predictions }
    return predictions
  }

  /** The predictions of this very table, when they were the last that were made. */
  predictionsOf(features: Table): Predictions | undefined {
    return this.last?.features === features ? this.last.predictions : undefined
  }
}
