import t from 'tap'
import { medianOf } from './median.ts'
import { Random } from './random.ts'

/** By sorting all of them. */
function naive(values: Float64Array): number {
  const sorted = values.slice().sort()
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

t.test('the value in the middle, whatever the order and however many are equal', async (t) => {
  const random = new Random(1)
  for (const count of [1, 2, 3, 4, 7, 100, 1001, 5000]) {
    for (const distinct of [1, 2, 10, 1e9]) {
      const values = Float64Array.from({ length: count }, () => random.integer(distinct) - distinct / 3)
      const kinds = { drawn: values, ascending: values.slice().sort(), descending: values.slice().sort().reverse() }
      for (const [kind, given] of Object.entries(kinds)) {
        t.equal(medianOf(given.slice()), naive(given), `${count} of ${distinct}, ${kind}`)
      }
    }
  }
})

t.test('numbers at the ends', async (t) => {
  t.ok(Number.isNaN(medianOf(new Float64Array())))
  t.equal(medianOf(Float64Array.of(2 ** 1023, 2 ** 1023)), 2 ** 1023, 'whose sum is no double')
  t.equal(medianOf(Float64Array.of(Number.NEGATIVE_INFINITY, 1, 2)), 1)
  t.equal(medianOf(Float64Array.of(5e-324, 5e-324)), 5e-324)
})
