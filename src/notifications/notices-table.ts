// The SQL of ml_worker.notices: what happened, until everybody who asked for it has been told.
import type { Transaction } from '../database/pool.ts'

export interface NewNotice {
  readonly messageId: string
  readonly type: string
  readonly project: { readonly id: number; readonly name: string } | undefined
  /** Of its data. */
  readonly json: string
  /** Without it: when the transaction began. */
  readonly happenedAt?: Date | undefined
}

/** Returns its id. */
export async function insertNotice(
  tx: Transaction,
  { messageId, type, project, json, happenedAt }: NewNotice,
): Promise<number> {
  const { rows } = await tx.query<{ noticeId: number }>(
    `insert into ml_worker.notices (message_id, notice_type, project_id, project_name, data, happened_at)
     values ($1, $2, $3::bigint, $4, $5::json, coalesce($6::timestamptz, now())) returning notice_id::float8 as "noticeId"`,
    [messageId, type, project?.id ?? null, project?.name ?? null, json, happenedAt ?? null],
  )
  return (rows[0] as { noticeId: number }).noticeId
}
