// Which rows of a run are trained on, and which are held out to validate.
import type { Estimator } from '../learning/estimator.ts'
import { type Split, stratifiedSplit } from '../learning/stratified-split.ts'
import { SPLIT_SEED_DEFAULT } from '../model/split-seed.ts'
import { asCategorical, type Table } from '../model/table.ts'
import type { AcceptedRun } from '../spool/spool-file.ts'

/**
 * The rows to train on and the rows held out; undefined when none are. They depend on the number of rows, the labels,
 * the fraction and the split seed alone: a run with other parameters or other columns is judged on the same rows.
 * Classes keep their proportions (of the first label column, where there are several). Throws DataError when there are
 * too few rows.
 */
export function holdOut(
  { validationSplit, splitSeed = SPLIT_SEED_DEFAULT }: Pick<AcceptedRun, 'validationSplit' | 'splitSeed'>,
  features: Table,
  labels: Table,
  kind: Estimator['kind'],
): Split | undefined {
  if (validationSplit === null) return undefined
  const [stratum] = labels.columns
  if (kind !== 'classifier' || stratum === undefined) {
    return stratifiedSplit(features.rowCount, validationSplit, splitSeed)
  }
  const { codes, levels } = asCategorical(stratum)
  return stratifiedSplit(features.rowCount, validationSplit, splitSeed, { codes, classNames: levels.map(String) })
}
