// How a classifier judges rows whose classes are known.
import { calibrationBins } from '../learning/metrics/calibration-bins.ts'
import { spreadRows } from '../learning/spread-rows.ts'
import { codesOf } from '../model/level-codes.ts'
import type { Probabilities } from '../model/output-rows.ts'
import { asCategorical, type CategoricalColumn, type Column, type Level } from '../model/table.ts'
import { classCurves } from './class-curves.ts'
import { largest } from './describe-features.ts'
import type { ClassifierReport } from './label-report.ts'
import { CALIBRATED_ROWS_MAX, LIMITS } from './limits.ts'
import { isMixed, levelText, rounded } from './texts.ts'

/** Predicted and true classes of the same rows. */
export interface JudgedClasses {
  readonly levels: readonly Level[]
  /** Per row, the code of its class among the levels; −1 for a class that training did not see. */
  readonly trueCodes: Int32Array
  readonly predictedCodes: Int32Array
  readonly probabilities: Probabilities | undefined
}

/** The classes that are shown, by code, ascending: all, or the most frequent of the training rows. */
export function shownClasses(trainingCounts: Int32Array): number[] {
  return largest(trainingCounts, LIMITS.classes).sort((a, b) => a - b)
}

export function classNames(levels: readonly Level[], shown: readonly number[]): string[] {
  const mixed = isMixed(levels)
  return shown.map((code) => levelText(levels[code] as Level, mixed))
}

/** Per row, the code of its value among the levels; −1 where it is none of them. O(rows + levels). */
export function codesAmong(levels: readonly Level[], column: Column): Int32Array {
  const given = asCategorical(column)
  if (given.levels.length === levels.length && given.levels.every((level, code) => level === levels[code])) {
    return given.codes
  }
  const known = codesOf(levels)
  const codes = Int32Array.from(given.levels, (level) => known.get(level))
  return given.codes.map((code) => (code < 0 ? -1 : (codes[code] as number)))
}

export function countCodes(codes: Int32Array, count: number): Int32Array {
  const counts = new Int32Array(count)
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number
    if (code >= 0) counts[code] = (counts[code] as number) + 1
  }
  return counts
}

/** Rows by true and predicted class, among those shown; all others share one place more where there are some. */
export function confusionOf(judged: JudgedClasses, shown: readonly number[]): number[][] {
  const { levels, trueCodes, predictedCodes } = judged
  const hasOthers = shown.length < levels.length || trueCodes.includes(-1)
  const size = shown.length + (hasOthers ? 1 : 0)
  const places = new Int32Array(levels.length).fill(shown.length)
  shown.forEach((code, place) => {
    places[code] = place
  })
  const counts = new Float64Array(size * size)
  for (let i = 0; i < trueCodes.length; i++) {
    const code = trueCodes[i] as number
    const row = code < 0 ? shown.length : (places[code] as number)
    const at = row * size + (places[predictedCodes[i] as number] as number)
    counts[at] = (counts[at] as number) + 1
  }
  return Array.from({ length: size }, (_, row) => [...counts.subarray(row * size, (row + 1) * size)])
}

export function curvesOf(
  { trueCodes, probabilities }: JudgedClasses,
  shown: readonly number[],
  seed: number,
): ClassifierReport['curves'] {
  return probabilities === undefined ? null : classCurves(trueCodes, probabilities, shown, seed)
}

/** Of the second of two classes; of the predicted class, whichever that is, where there are more. Over some rows. */
export function calibrationOf(
  { levels, trueCodes, predictedCodes, probabilities }: JudgedClasses,
  seed: number,
): ClassifierReport['calibration'] {
  if (probabilities === undefined || levels.length < 2) return null
  const drawn = spreadRows(trueCodes.length, CALIBRATED_ROWS_MAX, seed)
  const rows = drawn.length
  const classCount = levels.length
  const isBinary = classCount === 2
  const judged = new Float64Array(rows)
  const isTrue = new Uint8Array(rows)
  for (let k = 0; k < rows; k++) {
    const row = drawn[k] as number
    const code = isBinary ? 1 : (predictedCodes[row] as number)
    judged[k] = probabilities.values[row * classCount + code] as number
    isTrue[k] = trueCodes[row] === code ? 1 : 0
  }
  const bins = calibrationBins(judged, isTrue, LIMITS.calibrationBins)
  return {
    class: isBinary ? (classNames(levels, [1])[0] as string) : null,
    rows,
    counts: bins.map(({ count }) => count),
    // A sum of probabilities may round to a mean just above 1.
    probabilities: bins.map(({ meanProbability }) => Math.min(1, rounded(meanProbability))),
    fractions: bins.map(({ fraction }) => rounded(fraction)),
  }
}

export function predictedCodesOf(column: Column | undefined): Int32Array {
  if (column?.kind !== 'categorical') throw new Error('the predictions of a classifier are no classes')
  return (column as CategoricalColumn).codes
}
