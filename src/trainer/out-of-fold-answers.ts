// What the models of folds answered for rows that they had not seen, in the form of predictions.
import type { CrossFittedOutput } from '../model/cross-fitting/cross-fit.ts'
import type { Predictions } from '../model/fitted-pipeline.ts'
import { codesOf } from '../model/level-codes.ts'
import type { FoldPredictions } from '../model/out-of-fold-rows.ts'
import { type FittedOutput, largestOfRows } from '../model/output-rows.ts'
import type { Column } from '../model/table.ts'

interface Answered {
  readonly column: Column
  readonly confidence: Float64Array | undefined
}

/**
 * The rows that were validated, without those that were not. Undefined where an output has no predictions of folds.
 * O(rows × classes).
 *
 * decided  by output, where calibration or a threshold decide
 */
export function outOfFoldAnswers(
  outputs: readonly FittedOutput[],
  predictions: readonly FoldPredictions[],
  decided: readonly CrossFittedOutput[],
): Predictions | undefined {
  const answers = outputs.flatMap((output, i): Answered[] => {
    const cross = decided[i]
    if (cross?.validated !== undefined) return [ofDecided(output, cross)]
    const folds = predictions.find(({ name }) => name === output.name)
    return folds === undefined ? [] : [ofFolds(output, folds)]
  })
  const [first] = answers
  if (first === undefined || answers.length < outputs.length) return undefined
  const { column } = first
  return {
    labels: {
      rowCount: column.kind === 'categorical' ? column.codes.length : column.values.length,
      columns: answers.map((answer) => answer.column),
    },
    probabilities: [],
    confidence: answers.find(({ confidence }) => confidence !== undefined)?.confidence,
    unseen: [],
    marks: [],
  }
}

function ofDecided(
  { name, levels = [] }: FittedOutput,
  { predictedCodes, probabilities }: CrossFittedOutput,
): Answered {
  const confidence = new Float64Array(predictedCodes.length)
  largestOfRows(probabilities, levels.length, confidence)
  return { column: { kind: 'categorical', name, codes: predictedCodes, levels }, confidence }
}

function ofFolds({ name, levels = [] }: FittedOutput, folds: FoldPredictions): Answered {
  if (folds.kind === 'regressor') {
    const values = folds.values.filter((value) => !Number.isNaN(value))
    return { column: { kind: 'numeric', name, values }, confidence: undefined }
  }
  const known = codesOf(levels)
  const own = folds.levels.map((level) => known.get(level))
  const rows = Int32Array.from(folds.codes.keys()).filter((row) => (folds.codes[row] as number) >= 0)
  const all = new Float64Array(folds.codes.length)
  largestOfRows(folds.probabilities, folds.levels.length, all)
  const codes = rows.map((row) => own[folds.codes[row] as number] as number)
  return {
    column: { kind: 'categorical', name, codes, levels },
    confidence: Float64Array.from(rows, (row) => all[row] as number),
  }
}
