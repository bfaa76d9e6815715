// The metrics of the folds of a cross-validation.
import { classificationMetrics } from '../../learning/metrics/classification-metrics.ts'
import { type FoldSummary, summarizeFolds } from '../../learning/metrics/fold-interval.ts'
import { mean } from '../../learning/metrics/moments.ts'
import type { CrossValidation } from '../cross-validate.ts'
import type { FittedOutput } from '../output-rows.ts'
import { isLowerBetter, scoringsOf } from '../scoring.ts'
import type { CrossFittedOutput } from './cross-fit.ts'

/** A metric that has a value in every fold. */
export interface FoldMetric {
  readonly name: string
  /** One per fold. */
  readonly values: Float64Array
  /** The interval has no values that the metric cannot have. */
  readonly summary: FoldSummary
}

/**
 * The metrics of `evaluate` that have a value in every fold, without those of single classes; where outputs decide, those
 * of what they decide. O(rows × classes).
 */
export function foldMetrics(
  outputs: readonly FittedOutput[],
  { folds }: Pick<CrossValidation, 'folds'>,
  decided: readonly CrossFittedOutput[] | undefined,
): FoldMetric[] {
  const testShare = mean(Float64Array.from(folds, ({ trainingRows, validationRows }) => validationRows / trainingRows))
  return outputs.flatMap(({ name: label, fitted }, index) => {
    const prefix = outputs.length > 1 ? `${label}.` : ''
    const output = decided?.[index]
    const ofFolds =
      output === undefined
        ? folds.map(({ metrics }) => new Map(Object.entries(metrics)))
        : folds.map((_, fold) => decidedMetrics(output, fold, prefix))
    return scoringsOf(fitted.kind).flatMap((metric): FoldMetric[] => {
      const name = prefix + metric
      const values = Float64Array.from(ofFolds, (metrics) => metrics.get(name) ?? Number.NaN)
      if (!values.every(Number.isFinite)) return []
      return [{ name, values, summary: within(boundsOf(metric, fitted.kind), summarizeFolds(values, testShare)) }]
    })
  })
}

function decidedMetrics(
  { output, validated, probabilities, predictedCodes }: CrossFittedOutput,
  fold: number,
  prefix: string,
): Map<string, number> {
  if (validated === undefined) return new Map()
  const { classCount, codes, folds, sampleWeight } = validated
  const rows = Int32Array.from(folds.keys()).filter((row) => folds[row] === fold)
  const metrics = classificationMetrics({
    trueCodes: rows.map((row) => codes[row] as number),
    predictedCodes: rows.map((row) => predictedCodes[row] as number),
    probabilities: Float64Array.from(
      { length: rows.length * classCount },
      (_, at) =>
        probabilities[(rows[Math.floor(at / classCount)] as number) * classCount + (at % classCount)] as number,
    ),
    classNames: (output.levels ?? []).map(String),
    ...(sampleWeight === undefined
      ? {}
      : { sampleWeight: Float64Array.from(rows, (row) => sampleWeight[row] as number) }),
  })
  return new Map([...metrics].map(([name, value]) => [prefix + name, value]))
}

function boundsOf(metric: string, kind: string): readonly [number, number] {
  if (isLowerBetter(metric)) return [0, Number.POSITIVE_INFINITY]
  if (metric === 'matthews_corrcoef') return [-1, 1]
  return [kind === 'classifier' ? 0 : Number.NEGATIVE_INFINITY, 1]
}

function within([least, most]: readonly [number, number], summary: FoldSummary): FoldSummary {
  const { from, to } = summary.interval
  return { ...summary, interval: { from: Math.max(from, least), to: Math.min(to, most) } }
}
