// An answer of any length in chunks that are worth a message, each made when it is asked for.
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { AnswerForm } from '../rows/forms.ts'
import { answerArrow } from './answer-arrow.ts'
import { answerCsv } from './answer-csv.ts'
import { answerText } from './answer-text.ts'

export interface AnswerOptions {
  readonly runId: number
  readonly answerForm: AnswerForm
  readonly withProbabilities: boolean
}

/** A chunk ends with the part that fills it. */
const CHUNK_BYTES = 256 * 1024

const encoder = new TextEncoder()

/**
 * The bytes of an answer, each chunk in a buffer of its own that can be given away; the last one is what the generator
 * returns. O(cells) time in all, one chunk of memory.
 */
export async function* answerChunks(
  predictions: Predictions,
  options: AnswerOptions,
): AsyncGenerator<Uint8Array, Uint8Array> {
  let parts: Uint8Array[] = []
  let byteCount = 0
  for await (const part of partsOf(predictions, options)) {
    if (byteCount >= CHUNK_BYTES) {
      yield joined(parts, byteCount)
      parts = []
      byteCount = 0
    }
    const bytes = typeof part === 'string' ? encoder.encode(part) : part
    parts.push(bytes)
    byteCount += bytes.length
  }
  return joined(parts, byteCount)
}

function partsOf(predictions: Predictions, options: AnswerOptions): Iterable<string> | AsyncIterable<Uint8Array> {
  const { answerForm, withProbabilities } = options
  if (answerForm === 'json') return answerText(predictions, options)
  return answerForm === 'csv' ? answerCsv(predictions, withProbabilities) : answerArrow(predictions, withProbabilities)
}

function joined(parts: readonly Uint8Array[], byteCount: number): Uint8Array {
  const all = new Uint8Array(byteCount)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
