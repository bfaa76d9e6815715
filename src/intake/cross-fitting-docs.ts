// What the OpenAPI document says of cross-validation, calibration and threshold. Only types are checked by it:
// read-cross-fitting.ts reads.
import { Type } from '@sinclair/typebox'
import { CALIBRATION_METHODS } from '../learning/calibration/probability-calibrator.ts'
import { THRESHOLD_METRICS } from '../learning/calibration/tune-threshold.ts'
import { FOLD_KINDS } from '../model/search/search-settings.ts'

export const CrossFittingParts = {
  cross_validation: Type.Optional(
    Type.Any({
      description: `Number of folds, 2 to 20 (0 is none), or {"folds": …, "repeats": 1 to 10, "kind": …, "column": …}: metrics cv_… are means over folds of the rows that are not held out. Kinds: ${FOLD_KINDS.join(', ')}; the last two need a column, which is no feature then`,
    }),
  ),
  calibration: Type.Optional(
    Type.String({
      pattern: `^(${CALIBRATION_METHODS.join('|')})$`,
      enum: [...CALIBRATION_METHODS],
      description: 'Calibrates the probabilities of a classifier on predictions of rows that the fold had not seen',
    }),
  ),
  threshold: Type.Optional(
    Type.Any({
      description: `From which probability on a row of two classes is taken for positive: a number from 0 to 1, {"metric": one of ${THRESHOLD_METRICS.join(', ')}}, or {"costs": {"false_positive": …, "false_negative": …}}; with "positive" for the label, else the greater of the two`,
    }),
  ),
}
