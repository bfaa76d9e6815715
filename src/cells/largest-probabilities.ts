// How sure a classifier is of its answers.
import type { Predictions } from '../model/fitted-pipeline.ts'
import { largestOfRows } from '../model/output-rows.ts'

/** The largest probability of each row, of the first answer that has classes; undefined where there is none. O(values). */
export function largestProbabilities({ probabilities, confidence }: Predictions): Float64Array | undefined {
  if (confidence !== undefined) return confidence
  const [first] = probabilities
  if (first === undefined) return undefined
  const classCount = first.levels.length
  const largest = new Float64Array(first.values.length / classCount)
  largestOfRows(first.values, classCount, largest)
  return largest
}
