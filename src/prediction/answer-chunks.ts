// An answer of any length in chunks that are worth a message, each made when it is asked for.
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { AnswerForm } from '../rows/forms.ts'
import { answerArrow } from './answer-arrow.ts'
import { answerCsv } from './answer-csv.ts'
import type { AnswerStamp } from './answer-stamp.ts'
import { answerText } from './answer-text.ts'

export interface AnswerOptions {
  readonly runId: number
  readonly answerForm: AnswerForm
  readonly withProbabilities: boolean
  /** Absent of an answer that no deployment gives. */
  readonly stamp?: AnswerStamp | undefined
}

/** A chunk ends with the part that fills it. */
const CHUNK_BYTES = 256 * 1024

const encoder = new TextEncoder()

/** The last one is what the generator returns. */
export type Chunks = AsyncGenerator<Uint8Array, Uint8Array>

/** The chunks of an answer in the form that is asked for. O(cells) time in all, one chunk of memory. */
export function answerChunks(predictions: Predictions, options: AnswerOptions): Chunks {
  return chunksOf(partsOf(predictions, options))
}

/** Parts of any length as chunks, each in a buffer of its own that can be given away; texts as UTF-8. */
export async function* chunksOf(all: AsyncIterable<Uint8Array> | Iterable<string | Uint8Array>): Chunks {
  let parts: Uint8Array[] = []
  let byteCount = 0
  for await (const part of all) {
    if (byteCount >= CHUNK_BYTES) {
      yield joined(parts)
      parts = []
      byteCount = 0
    }
    const bytes = typeof part === 'string' ? encoder.encode(part) : part
    parts.push(bytes)
    byteCount += bytes.length
  }
  return joined(parts)
}

function partsOf(predictions: Predictions, options: AnswerOptions): Iterable<string> | AsyncIterable<Uint8Array> {
  const { answerForm, withProbabilities, stamp } = options
  if (answerForm === 'json') return answerText(predictions, options)
  return answerForm === 'csv'
    ? answerCsv(predictions, withProbabilities, stamp)
    : answerArrow(predictions, withProbabilities, stamp)
}

/** All chunks of an answer that is small. */
export async function whole(chunks: Chunks): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for (;;) {
    const { value, done = false } = await chunks.next()
    if (done && parts.length === 0) return value
    parts.push(value)
    if (done) return joined(parts)
  }
}

/** In a buffer of its own. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
