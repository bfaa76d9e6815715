import t from 'tap'
import { fitContext } from '../fit-context.ts'
import { numericMatrix, type RowBlock, toRowBlock } from '../matrix.ts'
import { Random } from '../random.ts'
import { KNeighborsRegressor } from './k-neighbors-regressor.ts'

/** Kinds of values that make searches go wrong: ties, far centres, outliers, constants, extremes. */
const KINDS: { readonly [name: string]: (random: Random, j: number) => number } = {
  normal: (random) => random.normal(),
  'few integers': (random) => random.integer(3),
  'far from 0': (random, j) => 1e7 * (j + 1) + random.normal(),
  'of unlike columns': (random, j) => random.normal() * 10 ** (3 * (j % 5) - 6),
  'with outliers': (random) => random.normal() * (random.uniform() < 0.01 ? 1e8 : 1),
  constant: () => 4.2,
  huge: (random) => random.normal() * 1e300,
  tiny: (random) => random.normal() * 1e-300,
}

/** The last has more columns than two segments of the filter, and more rows than the doubling chunks of a batch. */
const SHAPES = [
  [1, 1],
  [63, 5],
  [300, 3],
  [130, 16],
  [210, 37],
] as const

for (const [name, draw] of Object.entries(KINDS)) {
  t.test(`finds the rows that a full sort finds, in values ${name}`, async (t) => {
    const random = new Random(7)
    for (const [rowCount, columnCount] of SHAPES) {
      const columns = Array.from({ length: columnCount }, (_, j) =>
        Float64Array.from({ length: rowCount + 10 }, () => draw(random, j)),
      )
      const fitted = numericMatrix(columns.map((column) => column.slice(0, rowCount)))
      // Half of the queries are fitted rows.
      const x = toRowBlock(numericMatrix(columns), Math.max(0, rowCount - 10), rowCount + 10)
      for (const p of [2, 1, 3, 0.5, 9, 1000, Infinity]) {
        const expected = naiveNeighbors(toRowBlock(fitted), x, 70, p)
        for (const n_neighbors of [1, 5, 70].filter((count) => count <= rowCount)) {
          for (const algorithm of ['kd_tree', 'brute']) {
            const estimator = new KNeighborsRegressor({ n_neighbors, ...orderOf(p), algorithm, leaf_size: 4 })
            const found = (await estimator.fit(fitted, new Float64Array(rowCount), fitContext())).neighborsOf(x)
            const nearest = expected.flatMap((neighbors) => neighbors.slice(0, n_neighbors))
            const what = `${algorithm}, ${rowCount} × ${columnCount}, ${n_neighbors} neighbours, p ${p}`
            if (
              !t.same(
                [...found.rows],
                nearest.map((neighbor) => neighbor.row),
                what,
              )
            )
              return
            // The twin adds column by column, the search in four sums.
            const wrong = nearest.findIndex(({ distance }, k) => !isClose(found.distances[k] as number, distance))
            if (!t.equal(wrong, -1, `${what}: ${found.distances[wrong]} is ${nearest[wrong]?.distance}`)) return
          }
        }
      }
    }
  })
}

function isClose(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-14 * b
}

interface Neighbor {
  readonly row: number
  readonly distance: number
}

/** Neighbours by a sort of all rows by distance, then by index. O(queries × rows × (columns + log rows)). */
function naiveNeighbors(
  fitted: RowBlock,
  x: RowBlock,
  neighborCount: number,
  p: number,
): readonly (readonly Neighbor[])[] {
  const nearest: Neighbor[][] = []
  const scale = scaleOf(fitted.values, p)
  for (let q = 0; q < x.rowCount; q++) {
    const sums = Array.from({ length: fitted.rowCount }, (_, row) => {
      let sum = 0
      if (p > 4) return { row, sum: distanceOfHighOrder(x, q, fitted, row, p, scale) }
      for (let j = 0; j < x.columnCount; j++) {
        const a = (x.values[q * x.columnCount + j] as number) * scale
        const b = (fitted.values[row * x.columnCount + j] as number) * scale
        sum += p === 2 ? (a - b) * (a - b) : Math.abs(a - b) ** p
      }
      return { row, sum }
    })
    sums.sort((a, b) => (a.sum === b.sum ? a.row - b.row : a.sum - b.sum))
    nearest.push(
      sums.slice(0, neighborCount).map(({ row, sum }) => {
        return { row, distance: (p === 2 ? Math.sqrt(sum) : p > 4 ? sum : sum ** (1 / p)) / scale }
      }),
    )
  }
  return nearest
}

function orderOf(p: number) {
  return p === Infinity ? { metric: 'chebyshev' } : { p }
}

/** In units of the largest gap, so that no power vanishes. */
function distanceOfHighOrder(x: RowBlock, q: number, fitted: RowBlock, row: number, p: number, scale: number): number {
  const gaps = Array.from({ length: x.columnCount }, (_, j) => {
    const value = (x.values[q * x.columnCount + j] as number) * scale
    return Math.abs(value - (fitted.values[row * x.columnCount + j] as number) * scale)
  })
  const largest = Math.max(...gaps)
  if (largest === 0 || p === Infinity) return largest
  return largest * gaps.reduce((sum, gap) => sum + (gap / largest) ** p, 0) ** (1 / p)
}

/** Extreme values are brought near 1, by a power of two, as the index does. */
function scaleOf(values: Float64Array, p: number): number {
  const greatest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  const extreme = 2 ** (600 / (p > 4 ? 2 : Math.max(2, p)))
  if (greatest === 0 || (greatest <= extreme && greatest >= 1 / extreme)) return 1
  return 2 ** -Math.min(1000, Math.max(-1000, Math.ceil(Math.log2(greatest))))
}
