// The part of the routes that answers for deployments on other targets: who predicts, who is asked where one is gone, and what is counted.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { invalidRequest, ServiceError } from '../../../errors.ts'
import { requestFaults } from '../../../http/request-faults.ts'
import { FaultList } from '../../../model/faults.ts'
import type { AnswerStamp } from '../../../prediction/answer-stamp.ts'
import type { PredictionRequest } from '../../../prediction/prediction-request.ts'
import { askedRows, type RowsSource, requireAnswerForm } from '../../../prediction/routes.ts'
import type { ReceivedBody } from '../../../rows/body-file.ts'
import { ANSWER_CONTENT_TYPES } from '../../../rows/forms.ts'
import type { ActiveDeployment, ActiveDeployments } from '../active-deployments.ts'
import type { ElsewherePredictions } from '../predict-elsewhere.ts'
import type { WatchElsewhere } from '../watch-elsewhere.ts'

export interface AnswerElsewhereParts {
  readonly active: Pick<ActiveDeployments, 'stampOf' | 'refresh' | 'find'>
  readonly elsewhere: ElsewherePredictions
  /** Counts the rows that are predicted elsewhere. */
  readonly watchElsewhere: WatchElsewhere
}

export interface AskedElsewhere {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Of performance.now(). */
  readonly startedAt: number
  /** Answers by the deployment that is active where this one cannot be reached any more; undefined of a second try. */
  readonly next: ((found: ActiveDeployment) => void) | undefined
}

/** Throws what stands against an answer; then nothing is sent. */
export async function answerElsewhere(
  parts: AnswerElsewhereParts,
  deployment: ActiveDeployment,
  { request, reply, startedAt, next }: AskedElsewhere,
): Promise<void> {
  const { active, watchElsewhere } = parts
  const { plan, counts, watch } = deployment
  const stamp = active.stampOf(deployment)
  let rowCount: number
  try {
    rowCount = await predictElsewhere(parts, deployment, stamp, request, reply)
  } catch (error) {
    counts.failed(startedAt, error)
    if (watch !== undefined && error instanceof ServiceError && error.code === 'REQUEST_INVALID') {
      const asked = askedAgain(request, { runId: plan.runId, stamp, watch })
      if (asked === undefined) watch.failed(error)
      else watchElsewhere.refused(watch, asked, error)
    }
    const found = next && (await nextAfter(parts, deployment, error))
    if (found === undefined) throw error
    next?.(found)
    return
  }
  counts.predicted(startedAt, rowCount)
  if (watch === undefined) return
  const asked = askedAgain(request, { runId: plan.runId, stamp, watch })
  if (asked === undefined) watch.notCounted(rowCount, 'elsewhere')
  else watchElsewhere.answered(watch, asked, rowCount, performance.now() - startedAt)
}

/** A deployment that could not be reached may have been replaced, and be gone from its target already: the one that is active now. */
async function nextAfter(
  { active }: AnswerElsewhereParts,
  { plan: { projectId, environment, deploymentId } }: ActiveDeployment,
  error: unknown,
): Promise<ActiveDeployment | undefined> {
  if (!(error instanceof ServiceError && error.code === 'TARGET_UNAVAILABLE')) return undefined
  await active.refresh()
  const found = active.find(String(projectId), environment)
  return found?.plan.deploymentId === deploymentId ? undefined : found
}

/** What a request asks for, for who predicts its rows once more; undefined where something beside the rows is wrong. */
function askedAgain(request: FastifyRequest, source: RowsSource): PredictionRequest | undefined {
  const faults = new FaultList()
  const asked = askedRows(request, source, faults)
  return faults.isEmpty && request.validationError === undefined ? asked : undefined
}

/** Gives the rows of the answer. */
async function predictElsewhere(
  { elsewhere }: AnswerElsewhereParts,
  deployment: ActiveDeployment,
  stamp: AnswerStamp,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<number> {
  if (requireAnswerForm(request) !== 'json') {
    const detail = `a deployment on ${deployment.target} answers with JSON; expected application/json in Accept`
    throw new ServiceError('ANSWER_TYPE_UNSUPPORTED', detail)
  }
  const faults = requestFaults(request)
  if (!faults.isEmpty) throw invalidRequest(faults)
  const asked = new URLSearchParams(request.url.split('?')[1])
  for (const ours of ['environment', 'experiment_key']) asked.delete(ours)
  const { 'content-type': contentType = 'application/json', accept } = request.headers
  const sent = { body: request.body as ReceivedBody | undefined, contentType, accept, query: asked.toString() }
  const { text, rowCount } = await elsewhere.predict(deployment, stamp, sent)
  reply.header('content-type', ANSWER_CONTENT_TYPES.json).send(text)
  return rowCount
}
