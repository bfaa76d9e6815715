// Which failures of a prediction are the version's own: those that another version would not have had.
import { ERROR_CATALOGUE, type ErrorCode, ServiceError } from '../../errors.ts'

/** Below 500, and not the caller's. */
const OWN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ARTIFACT_UNUSABLE',
  'MODEL_UNAVAILABLE',
  'PREDICTION_TIMED_OUT',
  'RUN_FAILED',
  'RUN_UNKNOWN',
  'VERSION_UNTRUSTED',
])
/** From 500 on, and the worker's: any version would have had it. */
const OF_WORKER: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['DATABASE_UNAVAILABLE', 'OVERLOADED', 'TABLES_UNUSABLE'])

export type FaultOf = 'version' | 'caller' | 'worker'

export function faultOf(error: unknown): FaultOf {
  if (!(error instanceof ServiceError)) return 'version'
  const { code } = error
  if (OF_WORKER.has(code)) return 'worker'
  return ERROR_CATALOGUE[code].status >= 500 || OWN.has(code) ? 'version' : 'caller'
}
