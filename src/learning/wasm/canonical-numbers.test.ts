import t from 'tap'
import { forCanonical } from './canonical-numbers.ts'

t.test('−0 and every NaN have one pattern of bits, and other values keep theirs', async (t) => {
  const oddNaN = new Float64Array(BigUint64Array.of(0xfff8_0000_0000_0001n, 0x7ff0_0000_0000_0001n).buffer)
  const values = Float64Array.of(...oddNaN, -0, 0, 5e-324, -5e-324, Number.MAX_VALUE, -Infinity, Infinity, -1.5, 0.1)
  for (const length of [0, 1, 2, 3, 8191, 8192, 8193, 20_001]) {
    const numbers = Float64Array.from({ length }, (_, i) => values[i % values.length] as number)
    numbers.set(values.subarray(0, Math.min(length, values.length)))
    const before = new BigUint64Array(numbers.slice().buffer)
    const made: number[] = []
    forCanonical(numbers, (segment) => made.push(...segment.slice()))
    const bits = new BigUint64Array(Float64Array.from(made).buffer)
    t.equal(made.length, length)
    // Number by number, as a digest had them before there was a kernel.
    const expected = Float64Array.from(numbers, (value) => (Number.isNaN(value) ? Number.NaN : value + 0))
    t.same(bits, new BigUint64Array(expected.buffer), `${length} values`)
    t.same(new BigUint64Array(numbers.slice().buffer), before, 'the numbers stay as they are')
  }
})
