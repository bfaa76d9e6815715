// The SQL of ml_worker.experiments: what is planned, runs and was concluded, and the one statement that concludes.
import type { Queryable, Transaction } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'
import type { Experiment, ExperimentOutcome, ExperimentPlan, ExperimentState, Phase } from './experiment.ts'
import { endPhase } from './phases-table.ts'

const COLUMNS = `e.experiment_id as "experimentId", e.project_id as "projectId", p.project_name as "projectName",
  e.environment, e.experiment_name as name, e.description, e.revision, e.plan, e.state, e.is_paused as "isPaused",
  e.deployment_id as "deploymentId", e.started_at as "startedAt", e.assigns_until as "assignsUntil",
  e.concluded_at as "concludedAt", e.outcome, e.winner, e.finding, e.deciding_look as "decidingLook",
  e.promoted_as as "promotedAs", e.created_at as "createdAt", e.created_by as "createdBy",
  e.changed_at as "changedAt", e.changed_by as "changedBy"`
const FROM = 'ml_worker.experiments e join ml_worker.projects p using (project_id)'

/** More do not run at once: a start beyond it is refused. */
export const RUNNING_MAX = 10_000
/** What a finding holds at the most, in characters. */
export const FINDING_LENGTH_MAX = 2_000

/** Of rows that belong to an experiment, for retention: it has been concluded for so many days, which is $1. */
export const CONCLUDED_LONG_AGO = `experiment_id = any (array(select e.experiment_id from ml_worker.experiments e
  where e.concluded_at < now() - make_interval(days => $1)))`

export interface RunningExperiment {
  readonly experiment: Experiment
  /** The one that goes on now. */
  readonly phase: Phase
}

/** Everything that runs, paused or not, over all projects; by id. */
export async function listRunning(client: Queryable): Promise<RunningExperiment[]> {
  const { rows } = await client.query<Experiment & PhaseColumns>(
    `select ${COLUMNS}, ${PHASE_COLUMNS} from ${FROM} join ml_worker.experiment_phases f using (experiment_id)
     where e.state = 'running' and f.ended_at is null order by e.experiment_id limit $1`,
    [RUNNING_MAX],
  )
  return rows.map(({ phase, seed, shares, phaseStartedAt, phaseEndedAt, ...experiment }) => {
    return { experiment, phase: { phase, seed, shares, startedAt: phaseStartedAt, endedAt: phaseEndedAt } }
  })
}

export async function findExperiment(client: Queryable, experimentId: number): Promise<Experiment | undefined> {
  const { rows } = await client.query<Experiment>(`select ${COLUMNS} from ${FROM} where e.experiment_id = $1::bigint`, [
    experimentId,
  ])
  return rows[0]
}

/** Nobody changes it until the transaction is over. The project is locked before it where both are. */
export async function lockExperiment(tx: Transaction, experimentId: number): Promise<Experiment | undefined> {
  const { rows } = await tx.query<Experiment>(
    `select ${COLUMNS} from ${FROM} where e.experiment_id = $1::bigint for update of e`,
    [experimentId],
  )
  return rows[0]
}

export interface Conclusion {
  readonly outcome: ExperimentOutcome
  /** The place of the winning arm. */
  readonly winner: number | null
  readonly finding: string
  /** The id of the look that decided; null where none did. */
  readonly decidingLook: number | null
  /** As in the audit. */
  readonly by: string
}

/** Its phase ends with it. A draft may be given up, too. Undefined where it is concluded already: then nothing was written. */
export async function concludeExperiment(
  tx: Transaction,
  { experimentId }: Pick<Experiment, 'experimentId'>,
  { outcome, winner, finding, decidingLook, by }: Conclusion,
): Promise<Experiment | undefined> {
  const { rowCount } = await tx.query(
    `update ml_worker.experiments
     set state = 'concluded', outcome = $2, winner = $3, finding = $4, deciding_look = $5::bigint, concluded_at = now(),
       assigns_until = least(assigns_until, now()), is_paused = false, revision = revision + 1, changed_at = now(),
       changed_by = $6
     where experiment_id = $1::bigint and state <> 'concluded'`,
    [experimentId, outcome, winner, storableText(finding.slice(0, FINDING_LENGTH_MAX)), decidingLook, by],
  )
  if (rowCount !== 1) return undefined
  await endPhase(tx, experimentId)
  return findExperiment(tx, experimentId)
}

/** Of one that was stopped: its figures are those of this look. */
export async function writeLastLook(tx: Transaction, experimentId: number, lookId: number): Promise<void> {
  const set = 'set deciding_look = $2::bigint'
  await tx.query(`update ml_worker.experiments ${set} where experiment_id = $1::bigint`, [experimentId, lookId])
}

const PHASE_COLUMNS = `f.phase, f.seed, f.shares, f.started_at as "phaseStartedAt", f.ended_at as "phaseEndedAt"`

interface PhaseColumns extends Pick<Phase, 'phase' | 'seed' | 'shares'> {
  readonly phaseStartedAt: Date
  readonly phaseEndedAt: Date | null
}

export interface NewExperiment {
  readonly projectId: number
  readonly environment: string
  readonly name: string
  readonly description: string | null
  readonly plan: ExperimentPlan
  readonly idempotencyKey: string | null
  /** SHA-256 of what was asked for. */
  readonly requestDigest: string
  /** As in the audit. */
  readonly createdBy: string
}

/** Undefined where the name of the project, or the key of the caller, is taken. */
export async function insertExperiment(tx: Transaction, made: NewExperiment): Promise<Experiment | undefined> {
  const { projectId, environment, name, description, plan, idempotencyKey, requestDigest, createdBy } = made
  const { rows } = await tx.query<{ id: number }>(
    `insert into ml_worker.experiments
       (project_id, environment, experiment_name, description, revision, plan, state, is_paused, idempotency_key,
        request_digest, created_at, created_by, changed_at, changed_by)
     values ($1::bigint, $2, $3, $4, 1, $5::json, 'draft', false, $6, $7, now(), $8, now(), $8)
     on conflict do nothing returning experiment_id as id`,
    [
      projectId,
      environment,
      name,
      description === null ? null : storableText(description),
      JSON.stringify(plan),
      idempotencyKey,
      requestDigest,
      createdBy,
    ],
  )
  return rows[0] && findExperiment(tx, rows[0].id)
}

/** What a caller asked for with the key before. */
export async function findByKey(
  client: Queryable,
  createdBy: string,
  key: string,
): Promise<{ experiment: Experiment; requestDigest: string } | undefined> {
  const { rows } = await client.query<Experiment & { requestDigest: string }>(
    `select ${COLUMNS}, e.request_digest as "requestDigest" from ${FROM}
     where e.created_by = $1 and e.idempotency_key = $2`,
    [createdBy, key],
  )
  const [{ requestDigest, ...experiment } = { requestDigest: '' }] = rows
  return rows.length === 0 ? undefined : { experiment: experiment as Experiment, requestDigest }
}

export interface ExperimentFilter {
  readonly state?: ExperimentState | undefined
  readonly environment?: string | undefined
}

/** Of a project, the newest first; those with a smaller id. */
export async function listExperiments(
  client: Queryable,
  projectId: number,
  { state, environment }: ExperimentFilter,
  limit: number,
  before?: number,
): Promise<Experiment[]> {
  const { rows } = await client.query<Experiment>(
    `select ${COLUMNS} from ${FROM}
     where e.project_id = $1::bigint and ($2::bigint is null or e.experiment_id < $2::bigint)
       and ($3::text is null or e.state = $3) and ($4::text is null or e.environment = $4)
     order by e.experiment_id desc limit $5`,
    [projectId, before ?? null, state ?? null, environment ?? null, limit],
  )
  return rows
}

/** The one that runs in the environment. */
export async function findRunningIn(
  client: Queryable,
  projectId: number,
  environment: string,
): Promise<Experiment | undefined> {
  const { rows } = await client.query<Experiment>(
    `select ${COLUMNS} from ${FROM} where e.project_id = $1::bigint and e.environment = $2 and e.state = 'running'`,
    [projectId, environment],
  )
  return rows[0]
}

/** Over all projects. */
export async function countRunning(client: Queryable): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    "select count(*) as count from ml_worker.experiments where state = 'running'",
  )
  return rows[0]?.count ?? 0
}

/** Those of a project, so many at the most; by id. */
export async function listRunningOf(client: Queryable, projectId: number, limit: number): Promise<Experiment[]> {
  const { rows } = await client.query<Experiment>(
    `select ${COLUMNS} from ${FROM} where e.project_id = $1::bigint and e.state = 'running'
     order by e.experiment_id limit $2`,
    [projectId, limit],
  )
  return rows
}
