// One prediction: from the bytes of a request to the members of its answer.
import { invalidRequest, ServiceError } from '../errors.ts'
import { FitStopped } from '../learning/errors.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import { FaultList, RowsError } from '../model/faults.ts'
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'
import type { Probabilities } from '../model/output-rows.ts'
import type { UnseenLevels } from '../model/schema.ts'
import { type Level, type Table, toRows } from '../model/table.ts'
import { buildTable } from '../model/table-builder.ts'
import { checkMembers, parseBody, rowsOf } from '../training/request-body.ts'

export interface PredictionAnswer {
  readonly predictions: Record<string, Level | null>[]
  /** Per row, per label column: class → probability. */
  readonly probabilities?: Record<string, Record<string, number>>[]
  /** Per label column the classes in the order of training, in their JSON types. */
  readonly classes?: Record<string, readonly Level[]>
  readonly warnings?: {
    readonly code: 'UNSEEN_CATEGORY'
    readonly column: string
    readonly rows: number
    readonly values: readonly Level[]
  }[]
}

/** The rows of the body of POST /api/predict. Throws ServiceError BODY_MALFORMED or REQUEST_INVALID, after `faults`. */
export function readPredictionBody(bytes: Uint8Array | undefined, faults = new FaultList()): Table {
  const body = parseBody(bytes)
  checkMembers(body, ['features'], faults)
  const rows = rowsOf(body, 'features', faults)
  if (rows === undefined) throw invalidRequest(faults)
  const table = buildTable(rows, 'features', faults)
  if (!faults.isEmpty) throw invalidRequest(faults)
  return table
}

/**
 * Predicts the rows. Throws ServiceError REQUEST_INVALID with every fault of columns and values, or
 * PREDICTION_TIMED_OUT when it takes longer than timeoutMs; its work has then been stopped.
 */
export async function predict(
  pipeline: FittedPipeline,
  features: Table,
  { withProbabilities, timeoutMs }: { withProbabilities: boolean; timeoutMs: number },
): Promise<PredictionAnswer> {
  const stop = new StopFlag()
  const timer = setTimeout(() => stop.set(), timeoutMs)
  try {
    return answerOf(await pipeline.predict(features, { stop }), withProbabilities)
  } catch (error) {
    if (error instanceof RowsError) throw invalidRequest(error.faults)
    if (!(error instanceof FitStopped)) throw error
    throw new ServiceError(
      'PREDICTION_TIMED_OUT',
      `the prediction took longer than ${timeoutMs / 1000} s (PREDICT_TIMEOUT_SECONDS)`,
    )
  } finally {
    clearTimeout(timer)
  }
}

function answerOf({ labels, probabilities, unseen }: Predictions, withProbabilities: boolean): PredictionAnswer {
  const predictions = toRows(labels)
  return {
    predictions,
    ...(withProbabilities
      ? {
          probabilities: predictions.map((_, row) =>
            Object.fromEntries(probabilities.map((column) => [column.name, probabilitiesOf(column, row)])),
          ),
          classes: Object.fromEntries(probabilities.map(({ name, levels }) => [name, levels])),
        }
      : {}),
    ...(unseen.length > 0 ? { warnings: unseen.map(warningOf) } : {}),
  }
}

/** Class names are data, `__proto__` too: fromEntries makes own properties of them all. */
function probabilitiesOf({ levels, values }: Probabilities, row: number): Record<string, number> {
  return Object.fromEntries(levels.map((level, c) => [String(level), values[row * levels.length + c] as number]))
}

function warningOf({ column, rowCount, values }: UnseenLevels) {
  return { code: 'UNSEEN_CATEGORY' as const, column, rows: rowCount, values }
}
