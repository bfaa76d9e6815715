// What a prediction of rows is asked for, and what one of tensors is beside its body.
import type { ExplainOptions } from '../model/explanation-rows.ts'
import type { ExtraColumns } from '../model/extra-columns.ts'
import type { ReceivedBody } from '../rows/body-file.ts'
import type { CsvDialect } from '../rows/csv-dialect.ts'
import type { AnswerForm, RowsForm } from '../rows/forms.ts'
import type { AnswerStamp } from './answer-stamp.ts'
import type { PredictionStory } from './prediction-observer.ts'
import type { RowsWatch } from './rows-watch.ts'

export interface PredictionRequest {
  readonly runId: number
  readonly body: ReceivedBody | undefined
  readonly form: RowsForm
  /** Of CSV. */
  readonly dialect?: CsvDialect | undefined
  readonly answerForm: AnswerForm
  readonly withProbabilities: boolean
  /** Absent: nothing is explained. */
  readonly explain?: ExplainOptions | undefined
  readonly extraColumns: ExtraColumns
  /** The column that has the caller's keys of the rows: the pipeline sees it only where it is a feature. */
  readonly keyColumn?: string | undefined
  /** Absent of an answer that no deployment gives. */
  readonly stamp?: AnswerStamp | undefined
  /** Hears how it was made. */
  readonly onPredicted?: ((story: PredictionStory) => void) | undefined
  /** Counts the rows of a deployment, which has a stamp. */
  readonly watch?: RowsWatch | undefined
  /** The bytes of the body stay with the caller, who may predict them again. */
  readonly isBodyKept?: boolean | undefined
  /** Of a prediction that answers nobody. */
  readonly shadow?: ShadowOptions | undefined
}

export type InferenceOptions = Pick<PredictionRequest, 'keyColumn' | 'onPredicted' | 'watch' | 'isBodyKept' | 'shadow'>

/** A prediction that answers nobody: no figure counts it. */
export interface ShadowOptions {
  /** After so long it is to stop; never longer than others may take. */
  readonly timeoutMs: number
}
