// The SQL of ml_worker.retraining_policies.
import type { Queryable, Transaction } from '../../database/pool.ts'
import { DEFAULT_POLICY, type HeardWindow, type RetrainingPolicy, type StoredPolicy } from './retraining.ts'

const COLUMNS = `project_id::float8 as "projectId", revision, policy, heard, next_due_at as "nextDueAt",
  changed_at as "changedAt", changed_by as "changedBy"`

export async function findPolicy(client: Queryable, projectId: number): Promise<StoredPolicy | undefined> {
  const { rows } = await client.query<StoredPolicy>(
    `select ${COLUMNS} from ml_worker.retraining_policies where project_id = $1::bigint`,
    [projectId],
  )
  return rows.map(whole)[0]
}

/** The same, and nobody changes it until the transaction is over. */
export async function lockPolicy(tx: Transaction, projectId: number): Promise<StoredPolicy | undefined> {
  const { rows } = await tx.query<StoredPolicy>(
    `select ${COLUMNS} from ml_worker.retraining_policies where project_id = $1::bigint for update`,
    [projectId],
  )
  return rows.map(whole)[0]
}

/** A new one, or the next revision; what was heard before counts no more. The project must be locked. */
export async function putPolicy(
  tx: Transaction,
  projectId: number,
  policy: RetrainingPolicy,
  nextDueAt: Date | undefined,
  changedBy: string,
): Promise<StoredPolicy> {
  const { rows } = await tx.query<StoredPolicy>(
    `insert into ml_worker.retraining_policies
       (project_id, revision, policy, heard, next_due_at, changed_at, changed_by)
     values ($1::bigint, 1, $2::json, '[]', $3, now(), $4)
     on conflict (project_id) do update
       set revision = retraining_policies.revision + 1, policy = excluded.policy, heard = excluded.heard,
         next_due_at = excluded.next_due_at, changed_at = excluded.changed_at, changed_by = excluded.changed_by
     returning ${COLUMNS}`,
    [projectId, JSON.stringify(policy), nextDueAt ?? null, changedBy],
  )
  return whole(rows[0] as StoredPolicy)
}

export async function writeHeard(tx: Transaction, projectId: number, heard: readonly HeardWindow[]): Promise<void> {
  await tx.query('update ml_worker.retraining_policies set heard = $2::json where project_id = $1::bigint', [
    projectId,
    JSON.stringify(heard),
  ])
}

export async function writeNextDue(tx: Transaction, projectId: number, nextDueAt: Date | undefined): Promise<void> {
  await tx.query('update ml_worker.retraining_policies set next_due_at = $2 where project_id = $1::bigint', [
    projectId,
    nextDueAt ?? null,
  ])
}

/** Projects, not archived, whose schedule is due. */
export async function listDue(client: Queryable, limit: number): Promise<number[]> {
  const { rows } = await client.query<{ projectId: number }>(
    `select project_id::float8 as "projectId" from ml_worker.retraining_policies join ml_worker.projects using (project_id)
     where next_due_at <= now() and archived_at is null order by next_due_at limit $1`,
    [limit],
  )
  return rows.map(({ projectId }) => projectId)
}

/** An earlier worker has written fewer members. */
function whole(stored: StoredPolicy): StoredPolicy {
  return { ...stored, policy: { ...DEFAULT_POLICY, ...stored.policy } }
}
