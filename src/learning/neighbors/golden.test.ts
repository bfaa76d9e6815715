// The answers of scikit-learn, as test/golden/generate_neighbors.py wrote them down.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { type DatasetName, readDataset, takeRows } from '../../../test/support/datasets.ts'
import { fitContext } from '../fit-context.ts'
import { toRowBlock } from '../matrix.ts'
import { KNeighborsClassifier } from './k-neighbors-classifier.ts'
import { KNeighborsRegressor } from './k-neighbors-regressor.ts'

interface Golden {
  readonly sets: readonly {
    readonly data: DatasetName
    /** Of `rows`, those that were fitted; the first 3 and the rest were asked. */
    readonly fitted: number
    readonly rows: readonly number[]
    readonly cases: readonly {
      readonly given: { readonly [name: string]: unknown }
      /** Queries whose prediction depends on which of equally distant rows is taken. */
      readonly tied: readonly number[]
      readonly distances: readonly number[]
      readonly answers: readonly number[]
    }[]
  }[]
}
const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/golden/neighbors.json', import.meta.url), 'utf8'))

for (const { data, fitted: fittedCount, rows, cases } of golden.sets) {
  const whole = readDataset(data)
  const train = takeRows(whole, Int32Array.from(rows.slice(0, fittedCount)))
  const asked = toRowBlock(takeRows(whole, Int32Array.from([...rows.slice(0, 3), ...rows.slice(fittedCount)])).x)
  for (const { given, tied, distances, answers } of cases) {
    for (const algorithm of ['brute', 'kd_tree']) {
      t.test(
        `finds and predicts what scikit-learn does: ${data}, ${algorithm}, ${JSON.stringify(given)}`,
        async (t) => {
          const isRegression = data === 'diabetes'
          const fitted = isRegression
            ? await new KNeighborsRegressor({ ...given, algorithm }).fit(train.x, train.values, fitContext())
            : await new KNeighborsClassifier({ ...given, algorithm }).fit(train.x, train.classes, fitContext())
          const found = fitted.neighborsOf(asked).distances
          t.equal(firstDifference(found, distances), undefined, 'distances')
          const predicted = fitted.kind === 'regressor' ? fitted.predict(asked) : fitted.predictProbabilities(asked)
          const width = predicted.length / asked.rowCount
          const isUntied = (_: number, k: number): boolean => !tied.includes(Math.floor(k / width))
          t.equal(firstDifference(predicted.filter(isUntied), answers.filter(isUntied)), undefined, 'predictions')
          t.ok(tied.length < asked.rowCount, `${tied.length} of ${asked.rowCount} queries are tied`)
        },
      )
    }
  }
}

function firstDifference(found: ArrayLike<number>, expected: readonly number[]): string | undefined {
  if (found.length !== expected.length) return `${found.length} numbers, expected ${expected.length}`
  const at = expected.findIndex((value, k) => !(Math.abs((found[k] as number) - value) <= 1e-11 * Math.abs(value)))
  return at < 0 ? undefined : `at ${at}: ${found[at]}, expected ${expected[at]}`
}
