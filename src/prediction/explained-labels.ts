// Methods keep what they need to explain: what a pipeline holds grows with the first explanation of each label column.
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'

const explained = new WeakMap<FittedPipeline, Set<string>>()

/** True when a label column was explained for the first time on this thread: then the pipeline holds more than before. */
export function holdsMore(pipeline: FittedPipeline, { explanations = [] }: Predictions): boolean {
  const labels = explained.get(pipeline) ?? new Set()
  explained.set(pipeline, labels)
  const before = labels.size
  for (const { name } of explanations) labels.add(name)
  return labels.size > before
}
