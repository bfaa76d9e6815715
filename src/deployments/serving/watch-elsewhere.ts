// The rows that a deployment on another target has predicted: its version predicts them here once more, after the answer, so that they
// are counted and kept as all rows are. The answers are those of there: it is the same version, with the same bytes.
import { ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import { AnswerStream } from '../../prediction/answer-stream.ts'
import type { PredictionRequest } from '../../prediction/prediction-request.ts'
import type { Predictor } from '../../prediction/predictor.ts'
import type { RowsWatch, SampledRows } from '../../prediction/rows-watch.ts'
import { smallBytesOf } from '../../rows/body-file.ts'
import type { DeploymentRowsWatch } from './active-deployments.ts'
import type { ShadowQueue } from './shadow-queue.ts'

/** After so long the version is to stop. */
const TIMEOUT_MS = 2_000

export interface WatchElsewhereParts {
  readonly predictor: Pick<Predictor, 'predict'>
  /** Requests that wait: of more the rows are not counted. */
  readonly queue: Pick<ShadowQueue, 'add'>
}

/** What was answered there. */
export interface AnsweredElsewhere {
  /** 0 of a request that was refused for its rows. */
  readonly rowCount: number
  readonly milliseconds: number
}

export class WatchElsewhere {
  private readonly parts: WatchElsewhereParts

  constructor(parts: WatchElsewhereParts) {
    this.parts = parts
  }

  /** Nothing waits for it. Rows that are not predicted again are told to the watch as not counted. */
  add(watch: DeploymentRowsWatch, asked: PredictionRequest, answered: AnsweredElsewhere): void {
    const leaveOut = (): void => {
      if (answered.rowCount > 0) watch.notCounted(answered.rowCount, 'elsewhere')
    }
    const bytes = smallBytesOf(asked.body)?.length
    // The file of a large body goes with the answer.
    if (bytes === undefined) leaveOut()
    else this.parts.queue.add({ bytes, run: () => this.repeat(watch, asked, answered, leaveOut), leaveOut })
  }

  private async repeat(
    watch: DeploymentRowsWatch,
    asked: PredictionRequest,
    { milliseconds }: AnsweredElsewhere,
    leaveOut: () => void,
  ): Promise<'made' | 'timed_out' | 'failed'> {
    const plain = { answerForm: 'json', withProbabilities: false, explain: undefined, onPredicted: undefined } as const
    const shadow = { timeoutMs: TIMEOUT_MS }
    try {
      const repeated = { ...asked, ...plain, watch: timedWatch(watch, milliseconds), isBodyKept: true, shadow }
      const answer = await this.parts.predictor.predict(repeated, new FaultList())
      // Nobody takes the rest of a long one.
      if (answer instanceof AnswerStream) answer.destroy()
      return 'made'
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'REQUEST_INVALID') {
        watch.failed(error)
        return 'made'
      }
      leaveOut()
      return error instanceof ServiceError && error.code === 'PREDICTION_TIMED_OUT' ? 'timed_out' : 'failed'
    }
  }
}

/** Tells the time that the answer took there. */
function timedWatch(watch: RowsWatch, milliseconds: number): RowsWatch {
  return {
    sampleRate: watch.sampleRate,
    keyColumn: watch.keyColumn,
    wantsUnseen: watch.wantsUnseen === true,
    countsFor: (cellCount, rowCount) => watch.countsFor(cellCount, rowCount),
    notCounted: (rowCount, reason) => watch.notCounted(rowCount, reason),
    sampled: (rows: SampledRows, idPrefix) => watch.sampled(rows, idPrefix, milliseconds),
    unseen: (levels) => watch.unseen?.(levels),
  }
}
