// The SQL of ml_worker.aliases and of their history.
import type { Queryable, Transaction } from '../database/pool.ts'
import type { Alias, AliasChange } from './project.ts'

const COLUMNS = `a.alias, a.version, v.run_id::float8 as "runId", a.revision, a.changed_at as "changedAt",
  a.changed_by as "changedBy"`
const FROM = 'ml_worker.aliases a join ml_worker.versions v using (project_id, version)'

export async function findAlias(client: Queryable, projectId: number, alias: string): Promise<Alias | undefined> {
  const { rows } = await client.query<Alias>(
    `select ${COLUMNS} from ${FROM} where project_id = $1::bigint and alias = $2`,
    [projectId, alias],
  )
  return rows[0]
}

export async function listAliases(client: Queryable, projectId: number, limit: number): Promise<Alias[]> {
  const { rows } = await client.query<Alias>(
    `select ${COLUMNS} from ${FROM} where project_id = $1::bigint order by alias limit $2`,
    [projectId, limit],
  )
  return rows
}

/** The revision that an alias had last that may be gone; 0 where it never was. */
export async function lastRevision(tx: Transaction, projectId: number, alias: string): Promise<number> {
  const { rows } = await tx.query<{ revision: number }>(
    `select coalesce(max(revision), 0) as revision from ml_worker.alias_changes where project_id = $1::bigint and alias = $2`,
    [projectId, alias],
  )
  return rows[0]?.revision ?? 0
}

export async function writeAlias(
  tx: Transaction,
  projectId: number,
  alias: string,
  { version, revision, by }: { version: number; revision: number; by: string },
): Promise<Alias> {
  const { rows } = await tx.query<Alias>(
    `with a as (
       insert into ml_worker.aliases (project_id, alias, version, revision, changed_at, changed_by)
       values ($1::bigint, $2, $3, $4, now(), $5)
       on conflict (project_id, alias) do update set version = $3, revision = $4, changed_at = now(), changed_by = $5
       returning *
     )
     select ${COLUMNS} from a join ml_worker.versions v using (project_id, version)`,
    [projectId, alias, version, revision, by],
  )
  return rows[0] as Alias
}

export async function deleteAlias(tx: Transaction, projectId: number, alias: string): Promise<void> {
  await tx.query('delete from ml_worker.aliases where project_id = $1::bigint and alias = $2', [projectId, alias])
}

export async function insertChange(
  tx: Transaction,
  projectId: number,
  alias: string,
  { version, revision, by }: { version: number | null; revision: number; by: string },
): Promise<void> {
  await tx.query(
    `insert into ml_worker.alias_changes (project_id, alias, version, revision, changed_at, changed_by)
     values ($1::bigint, $2, $3, $4, now(), $5)`,
    [projectId, alias, version, revision, by],
  )
}

/** The newest first; those with a smaller revision. */
export async function listChanges(
  client: Queryable,
  projectId: number,
  alias: string,
  limit: number,
  before?: number,
): Promise<AliasChange[]> {
  const { rows } = await client.query<AliasChange>(
    `select ${COLUMNS} from ml_worker.alias_changes a left join ml_worker.versions v using (project_id, version)
     where project_id = $1::bigint and alias = $2 and ($3::bigint is null or revision < $3::bigint)
     order by revision desc limit $4`,
    [projectId, alias, before ?? null, limit],
  )
  return rows
}
