// Compares classifiers on the same rows.
import { classificationMetrics } from '../metrics/classification-metrics.ts'
import { type ClassAnswers, classScorer, type TrueClasses } from './class-scorer.ts'
import { type Comparison, type ComparisonRows, compareAnswers } from './compare.ts'
import { mcnemarExact } from './paired-tests.ts'

/** Metrics of single classes are left out: of many classes some would differ by chance. */
const OF_ONE_CLASS = /^(precision|recall|f1|support)\./

/** Accuracy by McNemar's exact test, all else by the paired bootstrap. See compareAnswers. */
export function compareClasses(
  truth: TrueClasses,
  versions: readonly ClassAnswers[],
  groups?: ComparisonRows['groups'],
): Comparison {
  const { codes, classCount } = truth
  const classNames = Array.from({ length: classCount }, (_, c) => String(c))
  const answers = versions.map((version) => {
    const all = classificationMetrics({
      trueCodes: codes,
      predictedCodes: version.codes,
      classNames,
      ...(version.probabilities === undefined ? {} : { probabilities: version.probabilities }),
    })
    const metrics = new Map([...all].filter(([name]) => !OF_ONE_CLASS.test(name)))
    return { metrics, scorer: classScorer(truth, version) }
  })
  const mcnemar = (first: number, second: number): number => {
    const [a, b] = [versions[first]?.codes as Int32Array, versions[second]?.codes as Int32Array]
    let [onlyFirst, onlySecond] = [0, 0]
    codes.forEach((code, row) => {
      if (a[row] === code && b[row] !== code) onlyFirst++
      if (a[row] !== code && b[row] === code) onlySecond++
    })
    return mcnemarExact(onlyFirst, onlySecond)
  }
  const rows = { rowCount: codes.length, ...(groups === undefined ? {} : { groups }) }
  return compareAnswers(rows, answers, (metric) =>
    metric === 'accuracy' ? { name: 'mcnemar', p: mcnemar } : undefined,
  )
}
