// What a fit has chosen by itself, in the form of what a search has found.
import { FittedAutoPipeline } from '../model/auto/fitted-auto-pipeline.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import type { Metrics, ModelParameters } from '../model/model.ts'
import { describeAuto } from '../training-summary/describe-auto.ts'
import type { SearchReport } from '../training-summary/search-report.ts'

export interface Choice {
  /** Those that choose the same again. */
  readonly parameters: ModelParameters
  readonly metrics: Metrics
  /** Absent where nothing was tried. */
  readonly report?: SearchReport
}

/** Undefined of a pipeline that chooses nothing. */
export function choiceOf(pipeline: FittedPipeline): Choice | undefined {
  if (!(pipeline instanceof FittedAutoPipeline) || pipeline.search === undefined) return undefined
  const { search, members, repeatedBy: parameters } = pipeline
  const kind = pipeline.outputs[0]?.fitted.kind === 'classifier' ? 'classifier' : 'regressor'
  const metrics: Record<string, number> = { search_trials: search.trials.length, search_seconds: search.seconds }
  if (search.score !== null) metrics[`search_${search.metric}`] = search.score
  if (search.trials.length === 0) return { parameters, metrics }
  return { parameters, metrics, report: describeAuto(search, { kind, members }) }
}
