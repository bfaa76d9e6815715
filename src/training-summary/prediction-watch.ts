// Keeps the last predictions of a fitted pipeline, so that the report need not make again what the metrics made.
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'
import type { Table } from '../model/table.ts'

/**
 * Watches the pipeline itself and not a copy: it may be of a class of the model's own, with a `predict` and private
 * fields of its own. Until `end`, the object has a `predict` in front of that of its class; calls of `super.predict`
 * pass it by. An object that cannot be changed is not watched: then nothing is kept.
 */
export class PredictionWatch {
  private readonly pipeline: FittedPipeline
  private readonly before: PropertyDescriptor | undefined
  private last: { readonly features: unknown; readonly predictions: Predictions } | undefined

  constructor(pipeline: FittedPipeline) {
    this.pipeline = pipeline
    this.before = Object.getOwnPropertyDescriptor(pipeline, 'predict')
    const { predict } = pipeline
    const value: FittedPipeline['predict'] = async (features, options) => {
      this.last = undefined
      const predictions = await predict.call(pipeline, features, options)
      this.last = { features, predictions }
      return predictions
    }
    Reflect.defineProperty(pipeline, 'predict', { value, configurable: true, writable: true })
  }

  /** The predictions of this very table, when they were the last that were made. */
  predictionsOf(features: Table): Predictions | undefined {
    return this.last?.features === features ? this.last.predictions : undefined
  }

  /** Leaves the pipeline as it was. */
  end(): void {
    if (this.before === undefined) Reflect.deleteProperty(this.pipeline, 'predict')
    else Reflect.defineProperty(this.pipeline, 'predict', this.before)
  }
}
