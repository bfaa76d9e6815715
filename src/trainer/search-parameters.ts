// The search for parameters before a training: on the rows that are trained on, never on those held out.
import { foldedRows, foldSplits } from '../intake/fold-splits.ts'
import type { Candidate } from '../learning/model-selection/space.ts'
import { classesToFold } from '../model/classes-to-fold.ts'
import type { WeighedRows } from '../model/cross-validate.ts'
import type { Metrics, Model, ModelParameters } from '../model/model.ts'
import type { PipelineContext } from '../model/pipeline.ts'
import { runSearch, type TrialMemory } from '../model/search/run-search.ts'
import type { SearchSettings } from '../model/search/search-settings.ts'
import type { TrainingWork } from '../spool/spool-file.ts'
import { describeSearch, type SearchReport } from '../training-summary/search-report.ts'

export interface Found {
  /** Those that were searched, with their best values. */
  readonly parameters: Candidate
  readonly metrics: Metrics
  readonly report: SearchReport
}

export interface SearchParts {
  readonly work: TrainingWork
  readonly settings: SearchSettings
  /** Those of the run over the defaults of the model. */
  readonly parameters: ModelParameters
  /** Indices of the rows that are trained on; undefined for all. */
  readonly training: Int32Array | undefined
  readonly rows: WeighedRows
  readonly context: PipelineContext
  readonly tell: (done: number, of: number, step: string) => void
  readonly memory?: TrialMemory | undefined
}

/** Throws as runSearch does. */
export async function searchParameters(model: Model, parts: SearchParts): Promise<Found> {
  const { work, settings, parameters, training, rows, context, tell, memory } = parts
  const { kind } = model.create_pipeline(parameters).estimator
  const splits = foldSplits(settings, foldedRows(work, training, 'foldBy'), kind)
  const searched = { ...rows, classes: classesToFold(rows.labels, kind) }
  const makePipeline = (candidate: Candidate) => model.create_pipeline({ ...parameters, ...candidate })
  const surroundings = { context, tell, ...(memory === undefined ? {} : { memory }) }
  const result = await runSearch(makePipeline, searched, splits, settings, surroundings)
  const best = result.trials[result.best]
  return {
    parameters: best?.parameters ?? {},
    metrics: {
      search_trials: result.trials.length,
      search_seconds: result.seconds,
      [`search_${settings.scoring}`]: best?.mean ?? Number.NaN,
    },
    report: describeSearch(settings, result),
  }
}
