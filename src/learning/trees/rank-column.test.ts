import t from 'tap'
import { Random } from '../random.ts'
import { rankColumn } from './rank-column.ts'

t.test('ranks a column as sorting does', async (t) => {
  const random = new Random(2)
  const draws = [
    () => random.normal() * 10 ** (random.integer(600) - 300),
    () => random.integer(7) - 3,
    () => (random.integer(2) === 0 ? 0 : -0),
    () => (random.integer(3) === 0 ? Number.NaN : random.normal()),
    () => Number.NaN,
    () => (random.integer(5) === 0 ? Number.NaN : random.integer(900) - 450),
    () => (random.integer(2) - 0.5) * 2 ** 31 + random.integer(3),
    () => Number.MIN_VALUE * random.integer(3),
  ]
  for (let round = 0; round < 120; round++) {
    const values = Float64Array.from({ length: random.integer(400) }, () => draws[round % 8]!())
    const { codes, distinct } = rankColumn(values)
    const wanted = [...new Set([...values].filter((v) => !Number.isNaN(v)).map((v) => v + 0))].sort((a, b) => a - b)
    t.same([...distinct], wanted)
    t.ok(values.every((v, i) => (Number.isNaN(v) ? codes[i] === wanted.length : distinct[codes[i]!] === v + 0)))
  }
})
