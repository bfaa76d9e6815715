// An inference with what is deployed: by the version that is to answer, or by the one that answers where it fails.
import { AnswerStream } from '../prediction/answer-stream.ts'
import type { PredictionStory } from '../prediction/prediction-observer.ts'
import type { Predictor } from '../prediction/predictor.ts'
import type { InferenceHead } from '../prediction/served-as.ts'
import type { TensorsAnswer } from '../prediction/tensor-predictor.ts'
import { type ReceivedBody, smallBytesOf } from '../rows/body-file.ts'
import type { AskedRun, ServedPrediction } from './model-versions.ts'

export interface InferenceToServe {
  readonly predictor: Pick<Predictor, 'infer'>
  readonly body: ReceivedBody | undefined
  readonly jsonLength: number | undefined
  readonly onPredicted: (story: PredictionStory) => void
}

/** The caller keeps the file of the body. Throws what the predictor throws. */
export async function inferServed(
  { predictor, body, jsonLength, onPredicted: tell }: InferenceToServe,
  served: ServedPrediction,
): Promise<TensorsAnswer> {
  const { onFailed, instead, repeatBy } = served
  const headOf = ({ modelName, runId, stamp }: Omit<AskedRun, 'watch'>): InferenceHead => {
    return { modelName, runId, jsonLength, stamp }
  }
  const onPredicted = (story: PredictionStory): void => {
    served.onPredicted(story.rowCount)
    tell(story)
  }
  const isBodyKept = instead !== undefined || repeatBy !== undefined
  repeatBy?.({
    bytes: smallBytesOf(body)?.length,
    async predict({ modelName, runId }, watch, timeoutMs) {
      const head = headOf({ modelName, runId, stamp: served.stamp })
      const { bytes } = await predictor.infer(body, head, { watch, isBodyKept: true, shadow: { timeoutMs } })
      // Nobody takes the rest of a long one.
      if (bytes instanceof AnswerStream) bytes.destroy()
    },
  })
  const infer = (asked: AskedRun): Promise<TensorsAnswer> =>
    predictor.infer(body, headOf(asked), { onPredicted, watch: asked.watch, isBodyKept })
  try {
    if (instead === undefined) return await infer(served)
    return await infer(served).catch((error) => infer(instead(error)))
  } catch (error) {
    onFailed(error)
    throw error
  }
}
