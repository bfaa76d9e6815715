// Whether rows can be divided as a training asks for: into those held out and the others, and these into folds.
import { DataError } from '../learning/errors.ts'
import type { Estimator } from '../learning/estimator.ts'
import type { FaultList } from '../model/faults.ts'
import { type AskedWork, crossValidationSplits, foldedRows, foldSplits } from './fold-splits.ts'
import { holdOut } from './hold-out.ts'

/** Adds a fault for what cannot be divided. O(rows × folds). */
export function checkSplits(work: AskedWork, kind: Estimator['kind'], faults: FaultList): void {
  const { weights } = work.aside ?? {}
  const areWeightless = (rows: Int32Array): boolean =>
    weights !== undefined && rows.every((row) => weights.values[row] === 0)
  const refuse = (detail: string): void => faults.add({ in: 'validation_split', detail })
  const split = orRefused(refuse, () => {
    const found = holdOut(work, kind)
    if (found !== undefined && [found.training, found.validation].some(areWeightless)) {
      throw new DataError('all rows of one side have the weight 0: nothing can be said of them')
    }
    return found
  })
  if (!faults.isEmpty) return
  const { search } = work.run
  if (search !== undefined) {
    const refuseFolds = (detail: string): void => faults.add({ in: 'search', parameter: 'folds', detail })
    orRefused(refuseFolds, () => foldSplits(search, foldedRows(work, split?.training, 'foldBy'), kind))
  }
  const refuseFolds = (detail: string): void => faults.add({ in: 'cross_validation', detail })
  const rowOf = (row: number): number => split?.training[row] ?? row
  orRefused(refuseFolds, () => {
    for (const [fold, { training, validation }] of crossValidationSplits(work, split?.training, kind).entries()) {
      if (![training, validation].some((rows) => areWeightless(rows.map(rowOf)))) continue
      throw new DataError(`all rows of one side of fold ${fold + 1} have the weight 0: expected fewer folds`)
    }
  })
}

/** What `divide` gives; undefined where it throws a DataError, which goes to `refuse`. */
function orRefused<T>(refuse: (detail: string) => void, divide: () => T): T | undefined {
  try {
    return divide()
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    refuse(error.message)
    return undefined
  }
}
