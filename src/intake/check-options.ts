// What a training is asked for beside its rows, held to its model: as far as it shows before there are rows.
import type { FaultList } from '../model/faults.ts'
import type { Model } from '../model/model.ts'
import type { Pipeline } from '../model/pipeline.ts'
import { readingOptionsOf } from '../model/reading-options.ts'
import { readCrossFitting } from './read-cross-fitting.ts'
import { createPipeline, readParameters } from './read-parameters.ts'
import { readSearch } from './read-search.ts'
import { readSplitSeed, readValidationSplit } from './read-split.ts'
import { readAsideWishes } from './set-aside.ts'

/** members: those of POST /api/runs. Adds every fault. Gives the pipeline, that of the defaults where parameters have faults. */
export function checkOptions(
  model: Model,
  members: Pick<ReadonlyMap<string, unknown>, 'get'>,
  faults: FaultList,
): Pipeline {
  const parameters = readParameters(model, members.get('parameters'), faults)
  const pipeline = createPipeline(model, parameters, faults)
  const { splitBy } = readAsideWishes(members.get('weights'), members.get('split_by'), faults)
  readSearch(members.get('search'), { model, kind: pipeline.estimator.kind, parameters, splitBy }, faults)
  readCrossFitting(members, pipeline, splitBy, faults)
  readValidationSplit(members.get('validation_split'), faults)
  readSplitSeed(members.get('split_seed'), faults)
  readingOptionsOf(members.get('na_values'), members.get('column_types'), (parameter, detail) =>
    faults.add({ in: 'body', parameter, detail }),
  )
  return pipeline
}
