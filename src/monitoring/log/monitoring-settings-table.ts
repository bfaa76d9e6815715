// The SQL of ml_worker.monitoring_settings.
import type { Queryable, Transaction } from '../../database/pool.ts'
import { DEFAULT_WORDS, type MonitoringWords, type StoredMonitoring, wordsOf } from './monitoring-schemas.ts'

const COLUMNS = `revision, settings, changed_at as "changedAt", changed_by as "changedBy"`

interface Row extends Omit<StoredMonitoring, 'words'> {
  readonly settings: Partial<MonitoringWords>
}

/** Undefined where the project has said nothing. */
export async function findSettings(client: Queryable, projectId: number): Promise<StoredMonitoring | undefined> {
  const { rows } = await client.query<Row & Record<string, unknown>>(
    `select ${COLUMNS} from ml_worker.monitoring_settings where project_id = $1::bigint`,
    [projectId],
  )
  return rows[0] && storedOf(rows[0])
}

/** The project must be locked. */
export async function saveSettings(
  tx: Transaction,
  projectId: number,
  words: MonitoringWords,
  by: string,
): Promise<StoredMonitoring> {
  const { rows } = await tx.query<Row & Record<string, unknown>>(
    `insert into ml_worker.monitoring_settings as kept (project_id, revision, settings, changed_at, changed_by)
     values ($1::bigint, 1, $2::json, now(), $3)
     on conflict (project_id) do update set revision = kept.revision + 1, settings = excluded.settings,
       changed_at = excluded.changed_at, changed_by = excluded.changed_by
     returning ${COLUMNS}`,
    [projectId, JSON.stringify(words), by],
  )
  return storedOf(rows[0] as Row)
}

/**
 * SQL: the time from which all predictions of a project are in its log. What is older has been kept long enough, and may be gone
 * without having been erased. project, at: SQL of its id, and of now.
 */
export const loggedSince = (project: string, at: string): string =>
  `(${at} - make_interval(days => coalesce(
     (select (kept.settings->>'retention_days')::int from ml_worker.monitoring_settings kept where kept.project_id = ${project}),
     ${DEFAULT_WORDS.retention_days})))`

export interface ProjectSettings {
  readonly projectId: number
  readonly words: MonitoringWords
}

/** Of all projects that have said something, so many at the most. */
export async function listSettings(client: Queryable, limit: number): Promise<ProjectSettings[]> {
  const { rows } = await client.query<{ projectId: number; settings: Partial<MonitoringWords> }>(
    `select project_id::float8 as "projectId", settings from ml_worker.monitoring_settings order by project_id limit $1`,
    [limit],
  )
  return rows.map(({ projectId, settings }) => ({ projectId, words: wordsOf(settings) }))
}

function storedOf({ settings, ...rest }: Row): StoredMonitoring {
  return { ...rest, words: wordsOf(settings) }
}
