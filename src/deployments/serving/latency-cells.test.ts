import t from 'tap'
import { CELL_COUNT, cellOf, quantilesOf } from './latency-cells.ts'

const counted = (seconds: readonly number[]): Float64Array => {
  const counts = new Float64Array(CELL_COUNT)
  for (const each of seconds) counts[cellOf(each)] = (counts[cellOf(each)] as number) + 1
  return counts
}

t.test('quantiles are those of the latencies, to within 5 %', async (t) => {
  // By rank: latencies of 0.1 ms to 1 s, evenly on the logarithmic scale, in any order.
  const seconds = Array.from({ length: 10_000 }, (_, i) => 1e-4 * 1e4 ** (((i * 7919) % 10_000) / 9_999))
  const sorted = [...seconds].sort((a, b) => a - b)
  const shares = [0.01, 0.5, 0.95, 0.99, 1]
  for (const [i, found] of quantilesOf(counted(seconds), shares).entries()) {
    const exact = sorted[Math.ceil((shares[i] as number) * sorted.length) - 1] as number
    t.ok(Math.abs((found as number) / exact - 1) < 0.05, `${shares[i]}: ${found} for ${exact}`)
  }
})

t.test('counts of several processes are those of all their latencies', async (t) => {
  const [one, other] = [counted([0.001, 0.002, 0.004]), counted([0.1, 0.2])]
  const sum = one.map((count, cell) => count + (other[cell] as number))
  t.same(quantilesOf(sum, [0.5, 0.99]), quantilesOf(counted([0.001, 0.002, 0.004, 0.1, 0.2]), [0.5, 0.99]))
})

t.test('what is out of range counts at its end, and nothing has no quantile', async (t) => {
  t.equal(cellOf(0), 0)
  t.equal(cellOf(1e-9), 0)
  t.equal(cellOf(1e9), CELL_COUNT - 1)
  t.same(quantilesOf(new Float64Array(CELL_COUNT), [0.5, 0.99]), [undefined, undefined])
})
