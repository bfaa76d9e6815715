// The SQL of ml_worker.retrainings.
import type { Queryable, Transaction } from '../../database/pool.ts'
import { storableText } from '../../database/storable-text.ts'
import { stateOf } from '../../projects/standing-table.ts'
import {
  DEFAULT_POLICY,
  type NewRetraining,
  type Retraining,
  type RetrainingComparison,
  type RetrainingOutcome,
} from './retraining.ts'

const COLUMNS = `retraining_id::float8 as "retrainingId", project_id::float8 as "projectId", environment, cause, note,
  policy, dataset_id::float8 as "datasetId", held_back_dataset_id::float8 as "heldBackDatasetId", collected, state, outcome, finding, champion, run_id::float8 as "runId", challenger,
  comparison, requested_at as "requestedAt", requested_by as "requestedBy", changed_at as "changedAt", ended_at as "endedAt"`

/** Undefined where another one of the project is open. */
export async function insertRetraining(tx: Transaction, made: NewRetraining): Promise<Retraining | undefined> {
  const { projectId, environment, cause, note, policy, datasetId, state, requestedBy } = made
  const { rows } = await tx.query<Retraining>(
    `insert into ml_worker.retrainings
       (project_id, environment, cause, note, policy, dataset_id, state, requested_at, requested_by, changed_at)
     values ($1::bigint, $2, $3, $4, $5::json, $6::bigint, $7, now(), $8, now())
     on conflict (project_id) where state <> 'ended' do nothing returning ${COLUMNS}`,
    [
      projectId,
      environment,
      cause,
      note === null ? null : storableText(note),
      JSON.stringify(policy),
      datasetId,
      state,
      requestedBy,
    ],
  )
  return rows.map(whole)[0]
}

/** The one of the project that is open; nobody changes it until the transaction is over. */
export async function lockOpenOf(tx: Transaction, projectId: number): Promise<Retraining | undefined> {
  const { rows } = await tx.query<Retraining>(
    `select ${COLUMNS} from ml_worker.retrainings where project_id = $1::bigint and state <> 'ended' for update`,
    [projectId],
  )
  return rows.map(whole)[0]
}

/** The same by its id, whatever its state. */
export async function lockRetraining(tx: Transaction, retrainingId: number): Promise<Retraining | undefined> {
  const { rows } = await tx.query<Retraining>(
    `select ${COLUMNS} from ml_worker.retrainings where retraining_id = $1::bigint for update`,
    [retrainingId],
  )
  return rows.map(whole)[0]
}

export async function findRetraining(
  client: Queryable,
  projectId: number,
  retrainingId: number,
): Promise<Retraining | undefined> {
  const { rows } = await client.query<Retraining>(
    `select ${COLUMNS} from ml_worker.retrainings where project_id = $1::bigint and retraining_id = $2::bigint`,
    [projectId, retrainingId],
  )
  return rows.map(whole)[0]
}

/** Of a project, the newest first; those with a smaller id. */
export async function listRetrainings(
  client: Queryable,
  projectId: number,
  limit: number,
  before?: number,
): Promise<Retraining[]> {
  const { rows } = await client.query<Retraining>(
    `select ${COLUMNS} from ml_worker.retrainings
     where project_id = $1::bigint and ($2::bigint is null or retraining_id < $2::bigint)
     order by retraining_id desc limit $3`,
    [projectId, before ?? null, limit],
  )
  return rows.map(whole)
}

/**
 * Those that work is to be done on, the oldest first; those with a larger id. A review that is pending is nobody's work here, until its
 * time is over.
 */
export async function listUnderWay(client: Queryable, after: number, limit: number): Promise<Retraining[]> {
  const { rows } = await client.query<Retraining>(
    `select ${COLUMNS} from (select *, challenger as version from ml_worker.retrainings) reviewed
     where retraining_id > $1::bigint and (state in ('collecting', 'training', 'judging')
       or state = 'reviewing' and (${stateOf('reviewed')} is distinct from 'pending'
         or changed_at < now() - make_interval(days => coalesce((policy->>'reviewDays')::integer, $3::integer))))
     order by retraining_id limit $2`,
    [after, limit, DEFAULT_POLICY.reviewDays],
  )
  return rows.map(whole)
}

/** When the last one of the project ended that was not dismissed; undefined where none did. */
export async function lastEndOf(client: Queryable, projectId: number): Promise<Date | undefined> {
  const { rows } = await client.query<{ endedAt: Date | null }>(
    `select max(ended_at) as "endedAt" from ml_worker.retrainings where project_id = $1::bigint and outcome <> 'dismissed'`,
    [projectId],
  )
  return rows[0]?.endedAt ?? undefined
}

/** A suggestion that somebody accepted. */
export async function writeAccepted(
  tx: Transaction,
  { retrainingId }: Retraining,
  accepted: Pick<NewRetraining, 'note' | 'datasetId' | 'requestedBy' | 'policy' | 'state'>,
): Promise<Retraining> {
  const { note, datasetId, requestedBy, policy, state } = accepted
  const { rows } = await tx.query<Retraining>(
    `update ml_worker.retrainings
     set state = $5, note = coalesce($2, note), dataset_id = coalesce($3::bigint, dataset_id), policy = $6::json,
       requested_by = $4, changed_at = now()
     where retraining_id = $1::bigint returning ${COLUMNS}`,
    [retrainingId, note === null ? null : storableText(note), datasetId, requestedBy, state, JSON.stringify(policy)],
  )
  return whole(rows[0] as Retraining)
}

/** The run that trains its challenger. Does nothing where it has one. */
export async function writeRun(client: Queryable, { retrainingId }: Retraining, runId: number): Promise<void> {
  await client.query(
    `update ml_worker.retrainings set run_id = $2::bigint, changed_at = now()
     where retraining_id = $1::bigint and state = 'training' and run_id is null`,
    [retrainingId, runId],
  )
}

/** Its rows are there. Undefined where it has other ones by now. */
export async function writeTraining(
  tx: Transaction,
  { retrainingId }: Retraining,
  datasetId: number,
): Promise<Retraining | undefined> {
  const { rows } = await tx.query<Retraining>(
    `update ml_worker.retrainings set state = 'training', changed_at = now()
     where retraining_id = $1::bigint and dataset_id = $2::bigint returning ${COLUMNS}`,
    [retrainingId, datasetId],
  )
  return rows.map(whole)[0]
}

/** Its challenger is there. */
export async function writeChallenger(
  tx: Transaction,
  { retrainingId }: Retraining,
  challenger: number,
): Promise<Retraining> {
  const { rows } = await tx.query<Retraining>(
    `update ml_worker.retrainings set state = 'judging', challenger = $2, changed_at = now()
     where retraining_id = $1::bigint returning ${COLUMNS}`,
    [retrainingId, challenger],
  )
  return whole(rows[0] as Retraining)
}

/** Its challenger is better, and waits for its review. */
export async function writeReviewing(
  tx: Transaction,
  { retrainingId }: Retraining,
  { finding, champion, comparison }: Omit<RetrainingEnd, 'outcome'>,
): Promise<Retraining> {
  const { rows } = await tx.query<Retraining>(
    `update ml_worker.retrainings
     set state = 'reviewing', finding = $2, champion = $3, comparison = $4::json, changed_at = now()
     where retraining_id = $1::bigint returning ${COLUMNS}`,
    [
      retrainingId,
      findingText(finding),
      champion ?? null,
      comparison === undefined ? null : JSON.stringify(comparison),
    ],
  )
  return whole(rows[0] as Retraining)
}

export interface RetrainingEnd {
  readonly outcome: RetrainingOutcome
  readonly finding: string
  readonly champion?: number | undefined
  readonly comparison?: RetrainingComparison | undefined
}

export async function writeEnd(tx: Transaction, { retrainingId }: Retraining, end: RetrainingEnd): Promise<Retraining> {
  const { outcome, finding, champion, comparison } = end
  const { rows } = await tx.query<Retraining>(
    `update ml_worker.retrainings
     set state = 'ended', outcome = $2, finding = $3, champion = coalesce($4, champion),
       comparison = coalesce($5::json, comparison), changed_at = now(), ended_at = now()
     where retraining_id = $1::bigint returning ${COLUMNS}`,
    [
      retrainingId,
      outcome,
      findingText(finding),
      champion ?? null,
      comparison === undefined ? null : JSON.stringify(comparison),
    ],
  )
  return whole(rows[0] as Retraining)
}

const FINDING_LENGTH_MAX = 2_000

function findingText(finding: string): string {
  return storableText(finding.slice(0, FINDING_LENGTH_MAX))
}

/** An earlier worker has written fewer members of the policy. */
function whole(retraining: Retraining): Retraining {
  return { ...retraining, policy: { ...DEFAULT_POLICY, ...retraining.policy } }
}
