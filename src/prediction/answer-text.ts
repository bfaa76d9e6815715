// The answer of a prediction as JSON text, written row by row out of typed columns: no row objects stand in between.
import type { UnseenLevels } from '../model/conform.ts'
import type { Predictions } from '../model/fitted-pipeline.ts'
import { groupLists, placeOf } from '../model/list-columns.ts'
import type { Probabilities } from '../model/output-rows.ts'
import type { Column, Level } from '../model/table.ts'
import { explainedOf, explanationWriter } from './answer-explanations.ts'
import { type AnswerStamp, deploymentText, idTexts } from './answer-stamp.ts'
import { doubleText } from './double-text.ts'

/** Rows whose text is made at once. */
const ROWS_AT_ONCE = 1024
/** Characters of a text that is long enough, whatever its rows: one of many classes may have a hundred thousand. */
const TEXT_LENGTH = 2 ** 18

export interface AnswerOptions {
  readonly runId: number
  readonly withProbabilities: boolean
  /** Absent of an answer that no deployment gives. */
  readonly stamp?: AnswerStamp | undefined
}

/** The JSON text of an answer, in parts. O(cells). */
export function* answerText(
  predictions: Predictions,
  { runId, withProbabilities, stamp }: AnswerOptions,
): Generator<string> {
  const { labels, probabilities, explanations, featureNames = [] } = predictions
  const columns = groupLists(labels.columns).map(groupWriter)
  yield* rowsText('{"predictions":[', labels.rowCount, columns)
  if (withProbabilities) {
    yield* rowsText(',"probabilities":[', labels.rowCount, probabilities.map(probabilityWriter))
    const classes = probabilities.map(({ name, levels }) => `${JSON.stringify(name)}:[${levelTexts(levels).join()}]`)
    yield `,"classes":{${classes.join()}}`
  }
  if (explanations !== undefined) {
    yield* rowsText(',"explanations":[', labels.rowCount, explanations.map(explanationWriter(featureNames)))
    yield `,"explanation_of":{${explanations.map(explainedOf).join()}}`
  }
  if (hasWarnings(predictions)) yield `,"warnings":${warningsText(predictions)}`
  if (stamp !== undefined) yield* stampText(stamp, labels.rowCount)
  yield `,"model_run_id":${runId},"status":"success"}`
}

function* stampText(stamp: AnswerStamp, rowCount: number): Generator<string> {
  let text = `,"deployment":${deploymentText(stamp)},"prediction_ids":[`
  for (let start = 0; start < rowCount; start += ROWS_AT_ONCE) {
    text += `${start > 0 ? ',' : ''}${idTexts(stamp, start, Math.min(start + ROWS_AT_ONCE, rowCount))}`
    yield text
    text = ''
  }
  yield `${text}]`
}

/** Writes `"name":value` of one row. */
export type MemberWriter = (row: number) => string

/** A list of objects with the members that the writers give, closed by a bracket. */
function* rowsText(opening: string, rowCount: number, writers: readonly MemberWriter[]): Generator<string> {
  let text = opening
  for (let row = 0; row < rowCount; row++) {
    text += row > 0 ? ',{' : '{'
    for (let w = 0; w < writers.length; w++) text += (w > 0 ? ',' : '') + (writers[w] as MemberWriter)(row)
    text += '}'
    if (row % ROWS_AT_ONCE === ROWS_AT_ONCE - 1 || text.length >= TEXT_LENGTH) {
      yield text
      text = ''
    }
  }
  yield `${text}]`
}

function groupWriter(group: readonly Column[]): MemberWriter {
  const first = group[0] as Column
  const list = placeOf(first)
  return list === undefined ? valueWriter(first) : listWriter(list.name, group)
}

/** `"name":[…]`: what stands in the places of a list, up to its end. */
function listWriter(name: string, places: readonly Column[]): MemberWriter {
  const key = `${JSON.stringify(name)}:[`
  const writers = places.map((column) => textWriter(column))
  return (row) => {
    let text = key
    for (let k = 0; k < places.length && !isMissing(places[k] as Column, row); k++) {
      text += (k > 0 ? ',' : '') + (writers[k] as MemberWriter)(row)
    }
    return `${text}]`
  }
}

function isMissing(column: Column, row: number): boolean {
  return column.kind === 'categorical' ? (column.codes[row] as number) < 0 : Number.isNaN(column.values[row])
}

function valueWriter(column: Column): MemberWriter {
  const key = `${JSON.stringify(column.name)}:`
  return textWriter(column, key)
}

/** key: what stands before the value. */
function textWriter(column: Column, key = ''): MemberWriter {
  if (column.kind !== 'categorical') {
    const { values } = column
    const areIntegers = column.kind === 'numeric' && column.areIntegers
    const textOf = areIntegers ? String : doubleText
    return (row) => key + textOf(values[row] as number)
  }
  const { codes } = column
  const texts = levelTexts(column.levels)
  return (row) => key + (texts[codes[row] as number] ?? 'null')
}

/** `"label":{"class":probability,…}`: class names are data, and as keys they are text. */
function probabilityWriter({ name, levels, values }: Probabilities): MemberWriter {
  const key = `${JSON.stringify(name)}:{`
  const keys = levels.map((level) => `${JSON.stringify(String(level))}:`)
  // Where a number and a string have the same text, the last counts, as in an object.
  const written = keys.map((_, c) => c).filter((c) => keys.lastIndexOf(keys[c] as string) === c)
  return (row) => {
    let text = key
    for (let i = 0; i < written.length; i++) {
      const c = written[i] as number
      text += (i > 0 ? ',' : '') + keys[c] + doubleText(values[row * levels.length + c] as number)
    }
    return `${text}}`
  }
}

const textsByLevels = new WeakMap<readonly Level[], readonly string[]>()

/** The JSON of each level, made once for a pipeline's list of levels. */
function levelTexts(levels: readonly Level[]): readonly string[] {
  let texts = textsByLevels.get(levels)
  if (texts === undefined) {
    // Of one column all numbers are integers, or all are doubles.
    const areDoubles = levels.some((level) => typeof level === 'number' && !Number.isInteger(level))
    texts = levels.map((level) => (areDoubles && typeof level === 'number' ? doubleText(level) : JSON.stringify(level)))
    textsByLevels.set(levels, texts)
  }
  return texts
}

export function hasWarnings({ unseen, marks, dropped, doubtedThousands, lackingKeys }: Predictions): boolean {
  if (unseen.length > 0 || marks.length > 0 || lackingKeys !== undefined) return true
  return (
    (dropped !== undefined && dropped.length > 0) || (doubtedThousands !== undefined && doubtedThousands.length > 0)
  )
}

/** Columns left out that are named; more are none that anybody reads. */
const DROPPED_NAMED_MAX = 100

/** The warnings of an answer as JSON. */
export function warningsText(predictions: Predictions): string {
  const { unseen, marks, labels, dropped = [], doubtedThousands = [], lackingKeys } = predictions
  const ofMarks = marks.map(({ column, rowCount }) => ({ code: 'MISSING_MARKS', column, rows: rowCount, values: [] }))
  const ofAll = (code: string) => (column: string) => ({ code, column, rows: labels.rowCount, values: [] })
  const ofDropped = dropped.slice(0, DROPPED_NAMED_MAX).map(ofAll('COLUMNS_DROPPED'))
  const ofThousands = doubtedThousands.map(ofAll('THOUSANDS_DOUBTED'))
  const ofKeys =
    lackingKeys === undefined
      ? []
      : [{ code: 'KEYS_MISSING', column: lackingKeys.column, rows: lackingKeys.rowCount, values: [] }]
  return JSON.stringify([...unseen.map(warningOf), ...ofMarks, ...ofDropped, ...ofThousands, ...ofKeys])
}

function warningOf({ column, rowCount, values }: UnseenLevels) {
  return { code: 'UNSEEN_CATEGORY', column, rows: rowCount, values }
}
