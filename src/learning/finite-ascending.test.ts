import t from 'tap'
import { finiteAscending } from './finite-ascending.ts'
import { Random } from './random.ts'

t.test('finite numbers come in the order of a sort, whether they are counted or sorted', async (t) => {
  const random = new Random(3)
  const columns = {
    nothing: [],
    'nothing finite': [Number.NaN, Number.POSITIVE_INFINITY],
    'one value': [4],
    'few whole numbers': Array.from({ length: 200 }, () => random.integer(20) - 7),
    'few whole numbers far out': Array.from({ length: 200 }, () => 2 ** 52 + random.integer(20)),
    'whole numbers far apart': Array.from({ length: 200 }, () => 1e12 * random.integer(20)),
    'zeros of either sign': Array.from({ length: 200 }, () => [0, -0, 1][random.integer(3)] as number),
    'numbers with a part': Array.from({ length: 200 }, () => random.integer(20) / 4),
    'what is missing': Array.from(
      { length: 200 },
      () => [3, Number.NaN, -1, Number.NEGATIVE_INFINITY][random.integer(4)] as number,
    ),
  }
  for (const [what, values] of Object.entries(columns)) {
    const given = Float64Array.from(values)
    const expected = values.filter(Number.isFinite).sort((a, b) => a - b)
    t.same(
      [...finiteAscending(given)].map((value) => value + 0),
      expected.map((value) => value + 0),
      what,
    )
    t.same(given, Float64Array.from(values), 'the column stays as it is')
  }
})
