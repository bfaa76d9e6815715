import t from 'tap'
import { describeRange, intoRange, isInRange, type TargetRange } from './target-range.ts'

const values = Float64Array.from([-12.5, -3, 0, 4.25, 19])

for (const [range, text] of [
  [{}, 'a number'],
  [{ min: 0 }, 'a number of at least 0'],
  [{ above: 0 }, 'a number above 0'],
  [{ below: -5 }, 'a number below -5'],
  [{ max: -5 }, 'a number of at most -5'],
  [{ min: 0, max: 1 }, 'a number from 0 to 1'],
  [{ above: 0, below: 1 }, 'a number above 0 and below 1'],
  [{ min: 0, below: 0.001 }, 'a number of at least 0 and below 0.001'],
  [{ min: 0, areIntegers: true }, 'an integer of at least 0'],
  [{ above: 0.5, max: 3, areIntegers: true }, 'an integer above 0.5 and of at most 3'],
  [{ min: 0, max: 1e30 }, 'a number from 0 to 1e+30'],
  [{ areIntegers: true }, 'an integer'],
] satisfies [TargetRange, string][]) {
  t.test(`made-up numbers come into the range: ${text}`, async (t) => {
    t.equal(describeRange(range), text)
    for (const given of [values, values.map((value) => value * 1e300), Float64Array.of(-7, -7), new Float64Array(0)]) {
      const moved = intoRange(given, range)
      for (const value of moved) t.ok(isInRange(value, range), `${value}`)
      t.ok(given.length < 5 || new Set(moved).size > 1, 'they stay apart')
    }
  })
}

t.test('numbers of the range stay as they are', async (t) => {
  t.equal(intoRange(values, { min: -13 }), values)
  t.same([...intoRange(values, { min: 0 })], [0, 9.5, 12.5, 16.75, 31.5])
})
