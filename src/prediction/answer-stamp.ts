// What an answer says of the deployment that gave it, beside its predictions. Plain data: it goes to the prediction thread.
import { idOfRow } from './prediction-ids.ts'

export interface AnswerStamp {
  /** Its name. */
  readonly project: string
  readonly environment: string
  readonly version: number
  readonly deploymentId: number
  /** The experiment that the request is a part of, and the arm that its key belongs to; absent of one that is in none. */
  readonly experiment?: { readonly id: number; readonly arm: string } | undefined
  /** What the ids of its rows begin with. */
  readonly idPrefix: string
}

/** Bytes of an id as it stands in an answer, with quotes and what stands between two. */
export const ID_BYTES = 40

/** The JSON of the deployment. */
export function deploymentText({ deploymentId, version, environment, experiment }: AnswerStamp): string {
  const added =
    experiment === undefined ? '' : `,"experiment":{"id":${experiment.id},"arm":${JSON.stringify(experiment.arm)}}`
  return `{"id":${deploymentId},"version":${version},"environment":${JSON.stringify(environment)}${added}}`
}

/** The ids of the rows from `start` to `end`, each in quotes, with commas between them. O(rows). */
export function idTexts({ idPrefix }: AnswerStamp, start: number, end: number, quote = '"'): string {
  let text = ''
  for (let row = start; row < end; row++) text += `${row > start ? ',' : ''}${quote}${idOfRow(idPrefix, row)}${quote}`
  return text
}
