// The answer of a prediction as CSV (RFC 4180).
import type { Predictions } from '../model/fitted-pipeline.ts'
import { headerLine, writeLines } from '../rows/write-csv.ts'
import { answerBlocks } from './answer-columns.ts'
import type { AnswerStamp } from './answer-stamp.ts'

/** A header line and a line for each row, in parts. O(cells). */
export function* answerCsv(
  predictions: Predictions,
  withProbabilities: boolean,
  stamp?: AnswerStamp,
): Generator<string> {
  let isFirst = true
  for (const block of answerBlocks(predictions, withProbabilities, stamp)) {
    yield* writeLines(block, isFirst ? headerLine(block) : '')
    isFirst = false
  }
}
