// Every failure that a caller can meet: its code, its status and its title. docs/errors.md is tested against it.
import { type Fault, FaultList, placeOf, summaryOf, type WrongType } from './model/faults.ts'
import { clipped } from './model/shown.ts'

export const ERROR_CATALOGUE = {
  REQUEST_MALFORMED: { status: 400, title: 'The request is not HTTP as it should be' },
  BODY_MALFORMED: { status: 400, title: 'The body cannot be read' },
  REQUEST_INVALID: { status: 400, title: 'The request has faults' },
  MODEL_UNKNOWN: { status: 400, title: 'No such model' },
  MODEL_UNAVAILABLE: { status: 400, title: 'The model is registered, but its class is not in the code' },
  MODEL_UNREGISTERED: { status: 400, title: 'The model is in the code, but not registered in the models table' },
  UNAUTHENTICATED: { status: 401, title: 'The caller is not known' },
  FORBIDDEN: { status: 403, title: 'The caller may not do this' },
  HOST_REFUSED: { status: 403, title: 'The worker is not called by one of its names' },
  ORIGIN_REFUSED: { status: 403, title: 'The call comes from a page of another site' },
  RUN_NOT_CREATABLE: { status: 403, title: 'The worker may not create runs in this database' },
  SELF_REVIEW: { status: 403, title: 'Who asked for it may not decide on it' },
  ROUTE_UNKNOWN: { status: 404, title: 'No such route' },
  RUN_UNKNOWN: { status: 404, title: 'No such run' },
  MODEL_VERSION_UNKNOWN: { status: 404, title: 'No such model, or no such version of it' },
  DATASET_UNKNOWN: { status: 404, title: 'No such data set' },
  UPLOAD_UNKNOWN: { status: 404, title: 'No such upload' },
  POLICY_UNKNOWN: { status: 404, title: 'No policy for data sets of that name' },
  TOKEN_UNKNOWN: { status: 404, title: 'No such token' },
  PROJECT_UNKNOWN: { status: 404, title: 'No such project' },
  VERSION_UNKNOWN: { status: 404, title: 'The project has no such version' },
  MANIFEST_UNKNOWN: { status: 404, title: 'The version has no signed manifest' },
  ALIAS_UNKNOWN: { status: 404, title: 'The project has no such alias' },
  DEPLOYMENT_UNKNOWN: { status: 404, title: 'The environment has no such deployment' },
  PREDICTION_UNKNOWN: { status: 404, title: 'The project keeps no such prediction' },
  WEBHOOK_UNKNOWN: { status: 404, title: 'No such webhook' },
  DELIVERY_UNKNOWN: { status: 404, title: 'The webhook has no such delivery' },
  LOOK_UNKNOWN: { status: 404, title: 'The project has no such look' },
  ALERT_UNKNOWN: { status: 404, title: 'No such alert' },
  SEARCH_UNKNOWN: { status: 404, title: 'The run made no search' },
  RETRAINING_UNKNOWN: { status: 404, title: 'The project has no such retraining' },
  EXPERIMENT_UNKNOWN: { status: 404, title: 'The project has no such experiment' },
  ERASURE_UNKNOWN: { status: 404, title: 'No such erasure' },
  ANSWER_TYPE_UNSUPPORTED: { status: 406, title: 'The answer is not given in that form' },
  REQUEST_TIMED_OUT: { status: 408, title: 'The request did not come to its end in time' },
  PREDICTION_TIMED_OUT: { status: 408, title: 'The prediction took too long and was stopped' },
  RUN_OF_ANOTHER_MODEL: { status: 409, title: 'The run belongs to another model' },
  RUN_FINISHED: { status: 409, title: 'The run is finished' },
  RUN_FAILED: { status: 409, title: 'The training of the run failed' },
  RUN_ACCEPTED_DIFFERENTLY: { status: 409, title: 'The run was already accepted with another body' },
  RUN_HELD_ELSEWHERE: { status: 409, title: 'The run is being trained by another worker' },
  ARTIFACT_UNUSABLE: { status: 409, title: 'The stored result of the run cannot be used' },
  EXPORT_UNSUPPORTED: { status: 409, title: 'The run cannot be told in that format' },
  PRESIGN_UNSUPPORTED: { status: 409, title: 'The storage gives no URLs' },
  DATASET_IN_USE: { status: 409, title: 'Runs were trained from the data set' },
  DATASET_DELETED: { status: 409, title: 'The content of the data set is deleted' },
  DATASET_CHANGED: { status: 409, title: 'The data set has lost rows since' },
  PROJECT_EXISTS: { status: 409, title: 'A project has this name' },
  PROJECT_ARCHIVED: { status: 409, title: 'The project is archived' },
  PROJECT_IN_USE: { status: 409, title: 'The project is in use' },
  VERSION_UNTRUSTED: { status: 409, title: 'No accepted key vouches for the version' },
  VERSION_IMPORTED: { status: 409, title: 'The version was imported, not trained' },
  VERSION_NOT_APPROVED: { status: 409, title: 'The version is not approved' },
  REVIEW_OUT_OF_ORDER: { status: 409, title: 'The state of the version does not allow the decision' },
  NOTHING_DEPLOYED: { status: 409, title: 'Nothing is active in the environment' },
  ROLLBACK_IMPOSSIBLE: { status: 409, title: 'There is nothing to go back to' },
  DEPLOYED_ELSEWHERE: { status: 409, title: 'The version is deployed on another target' },
  VERSIONS_NOT_COMPARABLE: { status: 409, title: 'The versions cannot be judged on the same rows' },
  ALERT_RESOLVED: { status: 409, title: 'The alert is resolved' },
  EXPERIMENT_EXISTS: { status: 409, title: 'The project has an experiment of that name' },
  EXPERIMENT_STATE: { status: 409, title: 'The experiment is not in the state for it' },
  EXPERIMENT_CONFLICT: { status: 409, title: 'What is deployed, or runs, stands against it' },
  RETRAINING_UNDER_WAY: { status: 409, title: 'A retraining of the project is under way' },
  WEBHOOK_DISABLED: { status: 409, title: 'The webhook is disabled' },
  WEBHOOKS_TOO_MANY: { status: 409, title: 'There are as many webhooks as may be' },
  PRECONDITION_FAILED: { status: 412, title: 'It was changed meanwhile' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is over the limit' },
  MEMORY_EXCEEDED: { status: 413, title: 'The request needs more memory than it may have' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, title: 'The content type is not taken' },
  RANGE_UNSATISFIABLE: { status: 416, title: 'There are no such bytes' },
  EXPLANATION_UNAVAILABLE: { status: 422, title: 'The predictions of the run cannot be explained' },
  TENSORS_EXPECTED: { status: 422, title: 'The model takes tensors, not rows' },
  UPLOAD_DIFFERENT: { status: 422, title: 'The bytes are not those that were announced' },
  IMPORTED_MODEL_FAILED: { status: 422, title: 'The imported model cannot answer' },
  GOLDEN_ROWS_DIFFER: { status: 422, title: 'The model does not answer the golden rows as its framework did' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The key was used before with another body' },
  PRECONDITION_REQUIRED: { status: 428, title: 'The change must name what it was made from' },
  RATE_LIMITED: { status: 429, title: 'The caller asks for more than it may at once' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  INTERNAL: { status: 500, title: 'An error of the worker' },
  MAIL_OFF: { status: 501, title: 'The worker has no mail server' },
  SIGNING_OFF: { status: 501, title: 'The worker has no key to sign with' },
  ONNX_OFF: { status: 501, title: 'The worker has no ONNX Runtime' },
  TARGET_NOT_SET_UP: { status: 501, title: 'The target is not set up' },
  NOT_SET_UP: { status: 501, title: 'The schema that this needs is not set up' },
  TARGET_UNAVAILABLE: { status: 502, title: 'The target of the deployment gives no good answer' },
  NOT_READY: { status: 503, title: 'The worker cannot take work' },
  ISSUER_UNAVAILABLE: { status: 503, title: 'The keys of the issuer of JWTs cannot be had' },
  DATABASE_UNAVAILABLE: { status: 503, title: 'The database is away' },
  OVERLOADED: { status: 503, title: 'The worker has more to do than it can' },
  STORAGE_UNAVAILABLE: { status: 503, title: 'The storage cannot be reached, or has no room' },
  DISK_UNAVAILABLE: { status: 503, title: 'The work cannot be written to disk' },
  QUEUE_FULL: { status: 503, title: 'The training queue is full' },
  TABLES_UNUSABLE: { status: 503, title: 'The tables, or the rights on them, are not as the worker needs them' },
  RUN_NOT_READY: { status: 503, title: 'The run has no result yet' },
  SHUTTING_DOWN: { status: 503, title: 'The worker is shutting down' },
  TARGET_TIMED_OUT: { status: 504, title: 'The target of the deployment gave no answer in time' },
} as const

export type ErrorCode = keyof typeof ERROR_CATALOGUE

/** Whether every answer with the status has Retry-After. */
export function asksForAnotherTry(status: number): boolean {
  return status === 429 || status === 503
}

/** Characters of what is said of a failure. */
const DETAIL_LENGTH_MAX = 10_000

interface ServiceErrorOptions extends ErrorOptions {
  readonly faults?: FaultList
  readonly retryAfterSeconds?: number
  /** What the problem says beside its usual members. */
  readonly extension?: ProblemExtension
}

/** Members of single problems (RFC 9457, 3.2). */
export interface ProblemExtension {
  readonly checks?: Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>
}

/** An expected failure. `detail` names the subject, what was expected and what came; callers see it. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: ErrorCode
  readonly faults: readonly Fault[]
  /** Those that are not listed too. */
  readonly faultCount: number
  /** Callers see it in the words of faults only. */
  readonly wrongTypes: readonly WrongType[]
  readonly retryAfterSeconds: number | undefined
  readonly extension: ProblemExtension

  constructor(code: ErrorCode, detail: string, options: ServiceErrorOptions = {}) {
    super(clipped(detail, DETAIL_LENGTH_MAX), options)
    this.code = code
    this.faults = options.faults?.listed ?? []
    this.extension = options.extension ?? {}
    this.faultCount = options.faults?.count ?? 0
    this.wrongTypes = options.faults?.wrongTypes ?? []
    this.retryAfterSeconds = asksForAnotherTry(ERROR_CATALOGUE[code].status)
      ? (options.retryAfterSeconds ?? 1)
      : options.retryAfterSeconds
  }
}

/** A ServiceError as plain data, for other threads. */
export interface Refusal {
  readonly code: ErrorCode
  readonly detail: string
  readonly faults: readonly Fault[]
  readonly faultCount: number
  readonly wrongTypes: readonly WrongType[]
  readonly retryAfterSeconds: number | undefined
}

export function refusalOf(error: ServiceError): Refusal {
  const { code, message: detail, faults, faultCount, wrongTypes, retryAfterSeconds } = error
  return { code, detail, faults, faultCount, wrongTypes, retryAfterSeconds }
}

export function errorOf({ code, detail, faults, faultCount, wrongTypes, retryAfterSeconds }: Refusal): ServiceError {
  const list = new FaultList()
  list.addAll({ listed: faults, count: faultCount, wrongTypes })
  return new ServiceError(code, detail, {
    faults: list,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}

/** A request with faults, all of which are known. */
export function invalidRequest(faults: FaultList): ServiceError {
  return new ServiceError('REQUEST_INVALID', summaryOf(faults), { faults })
}

/**
 * Adds the faults that the work is refused with; one that is refused otherwise adds none. Throws what else it throws, and
 * BODY_MALFORMED: of what cannot be read nothing else is said.
 */
export async function addRefusedFaults(work: Promise<unknown>, faults: FaultList): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === 'BODY_MALFORMED') throw error
    if (error.code === 'REQUEST_INVALID') faults.addAll({ listed: error.faults, count: error.faultCount })
  }
}

/** All that is wrong, in one text: for clients that show nothing else. */
export function describeInFull({ message, faults }: ServiceError): string {
  if (faults.length === 0) return message
  return faults.map((fault) => `${placeOf(fault)}: ${fault.detail}`).join('; ')
}
