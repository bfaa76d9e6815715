// Scores of single trees are held to scikit-learn's in learning/anomaly/isolation-forest.test.ts; here how often ordinary rows are called
// anomalous.
import t from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { fitContext } from '../learning/fit-context.ts'
import { Random } from '../learning/random.ts'
import { FaultList } from '../model/faults.ts'
import { schemaOf } from '../model/schema.ts'
import { cellsOf, type Table } from '../model/table.ts'
import { fitRowForest } from './fit-row-forest.ts'
import type { RowForest, SchemaColumns } from './row-forest.ts'
import { readRowForest, rowForestData } from './row-forest-data.ts'

interface Row {
  readonly size: number | null
  readonly weight: number
  readonly colour: string
}

/** Two columns that go together, and colours of which one is rare. */
function ordinary(count: number, random: Random): Row[] {
  return Array.from({ length: count }, () => {
    const size = random.normal()
    const colour = random.uniform() < 0.02 ? 'violet' : random.uniform() < 0.5 ? 'red' : 'blue'
    return { size: random.uniform() < 0.05 ? null : size, weight: size + 0.5 * random.normal(), colour }
  })
}
const tableOf = (rows: readonly unknown[]): Table => buildTable(rows, 'features', new FaultList())
const columnsOf = ({ columns }: Table): SchemaColumns => columns.map(cellsOf)

async function forestOf(table: Table, seed: number): Promise<RowForest> {
  const forest = await fitRowForest(table, schemaOf(table), fitContext({ seed }))
  if (forest === undefined) throw new Error('there are rows enough')
  return forest
}

t.test('of ordinary rows no more are anomalous than is stated', async (t) => {
  const [trainings, later] = [12, 4_000]
  for (const share of [0.01, 0.05]) {
    let anomalous = 0
    const heldOut = 1_500
    for (let seed = 0; seed < trainings; seed++) {
      const random = new Random(seed)
      const forest = await forestOf(tableOf(ordinary(2 * heldOut, random)), seed)
      const limit = forest.limitAt(share)
      t.equal(forest.heldOut, heldOut)
      const scores = forest.scores(columnsOf(tableOf(ordinary(later, random))), 0, later)
      anomalous += scores.filter((score) => score > (limit?.score ?? 0)).length
    }
    const rate = anomalous / (trainings * later)
    // Rows that were held out and later ones are both drawn.
    const deviation = Math.sqrt((share * (1 - share) * (1 / heldOut + 1 / later)) / trainings)
    t.ok(Math.abs(rate - share) < 4 * deviation, `${rate} of ${share} ± ${deviation}`)
  }
})

t.test('rows that are set apart by one value or by two together are found, and missing values are taken', async (t) => {
  const table = tableOf(ordinary(4_000, new Random(1)))
  const forest = await forestOf(table, 1)
  const limit = forest.limitAt(0.01)?.score ?? 0
  // The levels of the training are blue, red, violet; −2 was never seen, −1 is missing.
  const score = (size: number, weight: number, colour: number): number =>
    forest.scores([[size], [weight], [colour]], 0, 1)[0] as number
  t.ok(score(0, 0, 1) < limit)
  t.ok(score(Number.NaN, 0, 0) < score(9, -9, 0))
  t.ok(score(9, -9, 0) > limit)
  t.ok(score(2.2, -2.2, 1) > score(2.2, 2.2, 1), 'each value by itself is ordinary')
  t.ok(score(0, 0, -2) > score(0, 0, 1))
  t.ok(score(0, 0, 2) > score(0, 0, 1), 'a rare level is stranger')
  t.ok(Number.isFinite(score(0, 0, -1)))
  t.ok(Number.isFinite(forest.scores([undefined, [1], [0]], 0, 1)[0] as number), 'a column without values')
})

t.test('the limit is a rank of the held-out scores, and there is none for too few rows', async (t) => {
  const forest = await forestOf(tableOf(ordinary(400, new Random(2))), 2)
  t.equal(forest.heldOut, 200)
  t.equal(forest.highest.length, 20)
  t.same(forest.limitAt(0.05), { score: forest.highest[9], heldOut: 200, anomalous: 10 })
  t.equal(forest.limitAt(0.001), undefined)
  t.equal(forest.limitAt(0.2), undefined)
  t.equal(
    await fitRowForest(tableOf(ordinary(30, new Random(2))), schemaOf(tableOf([{ x: 1 }])), fitContext()),
    undefined,
  )
  const same = await forestOf(tableOf(Array.from({ length: 100 }, () => ({ x: 1 }))), 3)
  t.match(same.limitAt(0.05), { anomalous: 1 }, 'where all scores are tied none is above')
})

t.test('the same training gives the same forest, which is restored from plain data or not at all', async (t) => {
  const table = tableOf(ordinary(300, new Random(4)))
  const [first, second] = [rowForestData(await forestOf(table, 4)), rowForestData(await forestOf(table, 4))]
  t.same(first, second)
  const restored = readRowForest(first)
  t.same(restored && rowForestData(restored), first)
  const data = first as Record<string, unknown>
  const damages = [
    ...[undefined, null, 7, {}, { ...data, highest: [1] }, { ...data, places: Int32Array.of(-1, 0, 1) }],
    ...[
      { ...data, places: Int32Array.of(0) },
      { ...data, forest: {} },
      { ...data, heldOut: 1 },
    ],
    { ...data, highest: Float64Array.of(0.1, 0.2) },
  ]
  for (const damaged of damages) t.equal(readRowForest(damaged), undefined)
})
