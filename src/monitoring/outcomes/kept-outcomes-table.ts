// The SQL of keeping outcomes for a time, and of erasing them.
import type { Queryable, Transaction } from '../../database/pool.ts'
import { loggedSince } from '../log/monitoring-settings-table.ts'

const TABLES = ['outcomes', 'outcome_corrections'] as const

/** Outcomes of predictions before a time: of one project, or of all but some. Those that an experiment counts stay. */
export type DueOutcomes =
  | { readonly projectId: number; readonly before: Date }
  | { readonly others: readonly number[]; readonly before: Date }

function conditionOf(due: DueOutcomes): [condition: string, values: unknown[]] {
  const { before } = due
  if ('projectId' in due) return ['project_id = $1::bigint and predicted_at < $2::timestamptz', [due.projectId, before]]
  return ['not (project_id = any ($1::bigint[])) and predicted_at < $2::timestamptz', [due.others, before]]
}

/** What an experiment that runs may still count: it counts anew from its start at every look. */
const isCounted = (table: string): string => `exists (
  select from ml_worker.experiments e where e.state = 'running' and e.project_id = ${table}.project_id
    and ${table}.predicted_at >= e.started_at)`

export async function countDueOutcomes(client: Queryable, due: DueOutcomes): Promise<number> {
  const [condition, values] = conditionOf(due)
  const counts = TABLES.map(
    (table) => `(select count(*) from ml_worker.${table} where ${condition} and not ${isCounted(table)})`,
  )
  const { rows } = await client.query<{ count: number }>(`select (${counts.join(' + ')})::float8 as count`, values)
  return rows[0]?.count ?? 0
}

/** So many of each table at the most; gives how many. */
export async function deleteDueOutcomes(client: Queryable, due: DueOutcomes, limit: number): Promise<number> {
  const [condition, values] = conditionOf(due)
  let deleted = 0
  for (const table of TABLES) {
    const { rowCount } = await client.query(
      `delete from ml_worker.${table} where ctid = any (array(
         select ctid from ml_worker.${table} where ${condition} and not ${isCounted(table)} limit $3))`,
      [...values, limit],
    )
    deleted += rowCount ?? 0
  }
  return deleted
}

/** Outcomes of one project that say this, as JSON, or that number; gives their times in milliseconds. */
export async function deleteSaying(
  tx: Transaction,
  projectId: number,
  texts: readonly string[],
  number: number | undefined,
): Promise<number[]> {
  await tx.query(
    'delete from ml_worker.outcome_corrections where project_id = $1::bigint and outcome = any ($2::text[])',
    [projectId, texts],
  )
  const { rows } = await tx.query<{ time: number }>(
    `delete from ml_worker.outcomes where project_id = $1::bigint and (outcome = any ($2::text[]) or number = $3::float8)
     returning (extract(epoch from predicted_at) * 1000)::float8 as time`,
    [projectId, texts, number ?? null],
  )
  return rows.map(({ time }) => time)
}

/** Outcomes of predictions that were in the log, would be kept there now, and are there no more. O(outcomes). */
export async function deleteOfErased(client: Queryable, now: Date): Promise<number> {
  const { rowCount } = await client.query(
    `delete from ml_worker.outcomes o where is_matched and predicted_at >= ${loggedSince('o.project_id', '$1::timestamptz')} and not exists (
       select from ml_worker.predictions p
       where p.project_id = o.project_id and p.predicted_at = o.predicted_at and p.prediction_id = o.prediction_id)`,
    [now],
  )
  await client.query(
    `delete from ml_worker.outcome_corrections c where predicted_at >= ${loggedSince('c.project_id', '$1::timestamptz')} and not exists (
       select from ml_worker.outcomes o
       where o.project_id = c.project_id and o.predicted_at = c.predicted_at and o.prediction_id = c.prediction_id)`,
    [now],
  )
  return rowCount ?? 0
}
