import { readFileSync } from 'node:fs'
import t from 'tap'
import { regressionIntervals, shareInterval } from './intervals.ts'

interface Golden {
  readonly shares: readonly { hits: number; rows: number; interval: [number, number] }[]
  readonly regression: { actual: number[]; predicted: number[]; bootstrap: Record<string, [number, number]> }
}

const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/golden/intervals.json', import.meta.url), 'utf8'))

t.test("the interval of a share is SciPy's, by Wilson", async (t) => {
  for (const { hits, rows, interval } of golden.shares) {
    const found = shareInterval(hits / rows, rows)
    t.ok(Math.abs((found?.from as number) - interval[0]) < 1e-12, `${hits} of ${rows}`)
    t.ok(Math.abs((found?.to as number) - interval[1]) < 1e-12, `${hits} of ${rows}`)
  }
  t.equal(shareInterval(Number.NaN, 3), undefined)
})

t.test('the intervals of a regression are those of a bootstrap of the rows', async (t) => {
  const { actual, predicted, bootstrap } = golden.regression
  const found = regressionIntervals(Float64Array.from(actual), Float64Array.from(predicted))
  for (const [name, [from, to]] of Object.entries(bootstrap)) {
    const interval = found?.get(name)
    const near = (a: number | undefined, b: number): boolean => Math.abs((a as number) - b) < 0.1 * (to - from)
    t.ok(near(interval?.from, from) && near(interval?.to, to), `${name} ${JSON.stringify(interval)} ${from} ${to}`)
  }
})

t.test('of few rows, or of a constant, there is none', async (t) => {
  t.equal(regressionIntervals(new Float64Array(19), new Float64Array(19)), undefined)
  const found = regressionIntervals(new Float64Array(30).fill(2), new Float64Array(30).fill(1))
  t.same([...(found?.keys() ?? [])], ['root_mean_squared_error', 'mean_absolute_error'])
})
