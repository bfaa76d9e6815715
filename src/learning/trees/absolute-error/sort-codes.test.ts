import t from 'tap'
import { Random } from '../../random.ts'
import { CodeSorter } from './sort-codes.ts'

t.test('sorts codes of any spread, keeping equal ones in place', async (t) => {
  const random = new Random(1)
  const spreads: ((n: number) => number)[] = [
    () => random.integer(5),
    (n) => random.integer(n),
    () => random.integer(2 ** 26),
    // One far outlier leaves all others in one bucket.
    () => (random.integer(100) === 0 ? 2 ** 26 - 1 : random.integer(3000)),
  ]
  for (let round = 0; round < 200; round++) {
    const n = 1 + random.integer([10, 40, 300, 3000][round % 4]!)
    const codes = Int32Array.from({ length: n }, () => spreads[random.integer(4)]!(n))
    const order = new Int32Array(n)
    new CodeSorter(n).sort(codes, n, Math.min(...codes), Math.max(...codes), order)
    const wanted = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => codes[a]! - codes[b]! || a - b)
    t.same(order, wanted)
  }
})
