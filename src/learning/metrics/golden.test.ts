// Every metric against the values that scikit-learn gave (test/golden/generate_metrics.py).
import { readFileSync } from 'node:fs'
import t from 'tap'
import { classificationMetrics } from './classification-metrics.ts'
import { regressionMetrics } from './regression-metrics.ts'

interface Case {
  readonly name: string
  readonly true: readonly number[]
  readonly predicted: readonly number[]
  readonly weight: readonly number[] | null
  readonly expected: { readonly [metric: string]: number }
}
interface Golden {
  readonly scikit_learn: string
  readonly classification: readonly (Case & { class_names: string[]; probabilities: number[] | null })[]
  readonly regression: readonly Case[]
}
const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/golden/metrics.json', import.meta.url), 'utf8'))

function sameMetrics(
  test: Pick<typeof t, 'same' | 'ok'>,
  found: Map<string, number>,
  expected: Case['expected'],
): void {
  test.same([...found.keys()].sort(), Object.keys(expected).sort(), 'the same metrics are defined')
  for (const [metric, value] of Object.entries(expected)) {
    const difference = Math.abs((found.get(metric) as number) - value)
    test.ok(
      difference <= 1e-12 * Math.max(1, Math.abs(value)),
      `${metric}: ${value} expected, ${found.get(metric)} found`,
    )
  }
}

for (const c of golden.classification) {
  t.test(`classification, ${c.name}, as scikit-learn ${golden.scikit_learn}`, async (t) => {
    const found = classificationMetrics({
      trueCodes: Int32Array.from(c.true),
      predictedCodes: Int32Array.from(c.predicted),
      classNames: c.class_names,
      ...(c.probabilities && { probabilities: Float64Array.from(c.probabilities) }),
      ...(c.weight && { sampleWeight: Float64Array.from(c.weight) }),
    })
    sameMetrics(t, found, c.expected)
  })
}

for (const c of golden.regression) {
  t.test(`regression, ${c.name}, as scikit-learn ${golden.scikit_learn}`, async (t) => {
    const weight = c.weight === null ? undefined : Float64Array.from(c.weight)
    sameMetrics(t, regressionMetrics(Float64Array.from(c.true), Float64Array.from(c.predicted), weight), c.expected)
  })
}
