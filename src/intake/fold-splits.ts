// Which of the training rows each fold of a cross-validation is judged on.
import type { Estimator } from '../learning/estimator.ts'
import {
  groupKFold,
  kFold,
  repeatSplits,
  stratifiedKFold,
  timeSeriesSplit,
} from '../learning/model-selection/splits.ts'
import type { Split } from '../learning/stratified-split.ts'
import type { FoldPlan } from '../model/cross-fitting/cross-fitting.ts'
import { SPLIT_SEED_DEFAULT } from '../model/split-seed.ts'
import { asCategorical, type Column, takeRows } from '../model/table.ts'
import { classesOf, type RowsToSplit } from './hold-out.ts'

/**
 * The splits of the rows that are not held out, as indices of them. They depend on what `holdOut` depends on, and on the
 * plan: runs with other parameters have the same folds. Throws DataError when there are too few rows, groups, or times.
 */
export function foldSplits(
  { count, repeats, kind }: FoldPlan,
  { labels, features, aside, run: { splitSeed } }: RowsToSplit,
  heldOut: Split | undefined,
  estimator: Estimator['kind'],
): Split[] {
  const take = (column: Column): Column => {
    if (heldOut === undefined) return column
    return takeRows({ rowCount: features.rowCount, columns: [column] }, heldOut.training).columns[0] as Column
  }
  const rowCount = heldOut?.training.length ?? features.rowCount
  const [label] = labels.columns
  return repeatSplits(repeats, splitSeed ?? SPLIT_SEED_DEFAULT, (seed) => {
    const by = aside?.crossValidateBy && take(aside.crossValidateBy)
    if (kind === 'time' && by !== undefined && by.kind !== 'categorical') return timeSeriesSplit(by.values, count)
    if (kind === 'grouped' && by !== undefined) {
      const { codes, levels } = asCategorical(by)
      return groupKFold(codes, levels.length, count, seed)
    }
    if (kind === 'stratified' && label !== undefined && estimator === 'classifier') {
      return stratifiedKFold(classesOf(take(label)), count, seed)
    }
    return kFold(rowCount, count, seed)
  })
}
