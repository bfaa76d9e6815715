import t from 'tap'
import Majority from '../../test/models/majority.ts'
import { buildTable } from '../../test/support/build-table.ts'
import { freezeBaseline } from '../cells/freeze-baseline.ts'
import { VersionCells } from '../cells/version-cells.ts'
import { fitContext } from '../learning/fit-context.ts'
import { FaultList } from '../model/faults.ts'
import { RowReader } from '../model/row-reader.ts'
import type { NotCountedReason, RowsWatch, SampledRows, UnseenCounts } from './rows-watch.ts'
import { ConformedRows, takeWatched, type Watched, watchHere, watchInThread } from './watch-rows.ts'

const tableOf = (rows: readonly unknown[]) => buildTable(rows, 'features', new FaultList())
const trained = Array.from({ length: 40 }, (_, i) => ({ a: i, c: i % 2 === 0 ? 'x' : 'y' }))
const labels = tableOf(trained.map((_, i) => ({ kind: i % 4 === 0 ? 'p' : 'q' })))
const pipeline = await new Majority().create_pipeline({}).fit(tableOf(trained), labels, fitContext())
const held = await pipeline.predict(tableOf(trained))
const { baseline } = freezeBaseline(pipeline, tableOf(trained), { source: 'held_out', predictions: held })
const cells = new VersionCells(baseline, pipeline.featureSchema, pipeline.noPredictions.labels.columns)
const idPrefix = '019aef5c-5a80-7000-9a3c-51e6b'

/** What a deployment would do with all that it hears. */
function watchOf(sampleRate: number) {
  const counts = new Float64Array(cells.cellCount)
  const heard = { rows: 0, counts, not: [] as [number, NotCountedReason][], sampled: [] as SampledRows[] }
  const watch: RowsWatch = {
    sampleRate,
    countsFor(cellCount, rowCount) {
      heard.rows += rowCount
      return cellCount === counts.length ? counts : undefined
    },
    notCounted: (rowCount, reason) => void heard.not.push([rowCount, reason]),
    sampled: (rows) => void heard.sampled.push(rows),
  }
  return { watch, heard }
}

async function conformed(rows: readonly object[]): Promise<Watched> {
  const given = tableOf(rows)
  const found = new ConformedRows(given)
  const predictions = await pipeline.predict(given, { onConformed: found.hear, withConfidence: true })
  return { pipeline, cells, rows: found.rows, predictions, idPrefix }
}

t.test(
  'rows are counted and taken alike in place and in the thread, read the short way and the long one',
  async (t) => {
    const rows = [
      { a: 1, c: 'x' },
      { a: null, c: null },
      { a: 99, c: 'y' },
    ]
    const block = new RowReader(pipeline.featureSchema).read(rows)
    if (block === undefined) throw new Error('nothing of these rows is new')
    const short = watchOf(1)
    watchHere(short.watch, { pipeline, cells, rows: block, predictions: pipeline.predictNow(block), idPrefix }, 0)
    const long = watchOf(1)
    const watched = await conformed(rows)
    watchHere(long.watch, watched, 0)
    const thread = watchOf(1)
    const there = structuredClone(watchInThread(watched, { sampleRate: 1 }))
    takeWatched(thread.watch, there, { rowCount: 3, idPrefix, startedAt: 0 })
    t.same(long.heard, short.heard)
    t.same(thread.heard, short.heard)
    t.equal(short.heard.rows, 3)
    t.same(short.heard.not, [])
    const [sampled] = short.heard.sampled
    t.same(sampled?.rows, Uint32Array.of(0, 1, 2))
    t.same(sampled?.columns, [Float64Array.of(1, Number.NaN, 99), Float64Array.of(0, -1, 1)])
    t.same(sampled?.classes, ['p', 'q'])
    t.same(sampled?.answers, Float64Array.of(1, 1, 1))
    t.equal(sampled?.confidence?.length, 3)
  },
)

t.test('what training never saw is told apart from what is missing', async (t) => {
  const { watch, heard } = watchOf(1)
  watchHere(
    watch,
    await conformed([
      { a: 1, c: 'new' },
      { a: 2, c: null },
      { a: 3, c: 'y' },
    ]),
    0,
  )
  t.same(heard.sampled[0]?.columns[1], Float64Array.of(-2, -1, 1))
})

t.test('levels that the training never saw are told by name where they are wanted, of all rows', async (t) => {
  const watched = await conformed([
    ...Array.from({ length: 3 }, () => ({ a: 1, c: 'new' })),
    { a: 2, c: null },
    { a: 3, c: 'x' },
    { a: 4, c: `${'z'.repeat(120)}` },
  ])
  const found = [{ column: 'c', levels: [['new', 3] as const, ['z'.repeat(100), 1] as const] }]
  const told: (readonly UnseenCounts[])[] = []
  const watch = {
    ...watchOf(0).watch,
    wantsUnseen: true,
    unseen: (levels: readonly UnseenCounts[]) => told.push(levels),
  }
  watchHere(watch, watched, 0)
  const there = structuredClone(watchInThread(watched, { sampleRate: 0, wantsUnseen: true }))
  takeWatched(watch, there, { rowCount: 6, idPrefix, startedAt: 0 })
  watchHere({ ...watch, wantsUnseen: false }, watched, 0)
  watchHere(watch, await conformed([{ a: 1, c: 'x' }]), 0)
  t.same(told, [found, found])
  t.equal(watchInThread(watched, { sampleRate: 1 }).unseen, undefined)
})

t.test('without a rate nothing is taken, and of a version without cells the rows are counted alone', async (t) => {
  const { watch, heard } = watchOf(0)
  watchHere(watch, { ...(await conformed([{ a: 1, c: 'x' }])), cells: undefined }, 0)
  t.same([heard.rows, heard.sampled, Math.max(...heard.counts)], [1, [], 0])
})

t.test(
  'a class that predicts other rows than it was given is not counted, and nothing that fails here is thrown',
  async (t) => {
    const { watch, heard } = watchOf(1)
    const watched = await conformed([
      { a: 1, c: 'x' },
      { a: 2, c: 'y' },
    ])
    watchHere(watch, { ...watched, rows: undefined }, 0)
    const twice = new ConformedRows(tableOf(trained))
    twice.hear(tableOf(trained))
    twice.hear(tableOf(trained))
    t.equal(twice.rows, undefined)
    const broken = Object.assign(Object.create(cells), {
      addTable: () => {
        throw new Error('broken')
      },
    })
    watchHere(watch, { ...watched, cells: broken }, 0)
    t.same(heard.not, [
      [2, 'predicts_otherwise'],
      [2, 'failed'],
    ])
    takeWatched(watch, watchInThread({ ...watched, cells: broken }, { sampleRate: 0 }), {
      rowCount: 2,
      idPrefix,
      startedAt: 0,
    })
    t.same(heard.not[2], [2, 'failed'])
  },
)
