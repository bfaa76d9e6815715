// What the service and its prediction thread say to each other.
import type { StopFlagBuffers } from '../learning/parallel/stop-flag.ts'
import type { ExplainOptions } from '../model/explanation-rows.ts'
import type { ExtraColumns } from '../model/extra-columns.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { CsvDialect } from '../rows/csv-dialect.ts'
import type { AnswerForm, RowsForm } from '../rows/forms.ts'
import type { AnswerStamp } from './answer-stamp.ts'
import type { InferenceHead } from './served-as.ts'
import type { WatchedRows, WatchWish } from './watch-rows.ts'

/** What every job needs. */
interface JobHead {
  /** Given by the service, and never twice. */
  readonly id: number
  /** The thread has its pipeline. */
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
  /** Absent: nothing is explained. */
  readonly explain?: ExplainOptions | undefined
  readonly extraColumns: ExtraColumns
  /** As a request has it. */
  readonly keyColumn?: string | undefined
  /** Absent of an answer that no deployment gives. */
  readonly stamp?: AnswerStamp | undefined
  /** Absent where nobody wants to know of the rows. */
  readonly watch?: WatchWish | undefined
}

/** A prediction of tensors. */
export interface TensorsJob extends JobHead, InferenceHead {
  readonly type: 'predict_tensors'
  readonly body: BodyBytes
  /** Absent where nobody wants to know of the rows. */
  readonly watch?: WatchWish | undefined
}

/** What the run's pipeline takes and gives, as JSON of PipelineMetadata. */
export interface DescribeJob extends JobHead {
  readonly type: 'describe'
}

export type Job = RowsJob | TensorsJob | DescribeJob

export interface PredictionCalls {
  /** Before the first job of a run: the thread keeps its pipeline until it is told to forget it. The artifact is given away. */
  load(question: { readonly runId: number; readonly module: string; readonly artifact: Uint8Array }): LoadedPipeline
  predict(job: Job): ThreadAnswer
  /** The next chunk of the answer to the job of that id, which was not whole. */
  more(jobId: number): AnswerChunk
  /** Nobody wants the rest of that answer. */
  drop(jobId: number): void
  forget(runId: number): void
}

export interface LoadedPipeline {
  /** What the thread holds for the run. */
  readonly heldBytes: number
}

/** Some bytes of an answer in the form that was asked for; text is UTF-8. */
export interface AnswerChunk {
  readonly chunk: Uint8Array
  readonly isLast: boolean
}

/** The first chunk of an answer, and what is known with it. */
export interface ThreadAnswer extends AnswerChunk {
  /** JSON; absent where there are none, or where the answer has them itself. */
  readonly warnings?: string
  /** Of tensors: bytes of the answer's JSON, where binary ones stand behind it. */
  readonly jsonLength?: number | undefined
  readonly rowCount: number
  /** What the thread holds for the run now; absent where that has not grown. */
  readonly heldBytes?: number
  /** Values of categories that training never saw. */
  readonly unseenCount: number
  /** What predicting one of the rows took. */
  readonly msPerRow: number
  /** Where somebody wants to know of the rows. */
  readonly watched?: WatchedRows
}
