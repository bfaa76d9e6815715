// Neighbours that ml-knn finds, against a search of all rows.
import t from 'tap'
import { ParameterError } from '../../src/learning/errors.ts'
import { fitContext } from '../../src/learning/fit-context.ts'
import { numericMatrix, toRowBlock } from '../../src/learning/matrix.ts'
import { Random } from '../../src/learning/random.ts'
import { NeighborsClassifier } from '../../src/ml-packages/neighbors-classifier.ts'

const codesOf = (n: number, random: Random) => Int32Array.from({ length: n }, () => random.integer(3))
const classNames = ['a', 'b', 'c']
const distances = {
  minkowski: (d: readonly number[]) => d.reduce((sum, x) => sum + Math.abs(x) ** 3, 0) ** (1 / 3),
  euclidean: (d: readonly number[]) => Math.hypot(...d),
  manhattan: (d: readonly number[]) => d.reduce((sum, x) => sum + Math.abs(x), 0),
  chebyshev: (d: readonly number[]) => Math.max(...d.map(Math.abs)),
}

t.test('votes are those of a search of all rows, at any size of values', async (t) => {
  for (const metric of ['minkowski', 'euclidean', 'manhattan', 'chebyshev'] as const) {
    for (const weights of ['uniform', 'distance']) {
      for (const size of [1, 1e300, 1e-300]) {
        const random = new Random(4)
        const unit = Array.from({ length: 3 }, () => Float64Array.from({ length: 80 }, () => random.uniform() - 0.5))
        const codes = codesOf(80, random)
        const x = numericMatrix(unit.map((column) => column.map((value) => value * size)))
        const model = await new NeighborsClassifier({ n_neighbors: 7, metric, p: 3, weights }).fit(
          x,
          { codes, classNames },
          fitContext(),
        )
        const asked = Array.from({ length: 3 }, () => Float64Array.from({ length: 20 }, () => random.uniform() - 0.5))
        const block = toRowBlock(numericMatrix(asked.map((column) => column.map((value) => value * size))))
        const found = model.predictProbabilities(block)
        const expected = Array.from({ length: 20 }, (_, i) => {
          const all = Array.from({ length: 80 }, (_, row) => ({
            row,
            distance: distances[metric](unit.map((column, j) => (column[row] as number) - (asked[j]?.[i] as number))),
          })).toSorted((a, b) => a.distance - b.distance)
          const votes = [0, 0, 0]
          for (const { row, distance } of all.slice(0, 7)) {
            const code = codes[row] as number
            votes[code] = (votes[code] as number) + (weights === 'uniform' ? 1 : 1 / distance)
          }
          return votes.map((vote) => vote / votes.reduce((sum, other) => sum + other, 0))
        }).flat()
        const worst = expected.reduce((most, p, k) => Math.max(most, Math.abs(p - (found[k] as number))), 0)
        t.ok(worst < 1e-9, `${metric} ${weights} ${size}: ${worst}`)
      }
    }
  }
})

t.test('a row of the training at distance 0 outvotes the others when votes go by distance', async (t) => {
  const x = numericMatrix([Float64Array.of(0, 1, 1.1, 1.2)])
  const target = { codes: Int32Array.of(0, 1, 1, 1), classNames: ['a', 'b'] }
  const model = await new NeighborsClassifier({ n_neighbors: 4, weights: 'distance' }).fit(x, target, fitContext())
  t.same([...model.predictProbabilities({ rowCount: 1, columnCount: 1, values: Float64Array.of(0) })], [1, 0])
})

t.test('takes batches of typed arrays, of no rows, and rows far out', async (t) => {
  const x = numericMatrix([Float64Array.of(0, 1, 2, 3)])
  const target = { codes: Int32Array.of(0, 0, 1, 1), classNames: ['a', 'b'] }
  const model = await new NeighborsClassifier({ n_neighbors: 2 }).fit(x, target, fitContext())
  t.equal(model.predictProbabilities({ rowCount: 0, columnCount: 1, values: new Float64Array(0) }).length, 0)
  const far = model.predictProbabilities({ rowCount: 2, columnCount: 1, values: Float64Array.of(-1e9, 1e9) })
  t.same([...far], [1, 0, 0, 1])
})

t.test('the tree leaves out what is too far away', async (t) => {
  const random = new Random(2)
  const n = 4000
  const columns = [0, 1].map(() => Float64Array.from({ length: n }, () => random.uniform()))
  const model = await new NeighborsClassifier({ n_neighbors: 1 }).fit(
    numericMatrix(columns),
    { codes: codesOf(n, random), classNames },
    fitContext(),
  )
  // Each distance to a training row reads the coordinates of that row: counting them shows how many were visited.
  let reads = 0
  const knn = (model as unknown as { knn: { kdTree: { metric: (p: unknown, q: unknown) => number } } }).knn
  const { metric } = knn.kdTree
  knn.kdTree.metric = (p, q) => {
    reads++
    return metric(p, q)
  }
  model.predictProbabilities({ rowCount: 1, columnCount: 2, values: Float64Array.of(0.5, 0.5) })
  t.ok(reads > 0 && reads < n / 4, `${reads} distances for ${n} rows`)
})

t.test('more neighbours than rows are refused before work starts', async (t) => {
  const fit = new NeighborsClassifier({ n_neighbors: 3 }).fit(
    numericMatrix([Float64Array.of(1, 2)]),
    { codes: Int32Array.of(0, 1), classNames: ['a', 'b'] },
    fitContext(),
  )
  await t.rejects(fit, ParameterError)
})
