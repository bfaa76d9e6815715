// What an answer of tensors calls its model and version, and what a deployment says of itself in it.
import type { InferenceAnswer } from '../tensors/answer-tensors.ts'
import { type AnswerStamp, idTexts } from './answer-stamp.ts'

export interface InferenceHead {
  readonly modelName: string
  readonly runId: number
  /** Bytes of the JSON, where binary tensors stand behind it. */
  readonly jsonLength: number | undefined
  /** Absent of an answer that no deployment gives. */
  readonly stamp?: AnswerStamp | undefined
  /** What the answer calls model and version; absent: the model's name, and the run. */
  readonly shownAs?: ShownAs | undefined
}

export interface ShownAs {
  readonly modelName: string
  readonly modelVersion: string
}

export function servedAs(
  { modelName, runId, stamp, shownAs = { modelName, modelVersion: String(runId) } }: InferenceHead,
  rowCount: number,
): Pick<InferenceAnswer, 'modelName' | 'modelVersion' | 'served'> {
  if (stamp === undefined) return shownAs
  return { modelName: stamp.project, modelVersion: String(stamp.version), served: servedOf(stamp, rowCount) }
}

/** Rows whose ids are written at once. */
const IDS_AT_ONCE = 1024

function servedOf(stamp: AnswerStamp, rowCount: number): NonNullable<InferenceAnswer['served']> {
  const { version, deploymentId: deployment, environment, experiment } = stamp
  function* ids(): Generator<string> {
    for (let start = 0; start < rowCount; start += IDS_AT_ONCE) {
      yield (start > 0 ? ',' : '') + idTexts(stamp, start, Math.min(start + IDS_AT_ONCE, rowCount), '\\"')
    }
  }
  const divided = experiment === undefined ? {} : { experiment: experiment.id, experiment_arm: experiment.arm }
  return { parameters: { version, deployment, environment, ...divided }, ids }
}
