// Projects with versions, written as trainings leave them: for tests that need no artifact.
import type { TestDatabase } from './database.ts'

/** Makes a project with so many versions, of runs that are nowhere else; gives its id. */
export async function insertVersions(
  { owner }: Pick<TestDatabase, 'owner'>,
  name: string,
  count: number,
  modelName = 'majority',
): Promise<number> {
  const { rows } = await owner.query<{ id: number }>(
    `insert into ml_worker.projects
       (project_name, revision, tags, model_name, parameters, label_columns, feature_columns, training_options,
        next_version, created_at, created_by, changed_at, changed_by)
     values ($1, 1, '{}', $2, '{}', '{}', '{}', '{}', $3 + 1, now(), 'anyone', now(), 'anyone')
     returning project_id::float8 as id`,
    [name, modelName, count],
  )
  const id = (rows[0] as { id: number }).id
  await owner.query(
    `with d as (
       insert into ml_worker.datasets
         (dataset_name, dataset_version, labels, form, dialect, byte_length, sha256, storage_key, row_count, columns,
          decisions, created_at, created_by, erased_rows)
       values ($2, 1, '{}', 'csv', '{}', 1, 'ab', $2, 1, '[]', '[]', now(), 'anyone', 0) returning dataset_id
     )
     insert into ml_worker.versions
       (project_id, version, run_id, request, dataset_id, dataset_sha256, metrics, artifact_sha256, artifact_bytes,
        created_at, created_by)
     select $1::bigint, n, $1::bigint * 1000000 + n, $3::json, dataset_id, 'ab', '{}', repeat('ab', 32), 1, now(), 'anyone'
     from d, generate_series(1, $4::int) n`,
    [id, name, JSON.stringify({ modelName, parameters: {}, labels: [], features: [], options: {} }), count],
  )
  return id
}
