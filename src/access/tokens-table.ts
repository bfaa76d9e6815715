// The SQL of ml_worker.access_tokens.
import type { Queryable, Transaction } from '../database/pool.ts'

export interface TokenRow {
  readonly tokenId: string
  readonly label: string
  readonly roles: readonly string[]
  readonly projects: readonly string[] | null
  readonly createdAt: Date
  readonly createdBy: string
  readonly expiresAt: Date
  readonly revokedAt: Date | null
  readonly revokedBy: string | null
  readonly lastUsedAt: Date | null
}

const COLUMNS = `token_id as "tokenId", label, roles, projects, created_at as "createdAt", created_by as "createdBy",
  expires_at as "expiresAt", revoked_at as "revokedAt", revoked_by as "revokedBy", last_used_at as "lastUsedAt"`

export async function insertToken(
  tx: Transaction,
  row: Omit<TokenRow, 'revokedAt' | 'revokedBy' | 'lastUsedAt'> & { readonly digest: Buffer },
): Promise<void> {
  await tx.query(
    `insert into ml_worker.access_tokens
       (token_id, token_digest, label, roles, projects, created_at, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      row.tokenId,
      row.digest,
      row.label,
      row.roles,
      row.projects,
      row.createdAt.toISOString(),
      row.createdBy,
      row.expiresAt.toISOString(),
    ],
  )
}

export async function findTokenByDigest(client: Queryable, digest: Buffer): Promise<TokenRow | undefined> {
  const { rows } = await client.query<TokenRow>(
    `select ${COLUMNS} from ml_worker.access_tokens where token_digest = $1`,
    [digest],
  )
  return rows[0]
}

export async function findToken(client: Queryable, tokenId: string): Promise<TokenRow | undefined> {
  const { rows } = await client.query<TokenRow>(`select ${COLUMNS} from ml_worker.access_tokens where token_id = $1`, [
    tokenId,
  ])
  return rows[0]
}

/** The newest first; those after the token of that id in this order. */
export async function listTokens(client: Queryable, limit: number, after?: string): Promise<TokenRow[]> {
  const { rows } = await client.query<TokenRow>(
    `select ${COLUMNS} from ml_worker.access_tokens
     where $2::text is null or (created_at, token_id) <
       (select created_at, token_id from ml_worker.access_tokens where token_id = $2)
     order by created_at desc, token_id desc limit $1`,
    [limit, after ?? null],
  )
  return rows
}

/** Returns false when there is no such token, or it was revoked before. */
export async function revokeToken(tx: Transaction, tokenId: string, at: Date, by: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update ml_worker.access_tokens set revoked_at = $2, revoked_by = $3 where token_id = $1 and revoked_at is null`,
    [tokenId, at.toISOString(), by],
  )
  return rowCount === 1
}

export async function touchToken(client: Queryable, tokenId: string, at: Date): Promise<void> {
  await client.query(
    `update ml_worker.access_tokens set last_used_at = $2
     where token_id = $1 and (last_used_at is null or last_used_at < $2)`,
    [tokenId, at.toISOString()],
  )
}
