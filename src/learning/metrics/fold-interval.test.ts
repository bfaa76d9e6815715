// Intervals of cross-validated metrics: their quantiles, and how often they hold.
import t from 'tap'
import { fitContext } from '../fit-context.ts'
import { numericMatrix, toRowBlock } from '../matrix.ts'
import { kFold } from '../model-selection/splits.ts'
import { GaussianNaiveBayes } from '../naive-bayes/gaussian-naive-bayes.ts'
import { Random } from '../random.ts'
import { brierScore } from './brier-score.ts'
import { studentQuantile, summarizeFolds } from './fold-interval.ts'

t.test("Student's quantiles are those of scipy.stats.t.ppf(0.975, n), 1.17", async (t) => {
  const known: readonly [number, number][] = [
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [3, 3.1824463052837078],
    [4, 2.7764451051977934],
    [9, 2.262157162798205],
    [49, 2.0095752371292392],
    [199, 1.9719565442517533],
  ]
  for (const [freedom, quantile] of known) {
    t.ok(Math.abs(studentQuantile(freedom) - quantile) < 1e-9, `${freedom}: ${studentQuantile(freedom)}`)
  }
})

t.test('the Brier score is that of scikit-learn 1.9', async (t) => {
  const two = Float64Array.of(0.9, 0.1, 0.4, 0.6, 0.7, 0.3)
  t.ok(Math.abs(brierScore(Int32Array.of(0, 1, 1), two, 2) - 0.22) < 1e-15)
  const three = Float64Array.of(0.2, 0.5, 0.3, 0.6, 0.1, 0.3)
  t.ok(Math.abs(brierScore(Int32Array.of(1, 2), three, 3) - 0.62) < 1e-15)
  t.ok(Math.abs(brierScore(Int32Array.of(1, 2), three, 3, Float64Array.of(3, 1)) - 0.5) < 1e-15)
})

t.test('an interval holds the accuracy of what is learned from so many rows in about 95 of 100 samples', async (t) => {
  const DRAWS = 100
  const ROWS = 80
  const random = new Random(7)
  const draw = (rowCount: number) => {
    const codes = Int32Array.from({ length: rowCount }, () => (random.uniform() < 0.5 ? 0 : 1))
    const columns = [0, 1].map(() => Float64Array.from(codes, (code) => code + random.normal()))
    return { x: numericMatrix(columns, rowCount), codes }
  }
  type Rows = ReturnType<typeof draw>
  const accuracyOf = async (train: Rows, judged: Rows): Promise<number> => {
    const fitted = await new GaussianNaiveBayes().fit(
      train.x,
      { codes: train.codes, classNames: ['0', '1'] },
      fitContext(),
    )
    const probabilities = fitted.predictProbabilities(toRowBlock(judged.x, 0, judged.codes.length))
    const right = judged.codes.filter((code, i) => (probabilities[2 * i + 1] as number) > 0.5 === (code === 1))
    return right.length / judged.codes.length
  }
  const pick = ({ x, codes }: Rows, rows: Int32Array): Rows => ({
    x: numericMatrix(
      x.columns.map((column) => Float64Array.from(rows, (row) => column[row] as number)),
      rows.length,
    ),
    codes: Int32Array.from(rows, (row) => codes[row] as number),
  })
  const intervals = []
  let truth = 0
  for (let k = 0; k < DRAWS; k++) {
    const rows = draw(ROWS)
    const scores: number[] = []
    for (const { training, validation } of kFold(ROWS, 10, k)) {
      scores.push(await accuracyOf(pick(rows, training), pick(rows, validation)))
    }
    intervals.push(summarizeFolds(Float64Array.from(scores), 1 / 9).interval)
    truth +=
      (await accuracyOf(
        pick(
          rows,
          Int32Array.from({ length: 72 }, (_, i) => i),
        ),
        draw(500),
      )) / DRAWS
  }
  const holds = intervals.filter(({ from, to }) => from <= truth && truth <= to).length / DRAWS
  t.ok(holds >= 0.9, `it holds in ${holds} of the samples`)
})
