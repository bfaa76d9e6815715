// Freezes what a version is held against later: the cells of its columns, and how many rows of the training were in each.
import { conform } from '../model/conform.ts'
import { FaultList } from '../model/faults.ts'
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'
import { placeOf } from '../model/list-columns.ts'
import type { ColumnSchema } from '../model/schema.ts'
import type { Column, Table } from '../model/table.ts'
import type { AnswerSource, Baseline, ColumnBaseline, ColumnCells } from './baseline.ts'
import { cellCountOf } from './baseline.ts'
import { categoricalCells, isTextColumn, lengthsOf, numericCells } from './freeze-column.ts'
import { largestProbabilities } from './largest-probabilities.ts'
import { VersionCells } from './version-cells.ts'

/** Columns of features and of answers that are counted at the most, and characters of their names and levels. */
export const FEATURES_MAX = 1_000
export const ANSWERS_MAX = 20
const TEXT_LENGTH_MAX = 2 ** 20

/** Predictions of rows that the version had not seen. */
export interface UnseenAnswers {
  readonly source: Exclude<AnswerSource, 'none'>
  readonly predictions: Predictions
}

export interface FrozenBaseline {
  readonly baseline: Baseline
  /** Features beyond the bounds: they are not counted. */
  readonly leftOut: number
}

/**
 * The same training gives the same baseline. Answers and confidence are counted only of rows that the version had not seen: of its
 * own rows it is too sure. Throws Error where the rows are not those of the pipeline. O(rows log rows × columns).
 *
 * features  all rows of the training
 */
export function freezeBaseline(
  pipeline: FittedPipeline,
  features: Table,
  answers: UnseenAnswers | undefined,
): FrozenBaseline {
  const { featureSchema, noPredictions } = pipeline
  const faults = new FaultList()
  const names = new Set(featureSchema.map(({ name }) => name))
  const own = { ...features, columns: features.columns.filter(({ name }) => names.has(name)) }
  const { table, unseen } = conform(own, featureSchema, faults)
  if (!faults.isEmpty) throw new Error('the training rows have other columns than the pipeline')
  const room = { length: TEXT_LENGTH_MAX }
  const cells = featureSchema.flatMap((schema, j) => {
    if (j >= FEATURES_MAX) return []
    return withinRoom(room, { name: schema.name, cells: cellsOfFeature(table.columns[j] as Column, schema) })
  })
  const predictions = answers?.predictions
  // Of a list its first place: the others have the same items.
  const firsts = predictions?.labels.columns.filter((column) => (placeOf(column)?.place ?? 1) === 1) ?? []
  const answered = firsts.slice(0, ANSWERS_MAX)
  const confidence = predictions && largestProbabilities(predictions)
  const empty: Baseline = {
    features: cells.map(emptyColumn),
    answers: answered.flatMap((column) => withinRoom(room, cellsOfAnswer(column))).map(emptyColumn),
    confidence: confidence && emptyColumn({ name: 'confidence', cells: numericCells(confidence) }),
    answersOf: answers?.source ?? 'none',
    rowCount: features.rowCount,
    answerRowCount: predictions?.labels.rowCount ?? 0,
  }
  const counter = new VersionCells(empty, featureSchema, noPredictions.labels.columns)
  const counts = new Float64Array(counter.cellCount)
  counter.addTable(counts, table, unseen)
  if (predictions !== undefined) counter.addAnswers(counts, predictions)
  return { baseline: withCounts(empty, counts), leftOut: featureSchema.length - cells.length }
}

interface NamedCells {
  readonly name: string
  readonly cells: ColumnCells
}

function cellsOfFeature(column: Column, schema: ColumnSchema): ColumnCells {
  if (schema.kind === 'categorical' && column.kind === 'categorical') return categoricalCells(column, schema.levels)
  if (column.kind === 'categorical') return numericCells(isTextColumn(column) ? lengthsOf(column) : new Float64Array(0))
  return numericCells(column.values)
}

function cellsOfAnswer(column: Column): NamedCells {
  const { name } = column
  return column.kind === 'categorical'
    ? { name, cells: categoricalCells(column, column.levels) }
    : { name, cells: numericCells(column.values) }
}

/** Nothing of a column that has no room left. */
function withinRoom(room: { length: number }, column: NamedCells): NamedCells[] {
  const { name, cells } = column
  const levels = cells.kind === 'categorical' ? cells.levels : []
  const length = levels.reduce<number>((sum, level) => sum + String(level).length, name.length)
  if (length > room.length) return []
  room.length -= length
  return [column]
}

function emptyColumn({ name, cells }: NamedCells): ColumnBaseline {
  return { name, cells, counts: new Array<number>(cellCountOf(cells)).fill(0) }
}

/** The baseline with counts that were made in its cells. */
function withCounts(baseline: Baseline, counts: Float64Array): Baseline {
  let at = 0
  const take = (column: ColumnBaseline): ColumnBaseline => {
    const start = at
    at += column.counts.length
    return { ...column, counts: [...counts.subarray(start, at)] }
  }
  const features = baseline.features.map(take)
  const answers = baseline.answers.map(take)
  return { ...baseline, features, answers, confidence: baseline.confidence && take(baseline.confidence) }
}
