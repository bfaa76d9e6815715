// How often the share of anomalous rows is found to have changed where it has not.
import t from 'tap'
import { fitRowForest } from '../../cells/fit-row-forest.ts'
import { RowForest } from '../../cells/row-forest.ts'
import { fitContext } from '../../learning/fit-context.ts'
import { Random } from '../../learning/random.ts'
import { NO_QUALITY, type QualityCount } from '../quality/quality-counts.ts'
import { compareCounts } from '../statistics/compare-counts.ts'
import { columnCountOf, columnCountsOf } from './column-counts.ts'

const schema = [{ kind: 'numeric', name: 'a' }] as const
const values = Float64Array.from({ length: 80 }, (_, i) => i)
const grown = (await fitRowForest(
  { rowCount: 80, columns: [{ ...schema[0], values }] },
  schema,
  fitContext(),
)) as RowForest
const baseline = {
  features: [],
  answers: [],
  confidence: undefined,
  answersOf: 'none',
  rowCount: 80,
  answerRowCount: 0,
} as const

/** Scores of ordinary rows, of which a forest keeps the highest tenth. */
function forestWith(scores: Float64Array): RowForest {
  const highest = scores
    .slice()
    .sort()
    .reverse()
    .slice(0, Math.floor(0.1 * (scores.length + 1)))
  return new RowForest(grown.columns, grown.fitted, { count: scores.length, highest })
}

function anomalyColumn(rowForest: RowForest, share: number, counts: readonly QualityCount[]) {
  const windows = [{ from: new Date(0), rowCount: 0, features: [], answers: [], confidence: undefined }]
  const quality = { ...NO_QUALITY, counts }
  return columnCountsOf(
    { ...baseline, rowForest },
    windows.map((window) => ({ ...window, quality })),
    share,
  )
}

t.test('where nothing has changed its test rejects no more often than its level says', async (t) => {
  const random = new Random(11)
  const draw = (rows: number): Float64Array => Float64Array.from({ length: rows }, () => random.uniform())
  const [runs, level] = [2_000, 0.05]
  for (const [share, heldOut, rows] of [
    [0.01, 2_000, 3_000],
    [0.05, 400, 500],
  ] as const) {
    let rejected = 0
    for (let run = 0; run < runs; run++) {
      const forest = forestWith(draw(heldOut))
      const limit = forest.limitAt(share)?.score ?? 1
      const anomalous = draw(rows).filter((score) => score > limit).length
      const of = { name: '', detail: String(share) }
      const [column] = anomalyColumn(forest, share, [
        { kind: 'scored', ...of, count: rows },
        { kind: 'anomalous', ...of, count: anomalous },
      ])
      if (column === undefined) throw new Error('there is a column')
      const { cells, baseline: reference, counts: current } = column
      if ((compareCounts({ cells, reference, current }, { level })?.pValue ?? 1) <= level) rejected += 1
    }
    const deviation = Math.sqrt((level * (1 - level)) / runs)
    t.ok(rejected / runs < level + 3 * deviation, `${rejected} of ${runs} at a share of ${share}`)
    t.ok(rejected > 0, 'it does reject')
  }
})

t.test('there is no such column without a forest, with too few rows, or where no rows are scored', async (t) => {
  const rowForest = forestWith(Float64Array.from({ length: 99 }, (_, i) => i / 99))
  const of = { name: '', detail: '0.05' }
  const counts: QualityCount[] = [
    { kind: 'scored', ...of, count: 50 },
    { kind: 'anomalous', ...of, count: 4 },
    { kind: 'scored', name: '', detail: '0.01', count: 900 },
  ]
  t.match(anomalyColumn(rowForest, 0.05, counts), [
    { role: 'row', name: 'anomaly', baseline: [94, 5, 0, 0], counts: [46, 4, 0, 0] },
  ])
  t.same(anomalyColumn(rowForest, 0, counts), [])
  t.same(anomalyColumn(rowForest, 0.001, counts), [], 'no row in a thousand is known of a hundred')
  t.same(columnCountsOf(baseline, [], 0.05), [])
  t.same([columnCountOf({ ...baseline, rowForest }, 0.05), columnCountOf({ ...baseline, rowForest }, 0)], [1, 0])
})
