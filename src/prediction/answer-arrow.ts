// The answer of a prediction as an Arrow IPC stream.
import type { Predictions } from '../model/fitted-pipeline.ts'
import { writeArrow } from '../rows/write-arrow.ts'
import { answerBlocks } from './answer-columns.ts'
import type { AnswerStamp } from './answer-stamp.ts'

/** As writeArrow has it. O(cells). */
export function answerArrow(
  predictions: Predictions,
  withProbabilities: boolean,
  stamp?: AnswerStamp,
): AsyncGenerator<Uint8Array> {
  return writeArrow(answerBlocks(predictions, withProbabilities, stamp))
}
