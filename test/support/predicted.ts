// Rows as prediction tells them, made by hand.
import type { PredictedRows, PredictingDeployment } from '../../src/monitoring/predicted-rows.ts'
import { PredictionIds } from '../../src/prediction/prediction-ids.ts'

export const DEPLOYMENT: PredictingDeployment = {
  projectId: 1,
  environment: 'production',
  deploymentId: 1,
  version: 1,
  runId: 1,
}

export interface MadeRows extends Partial<Pick<PredictedRows, 'columns' | 'answers' | 'confidence' | 'rows'>> {
  readonly deployment?: Partial<PredictingDeployment>
  readonly idPrefix?: string
}

const ids = new PredictionIds()

/** When a prediction was made, by hand: ids of that time. */
export function idsAt(time: number): PredictionIds {
  return new PredictionIds(() => time)
}

/** One row with two columns, unless told otherwise. */
export function predicted({ deployment, ...given }: MadeRows = {}): PredictedRows {
  return {
    idPrefix: ids.next(),
    requestRows: given.rows?.length ?? 1,
    rows: Uint32Array.of(0),
    milliseconds: 1.5,
    columns: [Float64Array.of(0.1), Float64Array.of(2)],
    answers: Float64Array.of(1),
    classes: ['high', 'low'],
    confidence: Float64Array.of(0.75),
    ...given,
    deployment: { ...DEPLOYMENT, ...deployment },
  }
}
