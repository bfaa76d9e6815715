// Reference values are numpy's: test/golden/generate_frozen_cells.py.
import { readFileSync } from 'node:fs'
import t from 'tap'
import Majority from '../../test/models/majority.ts'
import { buildTable } from '../../test/support/build-table.ts'
import { fitContext } from '../learning/fit-context.ts'
import { conform } from '../model/conform.ts'
import { FaultList } from '../model/faults.ts'
import { FittedPipeline, type Predictions } from '../model/fitted-pipeline.ts'
import { RowReader } from '../model/row-reader.ts'
import { schemaOf } from '../model/schema.ts'
import type { Level, Table } from '../model/table.ts'
import { type Baseline, type ColumnBaseline, cellNames, columnsOf } from './baseline.ts'
import { baselineData, readBaseline } from './baseline-data.ts'
import { FEATURES_MAX, freezeBaseline } from './freeze-baseline.ts'
import { VersionCells } from './version-cells.ts'

interface GoldenCase {
  readonly name: string
  readonly kind: 'numeric' | 'categorical'
  readonly frozen: readonly (Level | null)[]
  readonly later: readonly (Level | null)[]
  readonly edges?: readonly number[]
  readonly levels?: readonly Level[]
  readonly frozen_counts: readonly number[]
  readonly later_counts: readonly number[]
}
const golden = new URL('../../test/golden/frozen-cells.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(golden, 'utf8')) as { readonly cases: readonly GoldenCase[] }

const tableOf = (rows: readonly unknown[]): Table => buildTable(rows, 'features', new FaultList())

/** A pipeline that answers always the same, and has learnt these columns. */
async function pipelineOf(features: Table): Promise<FittedPipeline> {
  const labels = tableOf(Array.from({ length: features.rowCount }, (_, i) => ({ y: i % 3 === 0 ? 'p' : 'q' })))
  return new Majority().create_pipeline({}).fit(features, labels, fitContext())
}

function countsOf(baseline: Baseline, counts: Float64Array): number[][] {
  let at = 0
  return columnsOf(baseline).map((column) => {
    at += column.counts.length
    return [...counts.subarray(at - column.counts.length, at)]
  })
}

for (const { name, frozen, later, edges, levels, ...expected } of cases) {
  t.test(`cells and counts as numpy's: ${name}`, async (t) => {
    const features = tableOf(frozen.map((x) => ({ x })))
    const pipeline = await pipelineOf(features)
    const { baseline } = freezeBaseline(pipeline, features, undefined)
    const [column] = baseline.features as [ColumnBaseline]
    if (column.cells.kind === 'numeric') t.same(column.cells.edges, edges)
    else t.same(column.cells.levels, levels)
    t.same(column.counts, expected.frozen_counts)
    t.equal(cellNames(column.cells).length, column.counts.length)
    const cells = new VersionCells(baseline, pipeline.featureSchema, [])
    const counts = new Float64Array(cells.cellCount)
    const conformed = conform(tableOf(later.map((x) => ({ x }))), pipeline.featureSchema, new FaultList())
    cells.addTable(counts, conformed.table, conformed.unseen)
    t.same(countsOf(baseline, counts), [expected.later_counts])
  })
}

t.test('rows that are read the short way are counted as those of tables', async (t) => {
  const rows = Array.from({ length: 90 }, (_, i) => ({
    n: i % 9 === 4 ? null : Math.round(Math.sin(i) * 50) / 8,
    c: i % 13 === 3 ? null : `c${i % 5}`,
    flag: i % 4 === 0,
  }))
  const features = tableOf(rows)
  const pipeline = await pipelineOf(features)
  const { baseline } = freezeBaseline(pipeline, features, undefined)
  const cells = new VersionCells(baseline, pipeline.featureSchema, [])
  const [table, block] = [new Float64Array(cells.cellCount), new Float64Array(cells.cellCount)]
  cells.addTable(table, conform(features, pipeline.featureSchema, new FaultList()).table)
  const read = new RowReader(pipeline.featureSchema).read(rows)
  if (read === undefined) throw new Error('the rows are as the training saw them')
  cells.addBlock(block, read)
  t.same(block, table)
  t.same(
    countsOf(baseline, block),
    columnsOf(baseline).map(({ counts }) => [...counts]),
  )
})

t.test('text is counted by its length, times as numbers, and a column without a value has no bins', async (t) => {
  const texts = ['ab', 'abcd', null, 'abcdef']
  const features: Table = {
    rowCount: 4,
    columns: [
      {
        kind: 'categorical',
        name: 'text',
        codes: Int32Array.of(0, 1, -1, 2),
        levels: ['ab', 'abcd', 'abcdef'],
        isText: true,
      },
      { kind: 'time', name: 'at', values: Float64Array.of(0, 1000, Number.NaN, 3000) },
      { kind: 'numeric', name: 'none', values: new Float64Array(4).fill(Number.NaN) },
    ],
  }
  t.same(
    schemaOf(features).map(({ kind }) => kind),
    ['text', 'time', 'numeric'],
  )
  const { outputs } = await pipelineOf(tableOf([{ x: 1 }]))
  const { baseline } = freezeBaseline(new FittedPipeline(schemaOf(features), [], outputs), features, undefined)
  const [text, at, none] = baseline.features as [ColumnBaseline, ColumnBaseline, ColumnBaseline]
  t.equal(text.cells.kind === 'numeric' && text.cells.edges[0], 2)
  t.equal(text.cells.kind === 'numeric' && text.cells.edges.at(-1), 6)
  t.equal(text.counts.at(-1), texts.filter((value) => value === null).length)
  t.same(at.cells.kind === 'numeric' && [at.cells.edges[0], at.cells.edges.at(-1)], [0, 3000])
  t.same(
    [cellNames(none.cells), none.counts],
    [
      ['below', 'above', 'missing'],
      [0, 0, 4],
    ],
  )
})

t.test('answers and confidence are counted of rows that were not seen, or not at all', async (t) => {
  const features = tableOf(Array.from({ length: 30 }, (_, i) => ({ answer: i, confidence: `c${i % 2}` })))
  const pipeline = await pipelineOf(features)
  const none = freezeBaseline(pipeline, features, undefined).baseline
  t.match(none, { answers: [], confidence: undefined, answersOf: 'none', answerRowCount: 0, rowCount: 30 })
  const predictions: Predictions = await pipeline.predict(features)
  const { baseline } = freezeBaseline(pipeline, features, { source: 'held_out', predictions })
  t.same(
    baseline.features.map(({ name }) => name),
    ['answer', 'confidence'],
    'features may have these names',
  )
  t.match(baseline, {
    answersOf: 'held_out',
    answerRowCount: 30,
    answers: [{ name: 'y' }],
    confidence: { name: 'confidence' },
  })
  const [answer] = baseline.answers as [ColumnBaseline]
  t.same(cellNames(answer.cells), ['q', 'p', 'unseen', 'missing'], 'a class that was never answered has a cell')
  t.same(answer.counts, [30, 0, 0, 0])
  t.equal(
    baseline.confidence?.counts.reduce((sum, count) => sum + count, 0),
    30,
  )
  t.same(readBaseline(JSON.parse(JSON.stringify(baselineData(baseline)))), baseline)
  t.equal(readBaseline({ ...baseline, rowCount: -1 }), undefined)
  t.equal(readBaseline({ ...baseline, features: [{ ...answer, counts: [1] }] }), undefined, 'counts of other cells')
})

t.test('of many columns, and of long levels, as much is counted as there is room for', async (t) => {
  const wide = tableOf(
    [0, 1, 2].map((i) => Object.fromEntries(Array.from({ length: FEATURES_MAX + 5 }, (_, j) => [`x${j}`, i * j]))),
  )
  const frozen = freezeBaseline(await pipelineOf(wide), wide, undefined)
  t.equal(frozen.leftOut, 5)
  t.equal(frozen.baseline.features.length, FEATURES_MAX)
  const long = tableOf(['a', 'b'.repeat(300), 'a'].map((x) => ({ x })))
  const [column] = freezeBaseline(await pipelineOf(long), long, undefined).baseline.features as [ColumnBaseline]
  t.same(cellNames(column.cells), ['a', 'other', 'unseen', 'missing'])
  t.same(column.counts, [2, 1, 0, 0])
})
