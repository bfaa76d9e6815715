// The margins that trees add to: base_score of learner_model_param, in the space of the objective's answers.
import { modelFileFault } from '../../model-file-error.ts'
import type { Members } from './members.ts'
import type { Objective } from './objective.ts'

/** From 3.1 on the base score of a logistic objective is kept this far from 0 and 1. */
const SHARE_MIN = Math.fround(1e-6)

/** One float32 an output. base_score is a text: a number up to 3.0, `[…]` of one or of all outputs from 3.1 on. */
export function baseMargins(
  parameters: Members,
  outputs: number,
  objective: Objective,
  isClipped: boolean,
): Float64Array {
  const text = parameters.text('base_score')
  const place = parameters.placeOf('base_score')
  const words = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1).split(',') : [text]
  if (words.length !== 1 && words.length !== outputs) {
    throw modelFileFault(place, `expected 1 or ${outputs} numbers, got ${words.length}`)
  }
  const clipped = isClipped && objective.link === 'sigmoid'
  const margins = words.map((word) => {
    const score = Math.fround(word.trim() === '' ? Number.NaN : Number(word))
    const inside = clipped ? Math.min(Math.max(score, SHARE_MIN), Math.fround(1 - SHARE_MIN)) : score
    const margin = objective.toMargin(inside)
    if (Number.isFinite(margin)) return margin
    throw modelFileFault(place, `expected a base score of its objective, got ${JSON.stringify(word.slice(0, 40))}`)
  })
  return Float64Array.from({ length: outputs }, (_, k) => margins[words.length === 1 ? 0 : k] as number)
}
