// Versions that nobody trained, for tests that need many: copies of the first version of a project.
import type { Queryable } from '../../src/database/pool.ts'

/** Adds so many versions after the newest one, which have the artifact of the first and runs that are nowhere. createdBy: who asked for them. */
export async function copyVersions(
  owner: Queryable,
  project: string,
  count: number,
  createdBy = 'token/somebody',
): Promise<void> {
  await owner.query(
    `with first as (
       select v.*, p.next_version from ml_worker.versions v join ml_worker.projects p using (project_id)
       where p.project_name = $1 and v.version = 1
     ), made as (
       insert into ml_worker.versions
         (project_id, version, run_id, parent_version, description, request, parameters, dataset_id, dataset_sha256,
          split_seed, worker_version, metrics, artifact_sha256, artifact_bytes, created_at, created_by)
       select project_id, next_version - 1 + i, 1000000000 + project_id * 10000000 + next_version + i, null, description,
         request, parameters, dataset_id, dataset_sha256, split_seed, worker_version, metrics, artifact_sha256,
         artifact_bytes, now(), $3
       from first cross join generate_series(1, $2::integer) i
       returning project_id, version
     ), moved as (
       update ml_worker.projects set next_version = next_version + $2::integer where project_name = $1
     )
     insert into ml_worker.review_states (project_id, version, state) select project_id, version, 'none' from made`,
    [project, count, createdBy],
  )
}
