// Fits on one part of a data set and scores on the other, as scikit-learn's score does.
import type { Estimator } from '../../src/learning/estimator.ts'
import { fitContext } from '../../src/learning/fit-context.ts'
import { toRowBlock } from '../../src/learning/matrix.ts'
import { r2 } from '../../src/learning/metrics/r2.ts'
import type { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { type Dataset, splitRows, takeRows } from './datasets.ts'

/** One entry of test/golden/accuracy.json: what scikit-learn scored on which splits. */
export interface AccuracyEntry {
  readonly dataset: string
  readonly estimator: string
  readonly parameters: { readonly [name: string]: unknown }
  readonly seeds: readonly number[]
  readonly scores: readonly number[]
  readonly mean: number
  readonly standard_error: number
  readonly only_in_bench: boolean
}

/** Accuracy of a classifier or R² of a regressor on the rows that the seed holds out. */
export async function heldOutScore(
  estimator: Estimator,
  dataset: Dataset,
  seed: number,
  testShare: number,
  team: ThreadTeam,
): Promise<number> {
  const { train, test } = splitRows(dataset.x.rowCount, seed, testShare)
  const [fitting, held] = [takeRows(dataset, train), takeRows(dataset, test)]
  const context = fitContext({ team, seed })
  const block = toRowBlock(held.x)
  if (estimator.kind === 'classifier') {
    const fitted = await estimator.fit(fitting.x, fitting.classes, context)
    return shareRight(fitted.predictProbabilities(block), held.classes.codes)
  }
  if (estimator.kind !== 'regressor') throw new TypeError(`a ${estimator.kind} has no held-out score`)
  const fitted = await estimator.fit(fitting.x, fitting.values, context)
  return r2(held.values, fitted.predict(block))
}

/** How far our mean may lie from scikit-learn's: 0.5 points, or two standard errors of theirs where that is more. */
export function allowedDifference(entry: AccuracyEntry): number {
  return Math.max(0.005, 2 * entry.standard_error)
}

/** The share of rows whose first greatest probability is that of their class. */
function shareRight(probabilities: Float64Array, codes: Int32Array): number {
  const classCount = probabilities.length / codes.length
  let right = 0
  codes.forEach((code, i) => {
    const row = probabilities.subarray(i * classCount, (i + 1) * classCount)
    if (row.indexOf(Math.max(...row)) === code) right++
  })
  return right / codes.length
}
