// What begins when a data set was uploaded: the training that the upload asks for, else that of the policy of its name.
import type { Logger } from 'pino'
import type { Caller } from '../../caller.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import { type ErrorCode, ServiceError } from '../../errors.ts'
import type { Dataset } from '../dataset.ts'
import type { Policies } from './policies.ts'
import type { PolicyTraining } from './policy-schemas.ts'

/** What the room of training is asked for. */
export interface UploadTraining {
  readonly modelName: string
  readonly datasetId: number
  readonly training: PolicyTraining
  readonly traceparent: string | undefined
  readonly caller: Caller
}

/** Accepts the training and gives its run; for the same data set the same one. Throws ServiceError. */
export type TrainUpload = (wish: UploadTraining) => Promise<{ readonly runId: number }>

/** What an upload says itself; parameters as JSON has them, undefined takes the defaults. */
export interface AskedTraining {
  readonly modelName: string
  readonly parameters: unknown
}

/** Of the request of an upload. */
export interface UploadContext {
  readonly traceparent: string | undefined
  readonly caller: Caller
}

export type BegunTraining =
  | { readonly status: 'accepted'; readonly model_run_id: number }
  | { readonly status: 'refused'; readonly code: ErrorCode; readonly detail: string }

export class UploadTrainings {
  private readonly policies: Pick<Policies, 'find'>
  private readonly train: TrainUpload
  private readonly log: Logger

  constructor(policies: Pick<Policies, 'find'>, train: TrainUpload, log: Logger) {
    this.policies = policies
    this.train = train
    this.log = log
  }

  /**
   * Undefined where nothing is to be trained. A training that is refused leaves the data set: the answer says why there is
   * no run. Throws what nobody foresaw.
   */
  async begin(
    { datasetId, name }: Dataset,
    asked: AskedTraining | undefined,
    context: UploadContext,
  ): Promise<BegunTraining | undefined> {
    try {
      const policy = asked === undefined ? await this.policies.find(name) : undefined
      const wanted = policy ?? (asked && { ...asked, training: trainingOf(asked) })
      if (wanted === undefined) return undefined
      const { modelName, training } = wanted
      const { runId } = await this.train({ modelName, datasetId, training, ...context })
      return { status: 'accepted', model_run_id: runId }
    } catch (error) {
      const refusal = refusalOf(error)
      if (asked === undefined) {
        // Its words may be about rows.
        this.log.warn(
          { datasetId, dataset: name, code: refusal.code },
          'the policy of a data set could not be followed',
        )
      }
      return refusal
    }
  }
}

function trainingOf({ parameters }: AskedTraining): PolicyTraining {
  return parameters === undefined ? {} : { parameters: parameters as Record<string, unknown> }
}

function refusalOf(error: unknown): Extract<BegunTraining, { status: 'refused' }> {
  if (error instanceof ServiceError) return { status: 'refused', code: error.code, detail: error.message }
  if (!isDatabaseUnavailable(error)) throw error
  return { status: 'refused', code: 'DATABASE_UNAVAILABLE', detail: 'the database does not answer' }
}
