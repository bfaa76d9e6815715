// The SQL of ml_worker.drift_looks: looks are added, read, and removed when they are old.
import type { Queryable, Transaction } from '../../database/pool.ts'
import { type DriftPolicy, quietLooksMaxOf } from './drift-policy.ts'
import type { ColumnLook, Look, LookSummary, NewLook, Slot, Window } from './look.ts'

interface SummaryRow extends Omit<LookSummary, 'slot' | 'window' | 'severity' | 'qualitySeverity'> {
  readonly projectId: number
  readonly environment: string
  readonly version: number
  readonly from: Date
  readonly to: Date
  readonly severity: LookSummary['severity'] | null
  readonly qualitySeverity: LookSummary['qualitySeverity'] | null
}

const SUMMARY = `look_id::float8 as "lookId", project_id::float8 as "projectId", environment, version,
  window_from as "from", window_to as "to", made_at as "madeAt", row_count::float8 as "rowCount", state, severity,
  drifted, quality_state as "qualityState", quality_severity as "qualitySeverity", basis, worst`

/** Whether it was written: false where there is a look at the window of the slot, made here or by another worker. */
export async function insertLook(tx: Transaction, look: NewLook, madeAt: Date): Promise<boolean> {
  const { slot, window } = look
  const { rowCount } = await tx.query(
    `insert into ml_worker.drift_looks
       (project_id, environment, version, window_from, window_to, made_at, row_count, state, severity, drifted,
        quality_state, quality_severity, basis, worst, columns)
     values ($1::bigint, $2, $3, $4, $5, $6, $7::bigint, $8, $9, $10, $11, $12, $13::json, $14::json, $15::json)
     on conflict (project_id, environment, version, window_to) do nothing`,
    [
      slot.projectId,
      slot.environment,
      slot.version,
      window.from,
      window.to,
      madeAt,
      look.rowCount,
      look.state,
      look.severity ?? null,
      look.drifted,
      look.qualityState,
      look.qualitySeverity ?? null,
      JSON.stringify(look.basis),
      JSON.stringify(look.worst),
      JSON.stringify(look.columns),
    ],
  )
  return rowCount === 1
}

export interface LookFilter {
  readonly projectId: number
  readonly environment?: string | undefined
  readonly version?: number | undefined
}

const MATCHES =
  'project_id = $1::bigint and ($2::text is null or environment = $2) and ($3::integer is null or version = $3)'

/** Of the latest window; of several versions of it the highest. */
export async function findNewestLook(client: Queryable, filter: LookFilter): Promise<Look | undefined> {
  const { rows } = await client.query<SummaryRow & Pick<Look, 'columns'>>(
    `select ${SUMMARY}, columns from ml_worker.drift_looks where ${MATCHES}
     order by window_to desc, version desc, look_id desc limit 1`,
    valuesOf(filter),
  )
  const [row] = rows
  return row && { ...summaryOf(row), columns: row.columns }
}

export async function findLook(client: Queryable, projectId: number, lookId: number): Promise<Look | undefined> {
  const { rows } = await client.query<SummaryRow & Pick<Look, 'columns'>>(
    `select ${SUMMARY}, columns from ml_worker.drift_looks where project_id = $1::bigint and look_id = $2::bigint`,
    [projectId, lookId],
  )
  const [row] = rows
  return row && { ...summaryOf(row), columns: row.columns }
}

/** The newest first. before: only those that were made before this one. */
export async function listLooks(
  client: Queryable,
  filter: LookFilter,
  limit: number,
  before?: number,
): Promise<LookSummary[]> {
  const { rows } = await client.query<SummaryRow>(
    `select ${SUMMARY} from ml_worker.drift_looks
     where ${MATCHES} and ($4::bigint is null or look_id < $4::bigint) order by look_id desc limit $5`,
    [...valuesOf(filter), before ?? null, limit],
  )
  return rows.map(summaryOf)
}

/** Looks at more windows than are needed, for a column may have drifted in some of them. */
const CALIBRATION_MARGIN = 2

export interface EarlierLooks {
  /** The columns of the first windows of the slot that were looked at by themselves, the oldest first. */
  readonly calibration: readonly (readonly CalibrationColumn[])[]
  /** What the look before has collected; 0 without one. */
  readonly evidence: number
}

type CalibrationColumn = Pick<ColumnLook, 'role' | 'name' | 'state' | 'statistic' | 'df'>

/** What looks before the window say for it. */
export async function earlierLooksOf(
  client: Queryable,
  { projectId, environment, version }: Slot,
  { to }: Pick<Window, 'to'>,
  policy: Pick<DriftPolicy, 'calibrationWindows' | 'windowHours'>,
): Promise<EarlierLooks> {
  const values = [projectId, environment, version, to]
  const { rows } = await client.query<{ columns: readonly CalibrationColumn[] }>(
    `select columns from ml_worker.drift_looks
     where project_id = $1::bigint and environment = $2 and version = $3 and window_to < $4
       and state in ('ok', 'drift', 'insufficient_data') and row_count > 0
       and window_to - window_from = make_interval(hours => $5)
     order by window_to limit $6`,
    [...values, policy.windowHours, quietLooksMaxOf(policy) * CALIBRATION_MARGIN],
  )
  const { rows: before } = await client.query<{ evidence: number | null }>(
    `select (basis->>'evidence')::float8 as evidence from ml_worker.drift_looks
     where project_id = $1::bigint and environment = $2 and version = $3 and window_to < $4
     order by window_to desc limit 1`,
    values,
  )
  return { calibration: rows.map(({ columns }) => columns), evidence: before[0]?.evidence ?? 0 }
}

/** The newest look of each slot that was looked at since; the slots with the gravest first. */
export async function listNewestLooks(client: Queryable, since: Date, limit: number): Promise<NewestLook[]> {
  const { rows } = await client.query<SummaryRow & { projectName: string }>(
    `select * from (
       select distinct on (project_id, environment, version) ${SUMMARY}, p.project_name as "projectName"
       from ml_worker.drift_looks join ml_worker.projects p using (project_id)
       where window_to >= $1 order by project_id, environment, version, window_to desc
     ) newest order by drifted desc, "projectId", environment, version limit $2`,
    [since, limit],
  )
  return rows.map((row) => ({ ...summaryOf(row), projectName: row.projectName }))
}

export type NewestLook = LookSummary & { readonly projectName: string }

function valuesOf({ projectId, environment, version }: LookFilter): unknown[] {
  return [projectId, environment ?? null, version ?? null]
}

function summaryOf({ projectId, environment, version, from, to, severity, qualitySeverity, ...row }: SummaryRow) {
  const { lookId, madeAt, rowCount, state, drifted, qualityState, basis, worst } = row
  return {
    ...{ lookId, madeAt, rowCount, state, drifted, qualityState, basis, worst },
    slot: { projectId, environment, version },
    window: { from, to },
    severity: severity ?? undefined,
    qualitySeverity: qualitySeverity ?? undefined,
  }
}
