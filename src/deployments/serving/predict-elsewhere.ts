// Predictions of deployments that are on another target: the rows go there, and the answer comes back with our stamp.
import { ERROR_CATALOGUE, type ErrorCode, ServiceError } from '../../errors.ts'
import { type Fault, FaultList } from '../../model/faults.ts'
import { type AnswerStamp, deploymentText, idTexts } from '../../prediction/answer-stamp.ts'
import { lengthOf, type ReceivedBody } from '../../rows/body-file.ts'
import type { TargetAnswer, TargetName, TargetRequest } from '../targets/target.ts'
import type { Targets } from '../targets/targets.ts'
import type { ActiveDeployment } from './active-deployments.ts'

/** Predictions that may wait for targets at once. */
const CALLS_MAX = 256

export interface ElsewhereParts {
  readonly targets: Pick<Targets, 'require'>
  readonly timeoutMs: number
}

export interface ElsewhereAnswer {
  /** JSON as POST /api/predict answers it, with the deployment and the ids. */
  readonly text: string
  readonly rowCount: number
}

export class ElsewherePredictions {
  private readonly parts: ElsewhereParts
  private calls = 0

  constructor(parts: ElsewhereParts) {
    this.parts = parts
  }

  /**
   * Throws ServiceError: what the version there finds wrong with the request, OVERLOADED, BODY_TOO_LARGE where the body lies
   * in a file, TARGET_UNAVAILABLE, TARGET_TIMED_OUT.
   */
  async predict(
    { plan, target: name }: ActiveDeployment,
    stamp: AnswerStamp,
    request: Omit<TargetRequest, 'body'> & { readonly body: ReceivedBody | undefined },
  ): Promise<ElsewhereAnswer> {
    const target = this.parts.targets.require(name)
    if (target.predict === undefined) throw unavailable(name, 'it takes no rows')
    const { body = Buffer.alloc(0) } = request
    if (!Buffer.isBuffer(body)) {
      const detail = `a body of ${lengthOf(body)} bytes is more than is sent on to a deployment on ${name}; send fewer rows`
      throw new ServiceError('BODY_TOO_LARGE', detail)
    }
    if (this.calls >= CALLS_MAX) throw new ServiceError('OVERLOADED', `${CALLS_MAX} predictions wait for targets`)
    const signal = AbortSignal.timeout(this.parts.timeoutMs)
    this.calls += 1
    try {
      const answer = await target.predict(plan, { ...request, body }, signal)
      return stamped(name, answer, stamp)
    } catch (error) {
      if (error instanceof ServiceError) throw error
      if (!signal.aborted) throw unavailable(name, 'it could not be reached', error)
      const detail = `${name} gave no answer within ${this.parts.timeoutMs / 1000} s (PREDICT_TIMEOUT_SECONDS)`
      throw new ServiceError('TARGET_TIMED_OUT', detail, { cause: error })
    } finally {
      this.calls -= 1
    }
  }
}

const PROBLEM = /^application\/problem\+json\b/

function stamped(name: TargetName, { status, contentType, body }: TargetAnswer, stamp: AnswerStamp): ElsewhereAnswer {
  const text = body.toString('utf8').trim()
  if (status >= 400 && status < 500 && PROBLEM.test(contentType)) throw refusedThere(name, text)
  if (status !== 200) throw unavailable(name, `it answered with the status ${status}`)
  const rowCount = rowsIn(text)
  if (rowCount === undefined) throw unavailable(name, 'its answer is not that of POST /api/predict')
  const added = `"deployment":${deploymentText(stamp)},"prediction_ids":[${idTexts(stamp, 0, rowCount)}]`
  return { text: `${text.slice(0, -1)},${added}}`, rowCount }
}

/** A problem of a worker, as one of ours. */
function refusedThere(name: TargetName, text: string): ServiceError {
  const { code, detail, errors } = objectIn(text)
  if (typeof code !== 'string' || !Object.hasOwn(ERROR_CATALOGUE, code)) {
    return unavailable(name, "it refused the request with a problem that is no worker's")
  }
  const faults = new FaultList()
  for (const fault of Array.isArray(errors) ? errors.filter(isFault) : []) faults.add(fault)
  return new ServiceError(code as ErrorCode, typeof detail === 'string' ? detail : code, { faults })
}

function isFault(value: unknown): value is Fault {
  const fault = value as Partial<Fault> | null
  return typeof fault === 'object' && fault !== null && typeof fault.in === 'string' && typeof fault.detail === 'string'
}

function rowsIn(text: string): number | undefined {
  const { predictions } = objectIn(text)
  return Array.isArray(predictions) ? predictions.length : undefined
}

/** Empty where the text is no JSON of an object. */
function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function unavailable(name: TargetName, reason: string, cause?: unknown): ServiceError {
  return new ServiceError('TARGET_UNAVAILABLE', `the deployment is on ${name}: ${reason}`, { cause })
}
