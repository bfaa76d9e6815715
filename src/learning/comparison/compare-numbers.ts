// Compares regressors on the same rows.
import { regressionMetrics } from '../metrics/regression-metrics.ts'
import { squaresUnit } from '../metrics/squares-unit.ts'
import { type Comparison, type ComparisonRows, compareAnswers, type PairedTest, type TestName } from './compare.ts'
import { numberScorer } from './number-scorer.ts'
import { pairedT, wilcoxonSignedRank } from './paired-tests.ts'

/**
 * r2 and root_mean_squared_error by Student's paired t test on the squared errors, mean_absolute_error by that on the
 * absolute errors, median_absolute_error by Wilcoxon's signed-rank test on them, explained_variance by the paired
 * bootstrap. See compareAnswers. Throws RangeError where squares of the values are no numbers.
 *
 * trueValues  one finite value a row
 * versions    what each predicted, one finite value a row
 */
export function compareNumbers(
  trueValues: Float64Array,
  versions: readonly Float64Array[],
  groups?: ComparisonRows['groups'],
): Comparison {
  if (squaresUnit(trueValues, ...versions) !== 1) throw new RangeError('values beyond 2^400 cannot be compared')
  const errors = versions.map((predicted) => trueValues.map((value, row) => value - (predicted[row] as number)))
  const answers = versions.map((predicted, v) => ({
    metrics: regressionMetrics(trueValues, predicted),
    scorer: numberScorer(trueValues, errors[v] as Float64Array),
  }))
  const differences = (loss: (error: number) => number, first: number, second: number): Float64Array => {
    const [a, b] = [errors[first] as Float64Array, errors[second] as Float64Array]
    return a.map((error, row) => loss(error) - loss(b[row] as number))
  }
  const square = (error: number): number => error * error
  const test = (name: TestName, of: typeof pairedT, loss: (error: number) => number): PairedTest => ({
    name,
    p: (first, second) => of(differences(loss, first, second)),
  })
  const squares = test('paired_t_squared_errors', pairedT, square)
  const tests: Readonly<Record<string, PairedTest>> = {
    r2: squares,
    root_mean_squared_error: squares,
    mean_absolute_error: test('paired_t_absolute_errors', pairedT, Math.abs),
    median_absolute_error: test('wilcoxon', wilcoxonSignedRank, Math.abs),
  }
  const rows = { rowCount: trueValues.length, ...(groups === undefined ? {} : { groups }) }
  return compareAnswers(rows, answers, (metric) => tests[metric])
}
