// Statements on ml_worker.run_records and ml_worker.run_log_lines, as far as all of them are gone through.
import type { Queryable } from '../database/pool.ts'
import type { RunRecord } from './run-record.ts'
import { COLUMNS, type RecordRow, recordOf } from './run-records-table.ts'

export interface Page<Item, Key> {
  readonly items: readonly Item[]
  /** Behind which the next page begins; undefined when this is the last. */
  readonly next: Key | undefined
}

export interface LineKey {
  readonly runId: number
  readonly id: number
}

export interface KeyedLine extends LineKey {
  readonly text: string
}

const RECORDS_AT_ONCE = 200
const LINES_AT_ONCE = 2_000

/** With their parameters. */
export async function pageOfRecords(client: Queryable, afterRunId: number): Promise<Page<RunRecord, number>> {
  const { rows } = await client.query<RecordRow>(
    `select ${COLUMNS}, parameters from ml_worker.run_records where run_id > $1 order by run_id limit ${RECORDS_AT_ONCE}`,
    [afterRunId],
  )
  const next = rows.length < RECORDS_AT_ONCE ? undefined : rows.at(-1)?.run_id
  return { items: rows.flatMap((row) => recordOf(row) ?? []), next }
}

export async function pageOfLines(client: Queryable, after: LineKey): Promise<Page<KeyedLine, LineKey>> {
  const { rows } = await client.query<KeyedLine>(
    `select run_id as "runId", line_id as id, line_text as text from ml_worker.run_log_lines
     where (run_id, line_id) > ($1, $2) order by run_id, line_id limit ${LINES_AT_ONCE}`,
    [after.runId, after.id],
  )
  return { items: rows, next: rows.length < LINES_AT_ONCE ? undefined : rows.at(-1) }
}

export async function deleteLines(client: Queryable, lines: readonly LineKey[]): Promise<void> {
  await client.query(
    `delete from ml_worker.run_log_lines where (run_id, line_id) in (select * from unnest($1::bigint[], $2::bigint[]))`,
    [lines.map(({ runId }) => runId), lines.map(({ id }) => id)],
  )
}
