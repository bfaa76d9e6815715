import t from 'tap'
import { Random } from '../random.ts'
import { scanColumn } from './column-scan.ts'

t.test('a scan finds what a loop finds, in columns of any length', async (t) => {
  const random = new Random(4)
  for (const length of [0, 1, 2, 3, 4095, 4096, 4097, 9001]) {
    // Far from 0: squares about 0 would lose the variance.
    const column = Float64Array.from({ length }, () => 1e6 + random.normal())
    const { sum, mean, variance, min, max, hasMissing } = scanColumn(column)
    const naiveSum = column.reduce((total, value) => total + value, 0)
    const naiveMean = length === 0 ? 0 : naiveSum / length
    const squares = column.reduce((total, value) => total + (value - naiveMean) ** 2, 0)
    t.ok(Math.abs(sum - naiveSum) <= 1e-12 * naiveSum, `sum of ${length}`)
    t.ok(Math.abs(mean - naiveMean) < 1e-8, `mean of ${length}`)
    t.ok(Math.abs(variance - (length === 0 ? 0 : squares / length)) < 1e-9, `variance of ${length}`)
    t.same([min, max, hasMissing], [Math.min(...column), Math.max(...column), false])
  }
})

t.test('a missing value is seen wherever it stands, and passed over by the range', async (t) => {
  for (const place of [0, 1, 4095, 4096, 8192, 8194]) {
    const column = Float64Array.from({ length: 8195 }, (_, i) => i)
    column[place] = Number.NaN
    const { sum, min, max, hasMissing } = scanColumn(column)
    t.ok(hasMissing && scanColumn(column, true).hasMissing, `at ${place}`)
    t.same([sum, min, max], [Number.NaN, place === 0 ? 1 : 0, place === 8194 ? 8193 : 8194])
  }
  // Nothing stays from one scan to the next.
  t.notOk(scanColumn(Float64Array.of(1)).hasMissing)
  t.same(scanColumn(Float64Array.of(1)).max, 1)
})
