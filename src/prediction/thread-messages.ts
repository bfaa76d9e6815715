// What the service and its prediction thread say to each other.
import type { Refusal } from '../errors.ts'
import type { StopFlagBuffers } from '../learning/parallel/stop-flag.ts'
import type { ExtraColumns } from '../model/extra-columns.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { CsvDialect } from '../rows/csv-dialect.ts'
import type { AnswerForm, RowsForm } from '../rows/forms.ts'
import type { InferenceHead } from './predict-tensors.ts'

/** What every job needs. */
interface JobHead {
  readonly id: number
  /** The thread has its pipeline, or is loading it. */
  readonly runId: number
  readonly stop: StopFlagBuffers
  readonly timeoutMs: number
}

/** A prediction of rows. */
export interface RowsJob extends JobHead {
  readonly type: 'predict_rows'
  readonly body: BodyBytes
  readonly form: RowsForm
  readonly dialect?: CsvDialect | undefined
  readonly answerForm: AnswerForm
  readonly withProbabilities: boolean
  readonly extraColumns: ExtraColumns
}

/** A prediction of tensors. */
export interface TensorsJob extends JobHead, InferenceHead {
  readonly type: 'predict_tensors'
  readonly body: BodyBytes
}

/** What the run's pipeline takes and gives, as JSON of PipelineMetadata. */
export interface DescribeJob extends JobHead {
  readonly type: 'describe'
}

export type Job = RowsJob | TensorsJob | DescribeJob

/** Before the first job of a run. The artifact is the thread's own. */
export interface LoadPipeline {
  readonly type: 'load'
  readonly runId: number
  readonly module: string
  readonly artifact: Uint8Array
}

export type ToThread =
  | Job
  | LoadPipeline
  | { readonly type: 'forget'; readonly runId: number }
  /** The next chunk of an answer that was not whole; or nobody wants the rest of it. */
  | { readonly type: 'more' | 'drop'; readonly id: number }

export type FromThread =
  | { readonly id: number; readonly begun: true }
  | ({ readonly id: number } & ThreadAnswer)
  | ({ readonly id: number } & AnswerChunk)
  | { readonly id: number; readonly refusal: Refusal }
  | { readonly id: number; readonly error: unknown }

/** Some bytes of an answer in the form that was asked for; text is UTF-8. */
export interface AnswerChunk {
  readonly chunk: Uint8Array
  readonly isLast: boolean
}

/** The first chunk of an answer, and what is known with it. */
export interface ThreadAnswer extends AnswerChunk {
  readonly isFirst: true
  /** JSON; absent where there are none, or where the answer has them itself. */
  readonly warnings?: string
  /** Of tensors: bytes of the answer's JSON, where binary ones stand behind it. */
  readonly jsonLength?: number | undefined
  /** What the thread holds for the run. */
  readonly heldBytes: number
  readonly rowCount: number
  /** Values of categories that training never saw. */
  readonly unseenCount: number
  /** What predicting one of the rows took. */
  readonly msPerRow: number
}
