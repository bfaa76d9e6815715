// The SQL of ml_worker.projects.
import type { Queryable, Transaction } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'
import type { Project, ProjectContent } from './project.ts'

const COLUMNS = `project_id::float8 as "projectId", project_name as name, revision, description, task, owner, tags,
  model_name as "modelName", parameters, dataset_name as "datasetName", label_columns as labels,
  feature_columns as features, training_options as options, metric, review_policy as review, next_version - 1 as "versionCount",
  created_at as "createdAt", created_by as "createdBy", changed_at as "changedAt", changed_by as "changedBy",
  archived_at as "archivedAt", archived_by as "archivedBy"`

export interface ProjectFilter {
  readonly status: 'active' | 'archived' | 'all'
  readonly name?: string | undefined
  readonly task?: string | undefined
  readonly owner?: string | undefined
  readonly tag?: string | undefined
}

/** Undefined where an active project has the name. */
export async function insertProject(
  tx: Transaction,
  name: string,
  content: ProjectContent,
  by: string,
): Promise<Project | undefined> {
  const { rows } = await tx.query<Project>(
    `insert into ml_worker.projects
       (project_name, revision, description, task, owner, tags, model_name, parameters, dataset_name, label_columns,
        feature_columns, training_options, metric, review_policy, next_version, created_at, created_by, changed_at,
        changed_by)
     values ($13, 1, $1, $2, $3, $4::text[], $5, $6::json, $7, $8::text[], $9::text[], $10::json, $11, $12::json, 1,
       now(), $14, now(), $14)
     on conflict (project_name) where archived_at is null do nothing returning ${COLUMNS}`,
    [...valuesOf(content), name, by],
  )
  return rows[0]
}

/** By name the active one, else the one that was archived last; or by its id. */
export async function findProject(client: Queryable, project: string | number): Promise<Project | undefined> {
  const { rows } = await client.query<Project>(
    typeof project === 'number'
      ? `select ${COLUMNS} from ml_worker.projects where project_id = $1`
      : `select ${COLUMNS} from ml_worker.projects where project_name = $1
         order by (archived_at is null) desc, project_id desc limit 1`,
    [project],
  )
  return rows[0]
}

/** The same, and nobody else changes it until the transaction is over. */
export async function lockProject(tx: Transaction, projectId: number): Promise<Project> {
  const { rows } = await tx.query<Project>(
    `select ${COLUMNS} from ml_worker.projects where project_id = $1 for update`,
    [projectId],
  )
  return rows[0] as Project
}

export async function updateProject(
  tx: Transaction,
  projectId: number,
  content: ProjectContent,
  by: string,
): Promise<Project> {
  const { rows } = await tx.query<Project>(
    `update ml_worker.projects
     set revision = revision + 1, description = $1, task = $2, owner = $3, tags = $4::text[], model_name = $5,
       parameters = $6::json, dataset_name = $7, label_columns = $8::text[], feature_columns = $9::text[],
       training_options = $10::json, metric = $11, review_policy = $12::json, changed_at = now(), changed_by = $14
     where project_id = $13 returning ${COLUMNS}`,
    [...valuesOf(content), projectId, by],
  )
  return rows[0] as Project
}

export async function archiveProject(tx: Transaction, projectId: number, by: string): Promise<Project> {
  const { rows } = await tx.query<Project>(
    `update ml_worker.projects
     set revision = revision + 1, changed_at = now(), changed_by = $2, archived_at = now(), archived_by = $2
     where project_id = $1 returning ${COLUMNS}`,
    [projectId, by],
  )
  return rows[0] as Project
}

/** The number of the next version; it is never given again. The project must be locked. */
export async function takeVersionNumber(tx: Transaction, projectId: number): Promise<number> {
  const { rows } = await tx.query<{ version: number }>(
    `update ml_worker.projects set next_version = next_version + 1 where project_id = $1
     returning next_version - 1 as version`,
    [projectId],
  )
  return (rows[0] as { version: number }).version
}

/** The newest first; those before the id. */
export async function listProjects(
  client: Queryable,
  { status, name, task, owner, tag }: ProjectFilter,
  limit: number,
  before?: number,
): Promise<Project[]> {
  const { rows } = await client.query<Project>(
    `select ${COLUMNS} from ml_worker.projects
     where ($2::bigint is null or project_id < $2::bigint)
       and ($3 = 'all' or ($3 = 'archived') = (archived_at is not null))
       and ($4::text is null or project_name = $4) and ($5::text is null or task = $5)
       and ($6::text is null or owner = $6) and ($7::text is null or tags @> array[$7::text])
     order by project_id desc limit $1`,
    [limit, before ?? null, status, name ?? null, task ?? null, owner ?? null, tag ?? null],
  )
  return rows
}

function valuesOf(content: ProjectContent): unknown[] {
  const {
    description,
    task,
    owner,
    tags,
    modelName,
    parameters,
    datasetName,
    labels,
    features,
    options,
    metric,
    review,
  } = content
  return [
    description === null ? null : storableText(description),
    task,
    owner === null ? null : storableText(owner),
    tags.map(storableText),
    modelName,
    JSON.stringify(parameters),
    datasetName,
    labels.map(storableText),
    features.map(storableText),
    JSON.stringify(options),
    metric === null ? null : storableText(metric),
    JSON.stringify(review),
  ]
}
