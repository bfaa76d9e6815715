// The rows of a request as outcomes, with every fault by row and column.
import { invalidRequest } from '../../errors.ts'
import type { MemoryHold } from '../../memory/memory-budget.ts'
import { FaultList } from '../../model/faults.ts'
import { notMixed } from '../../model/read-column.ts'
import { numberOf } from '../../model/sought-value.ts'
import { type Column, type Level, valueAt } from '../../model/table.ts'
import { timeIn } from '../../model/times.ts'
import { PREDICTION_KEY_DETAIL, predictionKeyOf } from '../../prediction-key.ts'
import type { BodyBytes } from '../../rows/byte-window.ts'
import type { CsvDialect } from '../../rows/csv-dialect.ts'
import type { RowsForm } from '../../rows/forms.ts'
import { readRows } from '../../rows/read-body.ts'
import { TableAssembler } from '../../rows/table-assembler.ts'
import { timeOfId } from '../log/logged-row.ts'
import { NO_KEY_COLUMN } from '../log/monitoring-schemas.ts'
import { type GivenOutcome, outcomeText } from './outcome.ts'

/** Rows of one request. */
export const OUTCOMES_MAX = 100_000
const TEXT_LENGTH_MAX = 1_000
/** Clocks differ: an outcome, and a prediction, may be so much later than ours. */
const AHEAD_MS = 300_000
const COLUMNS = ['prediction_id', 'key', 'outcome', 'time'] as const
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
/** What a number of a column `time` is too large for: the year 10000. */
const TIME_MS_MAX = 253_402_300_800_000

export interface OutcomesShape {
  readonly form: RowsForm
  readonly dialect: CsvDialect
  /** Milliseconds since 1970. */
  readonly now: number
  /** Whether rows may name their predictions by key. */
  readonly takesKeys: boolean
}

/**
 * Reads a body of rows with the columns prediction_id or key, outcome and perhaps time. JSON is a list of rows. Throws ServiceError
 * BODY_MALFORMED, REQUEST_INVALID with every fault, and what `memory` throws. O(bytes).
 */
export async function readOutcomes(
  body: BodyBytes,
  { form, dialect, now, takesKeys }: OutcomesShape,
  memory: MemoryHold,
): Promise<GivenOutcome[]> {
  const isText = (column: string): boolean => column !== 'outcome'
  const assembler = new TableAssembler(() => 'features', memory, isText)
  const read = await readRows(body, { form, dialect, memory, isText }, assembler)
  const faults = new FaultList()
  faults.addAll({ listed: read.faults.listed.map((fault) => ({ ...fault, in: 'body' })), count: read.faults.count })
  const { rowCount, columns } = read.table
  if (rowCount === 0 && faults.isEmpty) faults.add({ in: 'body', detail: 'expected at least one row, got none' })
  if (rowCount > OUTCOMES_MAX) {
    faults.add({ in: 'body', detail: `expected ${OUTCOMES_MAX} rows at the most, got ${rowCount}; send them in parts` })
    throw invalidRequest(faults)
  }
  const byName = new Map(columns.map((column) => [column.name, column]))
  for (const { name } of columns) {
    const isKnown = COLUMNS.some((known) => known === name)
    if (name === 'key' && !takesKeys) faults.add({ in: 'body', column: name, detail: NO_KEY_COLUMN })
    else if (!isKnown) {
      faults.add({ in: 'body', column: name, detail: `unexpected column; expected ${COLUMNS.join(', ')}` })
    }
  }
  const find = (name: string): Column | undefined => {
    const column = byName.get(name)
    return column === undefined ? undefined : notMixed(column)
  }
  const [ids, keys, outcomes, times] = COLUMNS.map(find)
  for (const [name, column] of [
    ['prediction_id', ids ?? keys],
    ['outcome', outcomes],
  ] as const) {
    if (column === undefined && rowCount > 0)
      faults.add({ in: 'body', column: name, detail: 'missing column: no row has it' })
  }
  if ((ids === undefined && keys === undefined) || outcomes === undefined) throw invalidRequest(faults)
  const given = Array.from({ length: rowCount }, (_, row): GivenOutcome => {
    const refuse = (column: string, detail: string): void => faults.add({ in: 'body', row, column, detail })
    const [idValue, keyValue] = [ids, keys].map((column) => (column === undefined ? null : valueAt(column, row)))
    const of =
      keyValue == null
        ? { predictionId: idOf(idValue ?? null, now, refuse) }
        : { key: keyIn(keyValue, idValue, refuse) }
    const { outcome, number } = outcomeOf(valueAt(outcomes, row), refuse)
    const occurredAt = times === undefined ? undefined : momentOf(times, row, now, refuse)
    return { row, ...of, outcome, number, occurredAt }
  })
  if (!faults.isEmpty) throw invalidRequest(faults)
  return given
}

type Refuse = (column: string, detail: string) => void

function idOf(value: Level | null, now: number, refuse: Refuse): string {
  const id = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (value === null) refuse('prediction_id', 'missing')
  else if (!UUID7.test(id)) refuse('prediction_id', 'expected the id of a prediction, a UUID of version 7')
  else if (timeOfId(id) > now + AHEAD_MS) {
    refuse(
      'prediction_id',
      `the prediction of this id is made at ${new Date(timeOfId(id)).toISOString()}, which is to come`,
    )
  }
  return id
}

function keyIn(value: Level, idValue: Level | null | undefined, refuse: Refuse): string | undefined {
  if (idValue != null) refuse('key', 'expected prediction_id or key, got both')
  const key = predictionKeyOf(value)
  if (key === undefined) refuse('key', PREDICTION_KEY_DETAIL)
  return key
}

function outcomeOf(value: Level | null, refuse: Refuse): Pick<GivenOutcome, 'outcome' | 'number'> {
  if (value === null) refuse('outcome', 'missing')
  else if (typeof value === 'string' && value.length > TEXT_LENGTH_MAX) {
    refuse('outcome', `expected ${TEXT_LENGTH_MAX} characters at the most, got ${value.length}`)
  } else if (typeof value === 'string' && value.includes('\0')) refuse('outcome', 'the character U+0000 is not taken')
  const number = value === null ? undefined : numberOf(value)
  return { outcome: value === null ? '' : outcomeText(value), number: Number.isFinite(number) ? number : undefined }
}

/** Undefined where it is missing. */
function momentOf(times: Column, row: number, now: number, refuse: Refuse): number | undefined {
  const value = valueAt(times, row)
  if (value === null) return undefined
  const moment = typeof value === 'string' ? timeIn(value) : undefined
  if (moment === undefined || moment > TIME_MS_MAX) {
    refuse('time', 'expected a time such as 2026-03-01T00:00:00Z')
    return undefined
  }
  if (moment > now + AHEAD_MS) refuse('time', 'the time is to come')
  return moment
}
