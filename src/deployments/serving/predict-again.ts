// Predicting the rows of a request once more, for nobody who waits: its answer goes nowhere, a watch hears of the rows.
import { ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import { AnswerStream } from '../../prediction/answer-stream.ts'
import type { PredictionRequest } from '../../prediction/prediction-request.ts'
import type { Predictor } from '../../prediction/predictor.ts'
import type { ShadowResult } from './shadow-queue.ts'

/** After so long whoever predicts again is to stop. */
export const AGAIN_TIMEOUT_MS = 2_000

/** The body stays with the caller. Throws what stands against it. */
export async function predictAgain(
  predictor: Pick<Predictor, 'predict'>,
  asked: PredictionRequest,
  { timeoutMs, ...how }: Pick<PredictionRequest, 'runId' | 'watch'> & { readonly timeoutMs: number },
): Promise<void> {
  const plain = { answerForm: 'json', withProbabilities: false, explain: undefined, onPredicted: undefined } as const
  const again = { ...asked, ...plain, ...how, isBodyKept: true, shadow: { timeoutMs } }
  const answer = await predictor.predict(again, new FaultList())
  // Nobody takes the rest of a long one.
  if (answer instanceof AnswerStream) answer.destroy()
}

/** What became of a prediction that has thrown. */
export function failureOf(error: unknown): Extract<ShadowResult, 'timed_out' | 'failed'> {
  return error instanceof ServiceError && error.code === 'PREDICTION_TIMED_OUT' ? 'timed_out' : 'failed'
}
