// How good predictions are, one number for each sort of task; the same code for all libraries.

import { r2 } from '../../src/learning/metrics/r2.ts'
import { areaUnderCurve } from '../../src/learning/metrics/roc-auc.ts'
import type { BenchData, TaskKind } from './data-file.ts'

/** predictions: probabilities (rows × classes), values, clusters or scores, as float64. */
export function scorePredictions(task: TaskKind, predictions: Float64Array, data: BenchData): number {
  switch (task) {
    case 'classes':
    case 'categories':
      return shareRight(predictions, data.testTarget)
    case 'values':
      return r2(data.testTarget, predictions)
    case 'clusters':
      return shareExplained(predictions, data)
    case 'anomalies':
      // Low scores are strange, hence the minus.
      return areaUnderCurve(
        Int32Array.from(data.testTarget),
        1,
        predictions.map((score) => -score),
      )
  }
}

function shareRight(probabilities: Float64Array, codes: Float64Array): number {
  const classCount = probabilities.length / codes.length
  let right = 0
  codes.forEach((code, i) => {
    const row = probabilities.subarray(i * classCount, (i + 1) * classCount)
    if (row.indexOf(row.reduce((a, b) => Math.max(a, b))) === code) right++
  })
  return right / codes.length
}

/** The share of the test rows' squared distances that goes when each is measured from the middle of its cluster. */
function shareExplained(clusters: Float64Array, { test, columnCount }: BenchData): number {
  const within = squaresAround(clusters, test, columnCount)
  return (
    1 -
    within /
      squaresAround(
        clusters.map(() => 0),
        test,
        columnCount,
      )
  )
}

function squaresAround(groups: Float64Array, rows: Float64Array, columnCount: number): number {
  const groupCount = groups.reduce((a, b) => Math.max(a, b), 0) + 1
  const counts = new Float64Array(groupCount)
  const sums = new Float64Array(groupCount * columnCount)
  const eachValue = (visit: (value: number, group: number, column: number) => void): void => {
    for (let k = 0; k < rows.length; k++) {
      visit(rows[k] as number, groups[Math.floor(k / columnCount)] as number, k % columnCount)
    }
  }
  for (const group of groups) counts[group] = (counts[group] as number) + 1
  eachValue((value, group, j) => {
    sums[group * columnCount + j] = (sums[group * columnCount + j] as number) + value
  })
  let squares = 0
  eachValue((value, group, j) => {
    squares += (value - (sums[group * columnCount + j] as number) / (counts[group] as number)) ** 2
  })
  return squares
}
