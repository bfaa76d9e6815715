// What calibration and threshold learn from predictions of rows that the model of a fold had not seen.
import {
  fitCalibrator,
  type ProbabilityCalibrator,
  scaleOf,
} from '../../learning/calibration/probability-calibrator.ts'
import { type TunedThreshold, tuneThreshold } from '../../learning/calibration/tune-threshold.ts'
import { DataError } from '../../learning/errors.ts'
import { firstMaxima } from '../../learning/first-maxima.ts'
import { turn } from '../../learning/fit-context.ts'
import type { StopFlag } from '../../learning/parallel/stop-flag.ts'
import type { Split } from '../../learning/stratified-split.ts'
import type { WeighedRows } from '../cross-validate.ts'
import { codesOf } from '../level-codes.ts'
import type { FoldPredictions } from '../out-of-fold-rows.ts'
import { type DecisionThreshold, decideBy, type FittedOutput } from '../output-rows.ts'
import { asCategorical, type Level } from '../table.ts'
import type { CrossFitting, ThresholdWish } from './cross-fitting.ts'

/** The rows of one label column that were validated, in the order of the training rows. */
export interface ValidatedRows {
  readonly classCount: number
  /** The true class of each row. */
  readonly codes: Int32Array
  /** The fold that validated it. */
  readonly folds: Uint8Array
  /** Row-major rows × classCount, of the model of the fold. */
  readonly probabilities: Float64Array
  readonly sampleWeight: Float64Array | undefined
}

export interface CrossFittedOutput {
  /** The output, with what was learned. */
  readonly output: FittedOutput
  /** Undefined where the run was not cross-validated. */
  readonly validated: ValidatedRows | undefined
  /** Of the validated rows, calibrated without the rows of their own fold, and decided by the threshold. */
  readonly probabilities: Float64Array
  readonly predictedCodes: Int32Array
  /** Where the threshold was tuned. */
  readonly tuned: TunedThreshold | undefined
}

/** Probabilities beyond which folds are calibrated in two groups: each group costs a fit of every class. */
const CELLS_OF_FOLDS_MAX = 2_000_000

/**
 * The rows that were validated, with their classes and probabilities as the fitted output counts classes. splits: each
 * row is validated once at the most. O(rows × classes).
 */
export function validatedRows(
  { name, levels = [] }: FittedOutput,
  { labels, sampleWeight }: WeighedRows,
  predictions: Extract<FoldPredictions, { kind: 'classifier' }>,
  splits: readonly Split[],
): ValidatedRows {
  const foldOf = new Int32Array(labels.rowCount).fill(-1)
  for (const [fold, { validation }] of splits.entries()) for (const row of validation) foldOf[row] = fold
  const rows = Int32Array.from(foldOf.keys()).filter((row) => (foldOf[row] as number) >= 0)
  const known = codesOf(levels)
  const columns = predictions.levels.map((level) => known.get(level))
  const label = labels.columns.find((column) => column.name === name)
  const truth = asCategorical(label as NonNullable<typeof label>)
  const codes = truth.levels.map((level) => known.get(level))
  const classCount = levels.length
  const probabilities = new Float64Array(rows.length * classCount)
  rows.forEach((row, k) => {
    columns.forEach((code, c) => {
      if (code < 0) return
      probabilities[k * classCount + code] = predictions.probabilities[row * columns.length + c] as number
    })
  })
  return {
    classCount,
    codes: rows.map((row) => codes[truth.codes[row] as number] as number),
    folds: Uint8Array.from(rows, (row) => foldOf[row] as number),
    probabilities,
    sampleWeight: sampleWeight && Float64Array.from(rows, (row) => sampleWeight[row] as number),
  }
}

/**
 * The output with the calibration and the threshold that were asked for: curves are fitted on all validated rows, as
 * scikit-learn's CalibratedClassifierCV with ensemble=False; the threshold is tuned on rows that are calibrated by curves
 * of other folds. Throws DataError where nothing can be learned.
 */
export async function crossFit(
  output: FittedOutput,
  validated: ValidatedRows | undefined,
  { calibration: method, threshold: wish }: CrossFitting,
  stop: StopFlag,
): Promise<CrossFittedOutput> {
  if (output.fitted.kind !== 'classifier') throw new Error('only a classifier is calibrated, or has a threshold')
  const scale = scaleOf(output.fitted)
  let calibration: ProbabilityCalibrator | undefined
  let probabilities = validated?.probabilities ?? new Float64Array(0)
  if (method !== undefined && validated !== undefined) {
    calibration = fitCalibrator(method, scale, validated)
    probabilities = await calibrateAcross(validated, calibration, stop)
  }
  const { threshold, tuned } = decisionOf(wish, output.levels ?? [], validated, probabilities)
  const predictedCodes = new Int32Array(validated?.codes.length ?? 0)
  if (threshold === undefined) firstMaxima(probabilities, validated?.classCount ?? 1, predictedCodes)
  else decideBy(threshold, probabilities, predictedCodes)
  return {
    output: {
      ...output,
      ...(calibration === undefined ? {} : { calibration }),
      ...(threshold === undefined ? {} : { threshold }),
    },
    ...{ validated, probabilities, predictedCodes, tuned },
  }
}

/** Each row calibrated by curves of rows of other folds; by `whole` where those have no weight. */
async function calibrateAcross(
  validated: ValidatedRows,
  whole: ProbabilityCalibrator,
  stop: StopFlag,
): Promise<Float64Array> {
  const { classCount, folds, probabilities } = validated
  const groupCount = probabilities.length > CELLS_OF_FOLDS_MAX ? 2 : foldCountOf(validated)
  const calibrated = new Float64Array(probabilities.length)
  for (let group = 0; group < groupCount; group++) {
    stop.throwIfSet()
    await turn()
    const others = rowsWhere(validated, (row) => (folds[row] as number) % groupCount !== group)
    const own = rowsWhere(validated, (row) => (folds[row] as number) % groupCount === group)
    const hasWeight = others.codes.length > 0 && others.sampleWeight?.every((weight) => weight === 0) !== true
    const curves = hasWeight ? fitCalibrator(whole.method, whole.scale, others) : whole
    const said = curves.calibrate(own.probabilities)
    own.rows.forEach((row, k) => {
      calibrated.set(said.subarray(k * classCount, (k + 1) * classCount), row * classCount)
    })
  }
  return calibrated
}

function foldCountOf({ folds }: Pick<ValidatedRows, 'folds'>): number {
  return folds.reduce((most, fold) => Math.max(most, fold), 0) + 1
}

function rowsWhere(
  { codes, probabilities, classCount, sampleWeight, folds }: ValidatedRows,
  isWanted: (row: number) => boolean,
): ValidatedRows & { readonly rows: Int32Array } {
  const rows = Int32Array.from(codes.keys()).filter(isWanted)
  const taken = new Float64Array(rows.length * classCount)
  rows.forEach((row, k) => {
    taken.set(probabilities.subarray(row * classCount, (row + 1) * classCount), k * classCount)
  })
  return {
    rows,
    classCount,
    codes: Int32Array.from(rows, (row) => codes[row] as number),
    folds: Uint8Array.from(rows, (row) => folds[row] as number),
    probabilities: taken,
    sampleWeight: sampleWeight && Float64Array.from(rows, (row) => sampleWeight[row] as number),
  }
}

function decisionOf(
  wish: ThresholdWish | undefined,
  levels: readonly Level[],
  validated: ValidatedRows | undefined,
  probabilities: Float64Array,
): { readonly threshold: DecisionThreshold | undefined; readonly tuned: TunedThreshold | undefined } {
  if (wish === undefined) return { threshold: undefined, tuned: undefined }
  const positive = wish.positive === undefined ? 1 : levels.indexOf(wish.positive)
  if (levels.length !== 2 || (positive !== 0 && positive !== 1)) {
    throw new DataError('threshold: expected labels of two classes, one of them the positive one')
  }
  if ('value' in wish) return { threshold: { positive, probability: wish.value }, tuned: undefined }
  const { codes, folds, sampleWeight } = validated as ValidatedRows
  const scored = Array.from({ length: foldCountOf({ folds }) }, (_, fold) => {
    const rows = Int32Array.from(codes.keys()).filter((row) => folds[row] === fold)
    return {
      scores: Float64Array.from(rows, (row) => probabilities[2 * row + positive] as number),
      isPositive: Uint8Array.from(rows, (row) => (codes[row] === positive ? 1 : 0)),
      sampleWeight: sampleWeight && Float64Array.from(rows, (row) => sampleWeight[row] as number),
    }
  })
  const tuned = tuneThreshold(wish, scored)
  if (tuned === undefined) {
    throw new DataError('threshold: all rows of a fold have the same probability: no threshold is better than another')
  }
  return { threshold: { positive, probability: Math.min(1, Math.max(0, tuned.threshold)) }, tuned }
}
