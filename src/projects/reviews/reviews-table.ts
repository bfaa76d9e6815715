// The SQL of ml_worker.reviews and ml_worker.review_states.
import type { Queryable, Transaction } from '../../database/pool.ts'
import { storableText } from '../../database/storable-text.ts'
import {
  type NewReview,
  REVIEW_STATES,
  type Review,
  type ReviewedVersion,
  type ReviewState,
  STATE_AFTER,
} from './review.ts'

const COLUMNS = `r.review_id::float8 as "reviewId", r.project_id::float8 as "projectId", r.version, r.decision, r.note,
  r.finding, r.decided_by_other as "decidedByOther", r.decided_at as "decidedAt", r.decided_by as "decidedBy"`

export interface LockedState {
  readonly state: ReviewState
  /** Who asked for the training. */
  readonly createdBy: string
  /** Who asked for the review that is pending; null where none is. */
  readonly requestedBy: string | null
}

/** Nobody else decides on the version until the transaction is over. */
export async function lockState(tx: Transaction, projectId: number, version: number): Promise<LockedState | undefined> {
  const { rows } = await tx.query<LockedState>(
    `select s.state, v.created_by as "createdBy",
       (select decided_by from ml_worker.reviews r where r.review_id = s.review_id and s.state = 'pending') as "requestedBy"
     from ml_worker.review_states s join ml_worker.versions v using (project_id, version)
     where project_id = $1::bigint and version = $2 for update of s`,
    [projectId, version],
  )
  return rows[0]
}

/** The state, which nobody changes until the transaction is over. */
export async function holdState(tx: Transaction, projectId: number, version: number): Promise<ReviewState | undefined> {
  const { rows } = await tx.query<{ state: ReviewState }>(
    'select state from ml_worker.review_states where project_id = $1::bigint and version = $2 for share',
    [projectId, version],
  )
  return rows[0]?.state
}

export async function findState(
  client: Queryable,
  projectId: number,
  version: number,
): Promise<ReviewState | undefined> {
  const { rows } = await client.query<{ state: ReviewState }>(
    'select state from ml_worker.review_states where project_id = $1::bigint and version = $2',
    [projectId, version],
  )
  return rows[0]?.state
}

/** With the state that follows. The state of the version must be locked. */
export async function insertReview(tx: Transaction, made: NewReview): Promise<Review> {
  const { projectId, version, decision, note, finding, decidedByOther, decidedBy } = made
  const { rows } = await tx.query<Review>(
    `with r as (
       insert into ml_worker.reviews
         (project_id, version, decision, note, finding, decided_by_other, decided_at, decided_by)
       values ($1::bigint, $2, $3, $4, $5, $6, now(), $7) returning *
     ), s as (
       update ml_worker.review_states set state = $8, review_id = (select review_id from r)
       where project_id = $1::bigint and version = $2
     )
     select ${COLUMNS} from r`,
    [
      projectId,
      version,
      decision,
      note === null ? null : storableText(note),
      finding === null ? null : storableText(finding),
      decidedByOther,
      decidedBy,
      STATE_AFTER[decision],
    ],
  )
  return rows[0] as Review
}

/** Of a version, the newest first; those with a smaller id. */
export async function listReviews(
  client: Queryable,
  projectId: number,
  version: number,
  limit: number,
  before?: number,
): Promise<Review[]> {
  const { rows } = await client.query<Review>(
    `select ${COLUMNS} from ml_worker.reviews r
     where project_id = $1::bigint and version = $2 and ($3::bigint is null or review_id < $3::bigint)
     order by review_id desc limit $4`,
    [projectId, version, before ?? null, limit],
  )
  return rows
}

export interface ReviewedFilter {
  /** Undefined: of all projects that are not archived. */
  readonly projectId?: number
  /** Undefined: all that were reviewed at all. */
  readonly state?: ReviewState | undefined
}

/** Versions by their last review, the newest first; those whose last one has a smaller id. */
export async function listReviewed(
  client: Queryable,
  { projectId, state }: ReviewedFilter,
  limit: number,
  before?: number,
): Promise<ReviewedVersion[]> {
  // Each state has an index in this order: so as many rows are read as are given, whatever else there is.
  const { rows } = await client.query<Omit<ReviewedVersion, 'review'> & Review>(
    `select s.state, p.project_name as "projectName", v.run_id::float8 as "runId", ${COLUMNS}
     from unnest($1::text[]) as wanted (state)
     cross join lateral (
       select * from ml_worker.review_states s
       where s.state = wanted.state and s.review_id is not null
         and ($2::bigint is null or s.project_id = $2::bigint) and ($3::bigint is null or s.review_id < $3::bigint)
         and ($2::bigint is not null
           or exists (select from ml_worker.projects a where a.project_id = s.project_id and a.archived_at is null))
       order by s.review_id desc limit $4
     ) s
     join ml_worker.reviews r using (review_id)
     join ml_worker.versions v on v.project_id = s.project_id and v.version = s.version
     join ml_worker.projects p on p.project_id = s.project_id
     order by s.review_id desc limit $4`,
    [state === undefined ? REVIEW_STATES : [state], projectId ?? null, before ?? null, limit],
  )
  return rows.map(({ projectName, runId, state: now, ...review }) => {
    const { projectId: of, version } = review
    return { projectId: of, projectName, version, runId, state: now, review }
  })
}
