// Which rows of a run are trained on, and which are held out to validate.
import type { Estimator } from '../learning/estimator.ts'
import { type Split, stratifiedSplit } from '../learning/stratified-split.ts'
import { groupSplit, latestSplit } from '../learning/whole-splits.ts'
import { classesToFold } from '../model/classes-to-fold.ts'
import { SPLIT_SEED_DEFAULT } from '../model/split-seed.ts'
import { asCategorical, type Table } from '../model/table.ts'
import type { AcceptedRun, AsideColumns } from '../spool/spool-file.ts'

/** A run with its rows, as far as its split depends on them. */
export interface RowsToSplit {
  readonly run: Pick<AcceptedRun, 'validationSplit' | 'splitSeed' | 'splitBy'>
  readonly features: Table
  readonly labels: Table
  readonly aside?: AsideColumns
}

/**
 * The rows to train on and the rows held out; undefined when none are. They depend on the number of rows, the labels,
 * the fraction, the split seed and the column that rows are split by: a run with other parameters or other columns is
 * judged on the same rows. By time the latest rows are held out, by groups whole groups. Classes keep their proportions
 * (of the first label column, where there are several), as far as whole groups allow. Throws DataError when there are
 * too few rows, times or groups.
 */
export function holdOut({ run, features, labels, aside }: RowsToSplit, kind: Estimator['kind']): Split | undefined {
  const { validationSplit, splitSeed = SPLIT_SEED_DEFAULT, splitBy } = run
  if (validationSplit === null) return undefined
  const column = aside?.splitBy
  if (column !== undefined && splitBy?.as === 'time' && column.kind !== 'categorical') {
    return latestSplit(column.values, validationSplit)
  }
  const classes = classesToFold(labels, kind)
  if (column === undefined) return stratifiedSplit(features.rowCount, validationSplit, splitSeed, classes)
  const { codes, levels } = asCategorical(column)
  return groupSplit(codes, levels.length, validationSplit, splitSeed, classes)
}
