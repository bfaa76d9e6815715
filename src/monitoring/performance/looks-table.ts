// The SQL of ml_worker.performance_looks: what was found of each window, once.
import type { Severity, Verdict } from '../../alerts/signals.ts'
import type { Queryable, Transaction } from '../../database/pool.ts'

export const PERFORMANCE_LOOKS = ['performance', 'coverage'] as const
export type PerformanceLookKind = (typeof PERFORMANCE_LOOKS)[number]

export interface NewPerformanceLook {
  readonly projectId: number
  readonly environment: string
  readonly version: number
  readonly kind: PerformanceLookKind
  readonly from: Date
  readonly to: Date
  readonly verdict: Verdict
  readonly severity: Severity | undefined
  readonly details: Readonly<Record<string, unknown>>
}

export interface PerformanceLook extends Omit<NewPerformanceLook, 'severity'> {
  readonly lookId: number
  readonly severity: Severity | null
  readonly lookedAt: Date
}

/** False where the window was looked at before. */
export async function insertLook(tx: Transaction, look: NewPerformanceLook): Promise<boolean> {
  const { projectId, environment, version, kind, from, to, verdict, severity, details } = look
  const { rowCount } = await tx.query(
    `insert into ml_worker.performance_looks
       (project_id, environment, version, kind, window_from, window_to, verdict, severity, details, looked_at)
     values ($1::bigint, $2, $3, $4, $5, $6, $7, $8, $9::json, now()) on conflict do nothing`,
    [projectId, environment, version, kind, from, to, verdict, severity ?? null, JSON.stringify(details)],
  )
  return rowCount === 1
}

const COLUMNS = `look_id::float8 as "lookId", project_id::float8 as "projectId", environment, version, kind,
  window_from as "from", window_to as "to", verdict, severity, details, looked_at as "lookedAt"`

export interface LooksFilter {
  readonly environment?: string | undefined
  readonly version?: number | undefined
  readonly kind?: string | undefined
}

/** The newest first. */
export async function listLooks(
  client: Queryable,
  projectId: number,
  { environment, version, kind }: LooksFilter,
  limit: number,
  before?: number,
): Promise<PerformanceLook[]> {
  const { rows } = await client.query<PerformanceLook>(
    `select ${COLUMNS} from ml_worker.performance_looks
     where project_id = $1::bigint and ($2::text is null or environment = $2) and ($3::int is null or version = $3)
       and ($4::text is null or kind = $4) and ($5::bigint is null or look_id < $5::bigint)
     order by look_id desc limit $6`,
    [projectId, environment ?? null, version ?? null, kind ?? null, before ?? null, limit],
  )
  return rows
}

/** Ends of the windows of a kind that a project was looked at in, from a time on. */
export async function listLookedAt(
  client: Queryable,
  projectId: number,
  kind: PerformanceLookKind,
  from: Date,
): Promise<Date[]> {
  const { rows } = await client.query<{ to: Date }>(
    `select distinct window_to as "to" from ml_worker.performance_looks
     where project_id = $1::bigint and kind = $2 and window_to > $3::timestamptz`,
    [projectId, kind, from],
  )
  return rows.map(({ to }) => to)
}

/** Coverages of the windows before a time, the newest first. */
export async function listCoverages(
  client: Queryable,
  { projectId, environment, version }: Pick<NewPerformanceLook, 'projectId' | 'environment' | 'version'>,
  before: Date,
  limit: number,
): Promise<number[]> {
  const { rows } = await client.query<{ coverage: number }>(
    `select (details->>'coverage')::float8 as coverage from ml_worker.performance_looks
     where project_id = $1::bigint and environment = $2 and version = $3 and kind = 'coverage'
       and window_to <= $4::timestamptz and details->>'coverage' is not null
     order by window_to desc limit $5`,
    [projectId, environment, version, before, limit],
  )
  return rows.map(({ coverage }) => coverage)
}
