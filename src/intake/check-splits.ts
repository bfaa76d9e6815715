// Whether rows can be divided as a training asks for: into those held out and the others, and these into folds.
import { DataError } from '../learning/errors.ts'
import type { Estimator } from '../learning/estimator.ts'
import type { FaultList } from '../model/faults.ts'
import type { TrainingWork } from '../spool/spool-file.ts'
import { holdOut } from './hold-out.ts'
import { foldedRows, searchSplits } from './search-splits.ts'

/** Adds a fault for what cannot be divided. O(rows × folds). */
export function checkSplits(work: TrainingWork, kind: Estimator['kind'], faults: FaultList): void {
  checkSplit(work, kind, faults)
  if (faults.isEmpty) checkFolds(work, kind, faults)
}

function checkSplit(work: TrainingWork, kind: Estimator['kind'], faults: FaultList): void {
  const { weights } = work.aside ?? {}
  try {
    const split = holdOut(work, kind)
    for (const rows of weights === undefined || split === undefined ? [] : [split.training, split.validation]) {
      if (rows.some((row) => (weights?.values[row] as number) > 0)) continue
      throw new DataError('all rows of one side have the weight 0: nothing can be said of them')
    }
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    faults.add({ in: 'validation_split', detail: error.message })
  }
}

function checkFolds(work: TrainingWork, kind: Estimator['kind'], faults: FaultList): void {
  const { search } = work.run
  if (search === undefined) return
  try {
    const { training } = holdOut(work, kind) ?? {}
    searchSplits(search, foldedRows(work, training), kind)
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    faults.add({ in: 'search', parameter: 'folds', detail: error.message })
  }
}
