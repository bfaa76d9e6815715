// A training request from its bytes to work, on whatever thread.
import { invalidRequest } from '../errors.ts'
import { FaultList } from '../model/faults.ts'
import type { Model } from '../model/model.ts'
import { type BodyBytes, chunksOf, withWindow } from '../rows/byte-window.ts'
import { readJsonBody } from '../rows/json-body.ts'
import { checkTraining, digestOf } from './intake.ts'
import type { TrainingWork } from './spool.ts'

const MEMBERS = ['parameters', 'features', 'labels', 'validation_split']

/** What a training request says beside its body; plain data. */
export interface TrainingHead {
  /** Undefined when the body has it, as `model_name`. */
  readonly modelName: string | undefined
  /** 0 while the run has none. */
  readonly runId: number
  /** What is wrong with the query. */
  readonly faults: Pick<FaultList, 'listed' | 'count'>
}

/**
 * Throws ServiceError BODY_MALFORMED, or REQUEST_INVALID with every fault, and what modelOf throws, which is asked for
 * the model when the body has been read.
 */
export async function readTraining(
  { modelName, runId, faults: queryFaults }: TrainingHead,
  body: BodyBytes,
  modelOf: (name: string) => Promise<Model>,
): Promise<TrainingWork> {
  const members = modelName === undefined ? ['model_name', ...MEMBERS] : MEMBERS
  const read = withWindow(body, (window) => readJsonBody(window, members))
  const faults = new FaultList()
  faults.addAll(queryFaults)
  const name = modelName ?? read.others.get('model_name')
  if (typeof name !== 'string') {
    faults.add({ in: 'body', detail: 'model_name: expected the name of a model' })
    throw invalidRequest(faults)
  }
  const model = await modelOf(name)
  return checkTraining(model, { runId, digest: digestOf(name, chunksOf(body)) }, read, faults)
}
