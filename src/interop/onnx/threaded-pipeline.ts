// What every pipeline has whose predictions are made by an ONNX model, in a thread of its own.
import type { StopFlag } from '../../learning/parallel/stop-flag.ts'
import { FittedPipeline } from '../../model/fitted-pipeline.ts'
import type { FittedOutput } from '../../model/output-rows.ts'
import type { ColumnSchema } from '../../model/schema.ts'
import type { OnnxTensor } from './onnx-messages.ts'
import { OnnxRunner } from './onnx-runner.ts'

/** A thread with ONNX Runtime in it: 50 to 60 MB for small models, measured one after the other. */
const THREAD_BYTES = 60 * 2 ** 20
/** The file in the thread, and what the session unpacks of it. */
const MODEL_BYTES_PER_BYTE = 2

export abstract class ThreadedPipeline extends FittedPipeline {
  protected readonly model: Uint8Array
  private runner: OnnxRunner | undefined

  /** model: bytes that readOnnx has passed. Starts no thread: the first prediction does. */
  constructor(model: Uint8Array, features: readonly ColumnSchema[], outputs: readonly FittedOutput[]) {
    super(features, [], outputs)
    this.model = model
  }

  override get predictsElsewhere(): boolean {
    return true
  }

  override get bytesElsewhere(): number {
    return THREAD_BYTES + MODEL_BYTES_PER_BYTE * this.model.length
  }

  /** Its thread is the place to find that out: golden rows have passed it before the artifact was written. */
  override tryOut(): void {}

  override async prepare(): Promise<void> {
    this.runner ??= new OnnxRunner(this.model)
    await this.runner.open()
  }

  override release(): void {
    void this.runner?.close()
    this.runner = undefined
  }

  protected runModel(feeds: readonly OnnxTensor[], fetches: readonly string[], stop: StopFlag): Promise<OnnxTensor[]> {
    this.runner ??= new OnnxRunner(this.model)
    return this.runner.run(feeds, fetches, { stop })
  }
}
