// The SQL of ml_worker.datasets and of what uses them.
import type { Queryable, Transaction } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'
import type { Dataset, DatasetColumn, DatasetLook, NewDataset } from './dataset.ts'
import type { TableStatistics } from './statistics/table-statistics.ts'

const COLUMNS = `dataset_id::float8 as "datasetId", dataset_name as name, dataset_version as version, description, labels,
  form, dialect, byte_length::float8 as "byteLength", sha256, storage_key as "storageKey", row_count::float8 as "rowCount",
  columns, decisions, erased_rows::float8 as "erasedRows", uploaded_form as "uploadedForm", created_at as "createdAt", created_by as "createdBy", deleted_at as "deletedAt",
  deleted_by as "deletedBy"`

/** Any constant: versions of names are given out one transaction after the other. */
const VERSIONS_LOCK = 0x6d6c6473

/** One whose content is there. */
export type StoredDataset = Dataset & { readonly storageKey: string }

export interface DatasetFilter {
  readonly name?: string | undefined
  readonly form?: string | undefined
  readonly label?: string | undefined
  /** In milliseconds since 1970. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly bytesMin?: number | undefined
  readonly bytesMax?: number | undefined
  /** Those too whose content is deleted. */
  readonly isDeletedShown: boolean
}

/** The next version of its name. */
export async function insertDataset(tx: Transaction, made: NewDataset): Promise<Dataset> {
  await tx.query('select pg_advisory_xact_lock($1::bigint)', [VERSIONS_LOCK])
  const { statistics, preview } = made
  const { rows } = await tx.query<Dataset>(
    `insert into ml_worker.datasets
       (dataset_name, dataset_version, description, labels, form, dialect, byte_length, sha256, storage_key, row_count,
        columns, decisions, statistics, preview, created_at, created_by, idempotency_key)
     select $1, 1 + coalesce(max(dataset_version), 0), $2, $3::text[], $4, $5::json, $6::bigint, $7, $8, $9::bigint,
       $10::json, $11::json, $12::json, $13::json, now(), $14, $15
     from ml_worker.datasets where dataset_name = $1
     returning ${COLUMNS}`,
    [
      made.name,
      made.description === null ? null : storableText(made.description),
      made.labels.map(storableText),
      made.form,
      JSON.stringify(made.dialect),
      made.byteLength,
      made.sha256,
      made.storageKey,
      statistics.rows,
      JSON.stringify(columnsOf(statistics)),
      JSON.stringify(made.decisions),
      JSON.stringify(statistics),
      JSON.stringify(preview),
      made.createdBy,
      made.idempotencyKey ?? null,
    ],
  )
  return rows[0] as Dataset
}

function columnsOf(statistics: TableStatistics): DatasetColumn[] {
  return statistics.columns.map(({ name, kind, missing }) => ({ name, kind, missing }))
}

export async function findDataset(client: Queryable, datasetId: number): Promise<Dataset | undefined> {
  const { rows } = await client.query<Dataset>(`select ${COLUMNS} from ml_worker.datasets where dataset_id = $1`, [
    datasetId,
  ])
  return rows[0]
}

/** The same, and nobody else changes it until the transaction is over. */
export async function lockDataset(tx: Transaction, datasetId: number): Promise<Dataset | undefined> {
  const { rows } = await tx.query<Dataset>(
    `select ${COLUMNS} from ml_worker.datasets where dataset_id = $1 for update`,
    [datasetId],
  )
  return rows[0]
}

export async function findByKey(client: Queryable, actor: string, key: string): Promise<Dataset | undefined> {
  const { rows } = await client.query<Dataset>(
    `select ${COLUMNS} from ml_worker.datasets where created_by = $1 and idempotency_key = $2`,
    [actor, key],
  )
  return rows[0]
}

/** Undefined where there is no such data set; its parts are null where they are deleted. */
export async function findLook(
  client: Queryable,
  datasetId: number,
): Promise<{ [Part in keyof DatasetLook]: DatasetLook[Part] | null } | undefined> {
  const { rows } = await client.query<DatasetLook>(
    'select statistics, preview from ml_worker.datasets where dataset_id = $1',
    [datasetId],
  )
  return rows[0]
}

/** The newest first; those before the id. */
export async function listDatasets(
  client: Queryable,
  filter: DatasetFilter,
  limit: number,
  before?: number,
): Promise<Dataset[]> {
  const { rows } = await client.query<Dataset>(
    `select ${COLUMNS} from ml_worker.datasets
     where ($2::bigint is null or dataset_id < $2::bigint)
       and ($3::text is null or dataset_name = $3) and ($4::text is null or form = $4)
       and ($5::text is null or $5 = any (labels))
       and ($6::double precision is null or created_at >= to_timestamp($6::double precision / 1000))
       and ($7::double precision is null or created_at < to_timestamp($7::double precision / 1000))
       and ($8::bigint is null or byte_length >= $8::bigint) and ($9::bigint is null or byte_length <= $9::bigint)
       and ($10 or deleted_at is null)
     order by dataset_id desc limit $1`,
    [
      limit,
      before ?? null,
      filter.name ?? null,
      filter.form ?? null,
      filter.label ?? null,
      filter.from ?? null,
      filter.to ?? null,
      filter.bytesMin ?? null,
      filter.bytesMax ?? null,
      filter.isDeletedShown,
    ],
  )
  return rows
}

/** Those with content, by id, after that one. */
export async function listStored(client: Queryable, afterId: number, limit: number): Promise<StoredDataset[]> {
  const { rows } = await client.query<StoredDataset>(
    `select ${COLUMNS} from ml_worker.datasets where dataset_id > $1 and storage_key is not null
     order by dataset_id limit $2`,
    [afterId, limit],
  )
  return rows
}

/** What is left of a data set when rows were taken out of it. */
export type ReplacedContent = Pick<NewDataset, 'form' | 'dialect' | 'byteLength' | 'sha256' | 'storageKey'> &
  Pick<NewDataset, 'decisions' | 'statistics' | 'preview'> & { readonly erasedRows: number }

export async function replaceContent(tx: Transaction, datasetId: number, left: ReplacedContent): Promise<void> {
  await tx.query(
    `update ml_worker.datasets
     set uploaded_form = case when form = $2 then uploaded_form else coalesce(uploaded_form, form) end,
       form = $2, dialect = $3::json, byte_length = $4::bigint, sha256 = $5, storage_key = $6, row_count = $7::bigint,
       columns = $8::json, decisions = $9::json, statistics = $10::json, preview = $11::json,
       erased_rows = erased_rows + $12::bigint
     where dataset_id = $1`,
    [
      datasetId,
      left.form,
      JSON.stringify(left.dialect),
      left.byteLength,
      left.sha256,
      left.storageKey,
      left.statistics.rows,
      JSON.stringify(columnsOf(left.statistics)),
      JSON.stringify(left.decisions),
      JSON.stringify(left.statistics),
      JSON.stringify(left.preview),
      left.erasedRows,
    ],
  )
}

/** Also of those whose content is deleted. */
export async function listDescriptions(
  client: Queryable,
  afterId: number,
  limit: number,
): Promise<{ datasetId: number; name: string; description: string | null }[]> {
  const { rows } = await client.query<{ datasetId: number; name: string; description: string | null }>(
    `select dataset_id::float8 as "datasetId", dataset_name as name, description from ml_worker.datasets
     where dataset_id > $1 order by dataset_id limit $2`,
    [afterId, limit],
  )
  return rows
}

export async function eraseDescription(tx: Transaction, datasetId: number): Promise<void> {
  await tx.query('update ml_worker.datasets set description = null where dataset_id = $1', [datasetId])
}

/** Leaves name, digest and columns. */
export async function markDeleted(tx: Transaction, datasetId: number, by: string): Promise<void> {
  await tx.query(
    `update ml_worker.datasets
     set storage_key = null, statistics = null, preview = null, deleted_at = now(), deleted_by = $2
     where dataset_id = $1`,
    [datasetId, by],
  )
}

/** Data sets that are older, with content: those that no run was trained from, or those that some were. */
export async function countOld(client: Queryable, days: number, isUsed: boolean): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::float8 as count from ml_worker.datasets d
     where storage_key is not null and created_at < now() - make_interval(days => $1)
       and exists (select from ml_worker.dataset_uses u where u.dataset_id = d.dataset_id) = $2`,
    [days, isUsed],
  )
  return rows[0]?.count ?? 0
}

/** Some of those that no run was trained from, as markDeleted does. Gives the keys of their objects. */
export async function markOldDeleted(tx: Transaction, days: number, by: string): Promise<string[]> {
  // Locked first, and looked at again: a training takes the same lock before it uses one.
  const { rows } = await tx.query<{ datasetId: number; key: string }>(
    `select dataset_id::float8 as "datasetId", storage_key as key from ml_worker.datasets d
     where storage_key is not null and created_at < now() - make_interval(days => $1)
       and not exists (select from ml_worker.dataset_uses u where u.dataset_id = d.dataset_id)
     order by dataset_id limit 500 for update skip locked`,
    [days],
  )
  const ids = rows.map(({ datasetId }) => datasetId)
  const { rows: marked } = await tx.query<{ datasetId: number }>(
    `update ml_worker.datasets d
     set storage_key = null, statistics = null, preview = null, deleted_at = now(), deleted_by = $2
     where dataset_id = any ($1::bigint[])
       and not exists (select from ml_worker.dataset_uses u where u.dataset_id = d.dataset_id)
     returning dataset_id::float8 as "datasetId"`,
    [ids, by],
  )
  const isMarked = new Set(marked.map(({ datasetId }) => datasetId))
  return rows.filter(({ datasetId }) => isMarked.has(datasetId)).map(({ key }) => key)
}

export async function insertUse(tx: Transaction, datasetId: number, runId: number): Promise<void> {
  await tx.query(
    `insert into ml_worker.dataset_uses (dataset_id, run_id, used_at, sha256)
     select dataset_id, $2, now(), sha256 from ml_worker.datasets where dataset_id = $1
     on conflict do nothing`,
    [datasetId, runId],
  )
}

export async function deleteUse(client: Queryable, datasetId: number, runId: number): Promise<void> {
  await client.query('delete from ml_worker.dataset_uses where dataset_id = $1 and run_id = $2', [datasetId, runId])
}

/** The data set that a run was trained from, with the digest of the rows that it had then. */
export async function findDatasetOfRun(
  client: Queryable,
  runId: number,
): Promise<{ readonly datasetId: number; readonly sha256: string } | undefined> {
  const { rows } = await client.query<{ datasetId: number; sha256: string }>(
    `select dataset_id::float8 as "datasetId", sha256 from ml_worker.dataset_uses
     where run_id = $1 order by used_at desc limit 1`,
    [runId],
  )
  return rows[0]
}

/** Runs that were trained from it: the newest, and how many there are. */
export async function listUses(
  client: Queryable,
  datasetId: number,
  limit: number,
): Promise<{ runIds: number[]; count: number }> {
  const { rows } = await client.query<{ runId: number; count: number }>(
    `select run_id::float8 as "runId", (count(*) over ())::float8 as count from ml_worker.dataset_uses
     where dataset_id = $1 order by used_at desc, run_id desc limit $2`,
    [datasetId, limit],
  )
  return { runIds: rows.map(({ runId }) => runId), count: rows[0]?.count ?? 0 }
}

/** Which of these keys are those of data sets, or of uploads that are under way. */
export async function knownKeys(client: Queryable, keys: readonly string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ key: string }>(
    `select storage_key as key from ml_worker.datasets where storage_key = any ($1::text[])
     union select storage_key from ml_worker.dataset_uploads where storage_key = any ($1::text[]) and expires_at > now()`,
    [keys],
  )
  return new Set(rows.map(({ key }) => key))
}
