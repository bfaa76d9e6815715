// The folds that a search, or a cross-validation, judges on.
import type { ClassTarget, Estimator } from '../learning/estimator.ts'
import {
  groupKFold,
  kFold,
  repeatSplits,
  stratifiedGroupKFold,
  stratifiedKFold,
  timeSeriesSplit,
} from '../learning/model-selection/splits.ts'
import type { Split } from '../learning/stratified-split.ts'
import { classesToFold } from '../model/classes-to-fold.ts'
import type { SearchSettings } from '../model/search/search-settings.ts'
import { SPLIT_SEED_DEFAULT } from '../model/split-seed.ts'
import { asCategorical, type Column, cellsOf, type Table, takeRows } from '../model/table.ts'
import type { AcceptedRun, TrainingWork } from '../spool/spool-file.ts'

/** Rows, as far as their folds depend on them. */
export interface RowsToFold {
  readonly rowCount: number
  readonly labels: Table
  /** Where the folds are of times or of groups: one value a row, none missing. */
  readonly foldBy?: Column | undefined
}

/**
 * The same settings and rows give the same folds. By groups, those of a classifier have the classes in proportion as far as
 * whole groups allow. Throws DataError when there are too few rows, groups or times.
 */
export function foldSplits(
  { folds, seed }: Pick<SearchSettings, 'folds' | 'seed'>,
  { rowCount, labels, foldBy }: RowsToFold,
  kind: Estimator['kind'],
): Split[] {
  const classes = classesToFold(labels, kind)
  return repeatSplits(folds.repeats, seed, (drawn) => {
    switch (folds.kind) {
      case 'time':
        return timeSeriesSplit(Float64Array.from(cellsOf(foldBy as Column)), folds.count)
      case 'grouped': {
        const { codes, levels } = asCategorical(foldBy as Column)
        if (classes === undefined) return groupKFold(codes, levels.length, folds.count, drawn)
        return stratifiedGroupKFold(codes, levels.length, classes, folds.count, drawn)
      }
      case 'stratified':
        return stratifiedKFold(classes as ClassTarget, folds.count, drawn)
      case 'plain':
        return kFold(rowCount, folds.count, drawn)
    }
  })
}

/** Work that need not be accepted yet. */
export type AskedWork = Omit<TrainingWork, 'run'> & { readonly run: Omit<AcceptedRun, 'digest'> }

/**
 * The rows of a work that are trained on, as far as folds depend on them; all of them where none are held out. `by`: of
 * what the folds are.
 */
export function foldedRows(
  { features, labels, aside }: Omit<TrainingWork, 'run'>,
  training: Int32Array | undefined,
  by: 'foldBy' | 'crossValidateBy',
): RowsToFold {
  const foldBy = aside?.[by]
  if (training === undefined) return { rowCount: features.rowCount, labels, foldBy }
  const taken = foldBy && takeRows({ rowCount: features.rowCount, columns: [foldBy] }, training).columns[0]
  return { rowCount: training.length, labels: takeRows(labels, training), foldBy: taken }
}

/**
 * The splits of a run's cross-validation, none where it asks for none. They are drawn by the split seed: runs with other
 * parameters have the same folds. Throws as foldSplits does.
 */
export function crossValidationSplits(
  work: AskedWork,
  training: Int32Array | undefined,
  kind: Estimator['kind'],
): Split[] {
  const { crossValidation: folds, splitSeed: seed = SPLIT_SEED_DEFAULT } = work.run
  return folds === undefined ? [] : foldSplits({ folds, seed }, foldedRows(work, training, 'crossValidateBy'), kind)
}
