// The rows of a request of an experiment: how they are predicted, and how they are predicted again by who answers nobody.
import type { Logger } from 'pino'
import type { PredictionStory } from '../../prediction/prediction-observer.ts'
import type { PredictionRequest } from '../../prediction/prediction-request.ts'
import type { Predictor } from '../../prediction/predictor.ts'
import type { RowsSource } from '../../prediction/routes.ts'
import { smallBytesOf } from '../../rows/body-file.ts'
import type { AskedVersion, DividedPrediction } from './divided-prediction.ts'
import { predictAgain } from './predict-again.ts'
import type { Enrolled, Repeat } from './traffic.ts'

export interface DividedRowsParts {
  readonly divided: DividedPrediction
  readonly enrolled: Enrolled
  readonly predictor: Predictor
  /** Of the request. */
  readonly log: Pick<Logger, 'warn'>
  /** Once a request: of the answer, whoever gives it. */
  readonly onPredicted: (story: PredictionStory) => void
  readonly onFailed: (error: unknown) => void
}

export function dividedRows(parts: DividedRowsParts): RowsSource {
  const { divided, enrolled, predictor } = parts
  let failure: unknown
  const sourceOf = ({ runId, stamp, watch }: AskedVersion, isLast: boolean): RowsSource => ({
    runId,
    stamp,
    onPredicted(story) {
      // Not before: rows that the control does not take either are the caller's fault.
      if (failure !== undefined) {
        const { experimentId, arm } = enrolled
        parts.log.warn(
          { err: failure, experimentId, arm: arm.name },
          'an arm has failed; the control has predicted instead',
        )
      }
      parts.onPredicted(story)
      divided.onPredicted()
    },
    onFailed(error) {
      parts.onFailed(error)
      divided.onFailed(error)
    },
    watch,
    instead: isLast ? undefined : instead,
    onAsked: enrolled.isRepeated ? (asked) => enrolled.repeatBy(repeatOf(predictor, asked)) : undefined,
  })
  const instead = (error: unknown): RowsSource => {
    failure = error
    return sourceOf(divided.instead(error), true)
  }
  return sourceOf(divided.first, !divided.hasOther)
}

function repeatOf(predictor: Predictor, asked: PredictionRequest): Repeat {
  return {
    bytes: smallBytesOf(asked.body)?.length,
    predict: ({ runId }, watch, timeoutMs) => predictAgain(predictor, asked, { runId, watch, timeoutMs }),
  }
}
