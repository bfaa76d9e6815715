// Explanations of naive Bayes: its score of a class is a sum with one term for each column.
import type { Explanation } from '../explanation/explanation.ts'

/**
 * The terms of each row for the classes that are asked for, less those that are never the answer, beside the log of the prior.
 * termOf gives the term of a row, a class and a column. O(rows × classes × columns).
 */
export function explainTerms(
  rowCount: number,
  columnCount: number,
  priors: Float64Array,
  asked: readonly number[] | undefined,
  termOf: (row: number, code: number, column: number) => number,
): Explanation {
  const classCodes = (asked ?? [...priors.keys()]).filter((code) => (priors[code] as number) > 0)
  const contributions = new Float64Array(rowCount * classCodes.length * columnCount)
  let to = 0
  for (let row = 0; row < rowCount; row++) {
    for (const code of classCodes) {
      for (let j = 0; j < columnCount; j++) contributions[to++] = termOf(row, code, j)
    }
  }
  const bases = Float64Array.from(classCodes, (code) => Math.log(priors[code] as number))
  return {
    ...{ explainedAs: 'joint_log_likelihood', link: 'softmax', comparedWith: 'prior' },
    ...{ classCodes, bases, contributions },
  }
}
