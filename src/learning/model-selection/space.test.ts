import t from 'tap'
import { rungsOf } from './halving.ts'
import { drawCandidates, gridOf, gridSize } from './space.ts'

t.test('a grid has every combination, the last parameter changing fastest', async (t) => {
  const space = { b: ['x', 'y'], a: [1, 2, 3] }
  t.equal(gridSize(space), 6)
  t.same(
    gridOf(space).map(({ a, b }) => `${a}${b}`),
    ['1x', '1y', '2x', '2y', '3x', '3y'],
  )
})

t.test('the order of the parameters in a space changes nothing', async (t) => {
  const [a, b] = [[1, 2, 3], { min: 0, max: 1 }]
  t.same(drawCandidates({ a, b }, 20, 1), drawCandidates({ b, a }, 20, 1))
  t.same(drawCandidates({ a, b: a }, 50, 1), drawCandidates({ b: a, a }, 50, 1))
  t.same(gridOf({ a, b: a }), gridOf({ b: a, a }))
})

t.test('draws of lists are different, and no more than there are', async (t) => {
  const space = { a: [1, 2, 3], b: ['x', 'y'] }
  for (const count of [4, 6, 50]) {
    const drawn = drawCandidates(space, count, 1).map((candidate) => JSON.stringify(candidate))
    t.equal(new Set(drawn).size, Math.min(count, 6))
    t.equal(drawn.length, Math.min(count, 6))
  }
})

t.test('draws of a range lie in it, evenly or by their logarithm', async (t) => {
  const values = (range: object, count = 4000) =>
    drawCandidates({ a: { min: 1, max: 10_000, ...range } }, count, 3).map(({ a }) => a as number)
  const below = (limit: number, drawn: number[]) => drawn.filter((value) => value < limit).length / drawn.length
  const even = values({})
  t.ok(Math.min(...even) >= 1 && Math.max(...even) <= 10_000)
  t.ok(Math.abs(below(5000, even) - 0.5) < 0.03)
  t.ok(Math.abs(below(100, values({ log: true })) - 0.5) < 0.03)
  const whole = drawCandidates({ a: { min: 1, max: 6, integer: true } }, 50, 1).map(({ a }) => a as number)
  t.same(whole.toSorted(), [1, 2, 3, 4, 5, 6], 'each integer once')
  t.ok(values({ log: true, integer: true }, 200).every(Number.isInteger))
})

// n_candidates_ of scikit-learn 1.9's HalvingRandomSearchCV with factor 3, min_resources "exhaust" and 5 folds, whose last
// round has the largest multiple of the first that the rows allow, such as 999 of 1,000.
t.test('the rounds of halving are those of scikit-learn, and the last has all rows', async (t) => {
  for (const [candidates, rowsMin, rows, left] of [
    [9, 10, 90, [9, 3, 1]],
    [27, 10, 1000, [27, 9, 3, 1]],
    [20, 10, 1000, [20, 7, 3]],
    [50, 10, 100, [50, 17, 6]],
    [9, 30, 45, [9]],
    [81, 30, 1000, [81, 27, 9, 3]],
  ] as const) {
    const rounds = rungsOf(candidates, rowsMin, rows)
    t.same(
      rounds.map((round) => round.candidates),
      left,
      `${candidates} candidates on ${rows} rows`,
    )
    t.equal(rounds.at(-1)?.rows, rows)
    t.ok(rounds.every((round) => round.rows >= rowsMin))
  }
  t.same(
    rungsOf(27, 10, 1000).map((round) => round.rows),
    [37, 111, 333, 1000],
  )
})
