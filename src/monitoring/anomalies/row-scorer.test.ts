import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { predicted } from '../../../test/support/predicted.ts'
import { until } from '../../../test/support/until.ts'
import { fitRowForest } from '../../cells/fit-row-forest.ts'
import type { RowForest } from '../../cells/row-forest.ts'
import { fitContext } from '../../learning/fit-context.ts'
import { Random } from '../../learning/random.ts'
import { isSampled } from '../../prediction/sampling.ts'
import type { PredictedRows, RowAnomalies, RowsHearer } from '../predicted-rows.ts'
import { type NotScored, RowScorer, type RowScorerParts } from './row-scorer.ts'
import { ScoredRows } from './scored-rows.ts'

// Nothing that waits for scores keeps a worker alive, nor this test.
const alive = setInterval(() => {}, 1_000)
t.teardown(() => clearInterval(alive))

const random = new Random(1)
const columnOf = (rows: number): Float64Array => Float64Array.from({ length: rows }, () => random.normal())
const schema = ['a', 'b'].map((name) => ({ kind: 'numeric' as const, name }))
const training = { rowCount: 400, columns: schema.map((column) => ({ ...column, values: columnOf(400) })) }
const forest = (await fitRowForest(training, schema, fitContext())) as RowForest
const rowsOf = (count: number): PredictedRows => {
  const rows = Uint32Array.from({ length: count }, (_, row) => row)
  return predicted({
    rows,
    columns: [columnOf(count), columnOf(count)],
    answers: columnOf(count),
    confidence: undefined,
  })
}

function scorerWith(parts: Partial<RowScorerParts> = {}) {
  const dropped: [NotScored, number][] = []
  const scored: object[] = []
  const scorer = new RowScorer({
    forestOf: async () => forest,
    onScored: (_, share, found) => void scored.push({ share, ...found }),
    onDropped: (reason, rows) => void dropped.push([reason, rows]),
    ...parts,
  })
  const score = (rows: PredictedRows, share = 0.05) =>
    new Promise<RowAnomalies | undefined>((resolve) => scorer.score(rows, share, resolve))
  return { scorer, score, dropped, scored }
}

t.test('rows are scored after the turn in which they came, as the forest scores them', async (t) => {
  const { score, scored, dropped } = scorerWith()
  const rows = rowsOf(100)
  const answer = score(rows)
  await Promise.resolve()
  t.same(scored, [], 'the answer goes first')
  const found = (await answer) as RowAnomalies
  t.same(found.scores, forest.scores(rows.columns, 0, 100))
  t.equal(found.limit, forest.limitAt(0.05)?.score)
  const anomalous = found.scores.filter((score) => score > found.limit).length
  t.same(scored, [{ share: 0.05, rows: 100, anomalous }])
  t.same(dropped, [])
})

t.test('what has no room is left out and counted, and the rest is scored in slices', async (t) => {
  const { scorer, score, dropped, scored } = scorerWith({ bounds: { rowsMax: 300, valuesMax: 10_000 } })
  const first = score(rowsOf(250))
  const second = score(rowsOf(100))
  t.equal(await score(rowsOf(7)), undefined)
  t.equal(scorer.waitingRows, 300)
  const cut = (await second) as RowAnomalies
  t.equal(cut.scores.filter((each) => Number.isNaN(each)).length, 50)
  t.ok(await first)
  t.same(dropped, [
    ['busy', 50],
    ['busy', 7],
  ])
  t.match(scored, [{ rows: 250 }, { rows: 50 }])
  t.equal(scorer.waitingRows, 0)
  t.ok(await score(rowsOf(7)), 'there is room again')
})

t.test('rows of a version without a forest, and those that wait at the end, are not scored', async (t) => {
  const { scorer, score, dropped } = scorerWith({ forestOf: async () => undefined })
  t.equal(await score(rowsOf(3)), undefined)
  const few = scorerWith()
  t.equal(await few.score(rowsOf(3), 0.001), undefined, 'too few rows were held out')
  const failing = scorerWith({ forestOf: () => Promise.reject(new Error('away')) })
  t.equal(await failing.score(rowsOf(3)), undefined)
  const last = score(rowsOf(2))
  scorer.close()
  t.equal(await last, undefined)
  t.equal(await score(rowsOf(1)), undefined)
  t.same(
    [dropped, few.dropped, failing.dropped],
    [
      [
        ['no_forest', 3],
        ['stopped', 2],
        ['stopped', 1],
      ],
      [['no_forest', 3]],
      [['failed', 3]],
    ],
  )
})

t.test('the thread does other work between slices', async (t) => {
  const { score } = scorerWith()
  let turns = 0
  const turning = setInterval(() => {
    turns += 1
  }, 1)
  await score(rowsOf(20_000))
  clearInterval(turning)
  t.ok(turns > 10, `${turns} turns`)
})

t.test('the log is told its sample, with scores or without', async (t) => {
  const heard: PredictedRows[] = []
  let [rate, share] = [0.5, 0.05]
  const log: RowsHearer = { rateOf: () => rate, keyColumnOf: () => undefined, hear: (rows) => void heard.push(rows) }
  const { scorer } = scorerWith()
  const rows = new ScoredRows({ log, shareOf: () => share, scorer })
  t.equal(rows.rateOf(1), 1, 'all rows are scored')
  const given = rowsOf(50)
  rows.hear(given)
  t.equal(heard.length, 0, 'once they are scored')
  await until(async () => heard.length === 1)
  const sampled = [...given.rows].filter((row) => isSampled(given.idPrefix, row, 0.5))
  const scores = forest.scores(given.columns, 0, 50)
  t.same([...(heard[0]?.rows ?? [])], sampled)
  t.same(
    heard[0]?.anomalies?.scores,
    Float64Array.from(sampled, (row) => scores[row] as number),
  )
  share = 0
  t.equal(rows.rateOf(1), 0.5)
  rows.hear(given)
  t.equal(heard[1]?.anomalies, undefined)
  rate = 0
  share = 0.05
  rows.hear(given)
  await until(async () => scorer.waitingRows === 0)
  await pause(5)
  t.equal(heard.length, 2, 'the log is off')
})
