// The drawn part of a tree leads rows where the tree itself leads them.
import t, { type Test } from 'tap'
import { GradientBoostingRegressor } from './boosting/gradient-boosting-regressor.ts'
import type { FittedRegressor, Regressor } from './estimator.ts'
import { fitContext } from './fit-context.ts'
import { type Matrix, toRowBlock } from './matrix.ts'
import { Random } from './random.ts'
import { spreadRows } from './spread-rows.ts'
import { followRow, type TreeSketch } from './tree-sketch.ts'
import { DecisionTreeRegressor } from './trees/decision-tree-regressor.ts'
import { RandomForestRegressor } from './trees/random-forest-regressor.ts'

const ROWS = 600
const random = new Random(5)

/** Two columns of numbers and one of categories, each with missing values, and a target that needs all of them. */
function sample(): { x: Matrix; y: Float64Array } {
  const number = (): number => (random.integer(9) === 0 ? Number.NaN : Math.round(random.uniform() * 40) / 4)
  const columns = [
    Float64Array.from({ length: ROWS }, number),
    Float64Array.from({ length: ROWS }, number),
    Float64Array.from({ length: ROWS }, () => (random.integer(9) === 0 ? Number.NaN : random.integer(40))),
  ] as const
  const y = Float64Array.from({ length: ROWS }, (_, i) => {
    const [a, b, c] = columns.map((column) => column[i] as number) as [number, number, number]
    return (
      (Number.isNaN(a) ? 3 : a) + (b > 5 ? 6 : Number.isNaN(b) ? -4 : 0) + (c % 3 === 0 ? 9 : Number.isNaN(c) ? 5 : 0)
    )
  })
  return { x: { rowCount: ROWS, columns, categoryCounts: [0, 0, 40] }, y }
}

/** The last node of every row. */
function endsOf({ nodes }: TreeSketch, { columns }: Matrix): number[] {
  return Array.from({ length: ROWS }, (_, i) => {
    let end = -1
    followRow(
      nodes,
      (column) => columns[column]?.[i] as number,
      (node) => {
        end = node
      },
    )
    return end
  })
}

async function holds(t: Test, estimator: Regressor, kinds: number): Promise<void> {
  const { x, y } = sample()
  const fitted: FittedRegressor = await estimator.fit(x, y, fitContext({ seed: 1 }))
  const sketch = fitted.firstTree?.(100) as TreeSketch
  t.equal(sketch.treeCount, 1)
  const ends = endsOf(sketch, x)
  const predicted = fitted.predict(toRowBlock(x))
  const valueOfEnd = new Map(ends.map((end, i) => [end, predicted[i]]))
  t.ok(valueOfEnd.size > 8)
  t.same(
    ends.map((end) => valueOfEnd.get(end)),
    [...predicted],
    'rows that end in one leaf have one prediction',
  )
  t.equal(new Set(sketch.nodes.map(({ split }) => split?.column)).size, kinds, 'it splits all columns')
  t.ok(sketch.nodes.every(({ isCut }) => !isCut))

  const upper = fitted.firstTree?.(2) as TreeSketch
  t.ok(upper.nodes.length <= 7)
  t.ok(upper.nodes.some(({ isCut }) => isCut))
  const upperEnds = endsOf(upper, x)
  t.ok(new Set(upperEnds).size <= 4)
  t.equal(
    new Set(ends.map((end, i) => `${end} ${upperEnds[i]}`)).size,
    new Set(ends).size,
    'each leaf lies below one node of the upper part',
  )
}

t.test('of a decision tree', (t) => holds(t, new DecisionTreeRegressor({ random_state: 1 }), 4))
t.test('of a forest', (t) => holds(t, new RandomForestRegressor({ n_estimators: 1, random_state: 1 }), 4))
t.test('of boosting', (t) => holds(t, new GradientBoostingRegressor({ max_iter: 1 }), 4))

t.test('a tree that is a leaf', async (t) => {
  const { x } = sample()
  for (const estimator of [new DecisionTreeRegressor(), new GradientBoostingRegressor({ max_iter: 1 })]) {
    const fitted: FittedRegressor = await estimator.fit(x, new Float64Array(ROWS).fill(3), fitContext())
    t.same(fitted.firstTree?.(3), { treeCount: 1, nodes: [{ isCut: false }] })
  }
})

t.test('rows are drawn from all parts, each at most once, the same by the same seed', async (t) => {
  const rows = spreadRows(1003, 100, 7)
  t.equal(new Set(rows).size, 100)
  t.ok(rows.every((row, k) => row >= Math.floor((k * 1003) / 100) && row < Math.floor(((k + 1) * 1003) / 100)))
  t.same(spreadRows(1003, 100, 7), rows)
  t.notSame(spreadRows(1003, 100, 8), rows)
  t.same([...spreadRows(3, 100, 7)], [0, 1, 2])
})
