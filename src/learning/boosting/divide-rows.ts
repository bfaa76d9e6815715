// Which rows boosting trains on, validates on and takes thresholds from, and with what weights.
import { DataError } from '../errors.ts'
import type { ClassTarget } from '../estimator.ts'
import { Random } from '../random.ts'
import { stratifiedSplit } from '../stratified-split.ts'
import type { BoostingParameters } from './boosting-parameters.ts'

/** Rows from which thresholds are found, drawn when there are more. */
const SAMPLE_ROWS = 200_000
const EARLY_STOPPING_ROWS = 10_000
/** Weights beyond these powers of two are scaled, so that float32 gradients neither vanish nor overflow. */
const WEIGHT_EXPONENT_MAX = 40

/** Whether a fit on so many rows ends when it no longer gains. */
export function stopsEarly({ early_stopping }: BoostingParameters, rowCount: number): boolean {
  return early_stopping === 'auto' ? rowCount > EARLY_STOPPING_ROWS : early_stopping
}

/** Rows to train and to validate on: those of a weight above 0. */
export function divideRows(
  rowCount: number,
  classes: ClassTarget | undefined,
  parameters: BoostingParameters,
  seed: number,
  weight: Float64Array | undefined,
): [training: Int32Array, validation: Int32Array] {
  const all = Int32Array.from({ length: rowCount }, (_, i) => i)
  const present = weight ? all.filter((i) => (weight[i] as number) > 0) : all
  if (present.length === 0) throw new DataError('there are no rows (of a weight above 0) to learn from')
  const fraction = parameters.validation_fraction
  if (fraction === null || !stopsEarly(parameters, rowCount)) return [present, new Int32Array()]
  // A half less, so that rounding up gives the number itself.
  const share = fraction < 1 ? fraction : (fraction - 0.5) / present.length
  if (share >= 1) throw new DataError(`${present.length} rows are too few to hold out ${fraction} for validation`)
  const codes = classes && Int32Array.from(present, (i) => classes.codes[i] as number)
  const split = stratifiedSplit(present.length, share, seed, classes && codes && { ...classes, codes })
  return [split.training.map((i) => present[i] as number), split.validation.map((i) => present[i] as number)]
}

/** The weights, brought near 1 where they are extreme. */
export function scaleWeights(weight: Float64Array): Float64Array {
  const largest = weight.reduce((most, w) => Math.max(most, w), 0)
  const exponent = Math.round(Math.log2(largest))
  if (Math.abs(exponent) <= WEIGHT_EXPONENT_MAX) return weight
  const [half, rest] = [2 ** -Math.trunc(exponent / 2), 2 ** -(exponent - Math.trunc(exponent / 2))]
  return weight.map((w) => w * half * rest)
}

/** Rows drawn with replacement when there are many: ascending, so that columns are read in order. */
export function drawSample(rows: Int32Array, seed: number): Int32Array {
  if (rows.length <= SAMPLE_ROWS) return rows
  const random = new Random(seed, 0xb145)
  return Int32Array.from({ length: SAMPLE_ROWS }, () => rows[random.integer(rows.length)] as number).sort()
}
