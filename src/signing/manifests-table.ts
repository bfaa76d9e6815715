// The SQL of ml_worker.version_manifests.
import type { Queryable, Transaction } from '../database/pool.ts'

export interface StoredManifest {
  readonly keyId: string
  readonly envelope: string
  readonly signedAt: Date
  readonly signedBy: string
}

/** The version that a run is, with its manifests, the newest first; undefined where it is none. */
export interface ManifestsOfRun {
  readonly projectId: number
  readonly version: number
  readonly artifactSha256: string
  readonly envelopes: readonly string[]
}

export async function insertManifest(
  tx: Transaction,
  runId: number,
  { keyId, envelope, signedBy }: Omit<StoredManifest, 'signedAt'>,
): Promise<void> {
  await tx.query(
    `insert into ml_worker.version_manifests (run_id, key_id, envelope, signed_at, signed_by)
     values ($1::bigint, $2, $3, now(), $4)`,
    [runId, keyId, envelope, signedBy],
  )
}

/** The newest first: each key signs once. */
export async function listManifests(client: Queryable, runId: number): Promise<StoredManifest[]> {
  const { rows } = await client.query<StoredManifest>(
    `select key_id as "keyId", envelope, signed_at as "signedAt", signed_by as "signedBy"
     from ml_worker.version_manifests where run_id = $1::bigint order by signed_at desc, key_id`,
    [runId],
  )
  return rows
}

/** Versions that none of the keys has signed. */
export async function countUnsigned(client: Queryable, keyIds: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::float8 as count from ml_worker.versions v
     where not exists (
       select from ml_worker.version_manifests m where m.run_id = v.run_id and m.key_id = any($1::text[])
     )`,
    [keyIds],
  )
  return rows[0]?.count ?? 0
}

export async function findManifestsOfRun(client: Queryable, runId: number): Promise<ManifestsOfRun | undefined> {
  const { rows } = await client.query<ManifestsOfRun>(
    `select v.project_id::float8 as "projectId", v.version, v.artifact_sha256 as "artifactSha256",
       coalesce(array_agg(m.envelope order by m.signed_at desc, m.key_id) filter (where m.run_id is not null), '{}')
         as envelopes
     from ml_worker.versions v left join ml_worker.version_manifests m using (run_id)
     where v.run_id = $1::bigint group by v.project_id, v.version`,
    [runId],
  )
  return rows[0]
}
