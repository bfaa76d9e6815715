// Which rows of a run are trained on, and which are held out to validate.
import type { Estimator } from '../learning/estimator.ts'
import { type Split, stratifiedSplit } from '../learning/stratified-split.ts'
import { asCategorical, type Table } from '../model/table.ts'
import type { AcceptedRun } from './spool-file.ts'

/** What has no random_state draws from the digest of the body, so that the same body gives the same model. */
export function seedOf(run: AcceptedRun): number {
  return Number.parseInt(run.digest.slice(0, 8), 16)
}

/**
 * The rows to train on and the rows held out; undefined when none are. Classes keep their proportions (of the first
 * label column, where there are several). Throws DataError when there are too few rows.
 */
export function holdOut(run: AcceptedRun, features: Table, labels: Table, kind: Estimator['kind']): Split | undefined {
  if (run.validationSplit === null) return undefined
  const [stratum] = labels.columns
  if (kind !== 'classifier' || stratum === undefined) {
    return stratifiedSplit(features.rowCount, run.validationSplit, seedOf(run))
  }
  const { codes, levels } = asCategorical(stratum)
  return stratifiedSplit(features.rowCount, run.validationSplit, seedOf(run), { codes, classNames: levels.map(String) })
}
