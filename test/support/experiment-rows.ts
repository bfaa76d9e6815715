// An experiment with its units, rows and outcomes, written as requests leave them: for tests that need no artifact.
import { createHash, randomUUID } from 'node:crypto'
import type { ExperimentPlan, Phase } from '../../src/experiments/experiment.ts'
import type { TestDatabase } from './database.ts'
import { planOf } from './experiment-counts.ts'
import { idAt } from './logged.ts'

type Owner = Pick<TestDatabase, 'owner'>

export const PLAN = planOf({ minSampleSize: 100 })

/** One that runs over an active deployment of the first arm's version; gives its id. */
export async function insertExperiment(
  { owner }: Owner,
  projectId: number,
  {
    plan = PLAN,
    shares = [0.5, 0.5],
    startedAt = new Date(),
    deploymentId,
  }: {
    readonly plan?: ExperimentPlan
    readonly shares?: readonly number[]
    readonly startedAt?: Date
    readonly deploymentId: number | null
  },
): Promise<number> {
  const until = new Date(startedAt.getTime() + plan.maxDurationDays * 86_400_000)
  const { rows } = await owner.query<{ id: number }>(
    `insert into ml_worker.experiments
       (project_id, environment, experiment_name, revision, plan, state, is_paused, deployment_id, started_at,
        assigns_until, request_digest, created_at, created_by, changed_at, changed_by)
     values ($1, 'production', $2, 1, $3, 'running', false, $4, $5, $6, '', now(), 'anyone', $5, 'anyone')
     returning experiment_id::float8 as id`,
    [projectId, randomUUID(), JSON.stringify(plan), deploymentId, startedAt, until],
  )
  const { id } = rows[0] as { id: number }
  await insertPhase({ owner }, id, 1, shares, startedAt)
  return id
}

/** The one before ends. */
export async function insertPhase(
  { owner }: Owner,
  experimentId: number,
  phase: number,
  shares: readonly number[],
  startedAt = new Date(),
): Promise<void> {
  await owner.query('update ml_worker.experiment_phases set ended_at = $2 where experiment_id = $1', [
    experimentId,
    startedAt,
  ])
  await owner.query(
    `insert into ml_worker.experiment_phases (experiment_id, phase, seed, shares, started_at)
     values ($1, $2, $3, $4, $5)`,
    [experimentId, phase, randomUUID(), shares, startedAt],
  )
}

export const phasesOf = (...shares: readonly (readonly number[])[]): Phase[] =>
  shares.map((each, i) => ({ phase: i + 1, seed: 's', shares: each, startedAt: new Date(0), endedAt: null }))

/** A request of a unit. */
export interface Request {
  /** The key of the unit. */
  readonly key: string
  readonly arm: number
  readonly phase?: number
  /** Milliseconds since 1970. */
  readonly at: number
  /** By arm; null of one that did not predict. Without it the request left no row: it failed. */
  readonly answers?: readonly (string | number | null)[]
  /** What was true; without it that is not known. */
  readonly truth?: string | number | undefined
  readonly failed?: boolean
  readonly slow?: boolean
  readonly milliseconds?: number
}

/** Gives the ids of the predictions. */
export async function insertRequests(
  { owner }: Owner,
  { projectId, experimentId }: { readonly projectId: number; readonly experimentId: number },
  requests: readonly Request[],
): Promise<string[]> {
  const ids = requests.map(({ at }) => idAt(at))
  const records = requests.map(({ key, arm, phase = 1, at, answers, truth, failed, slow, milliseconds = 1 }, i) => ({
    ...{ i: ids[i], p: phase, u: unitOf(key), arm, t: at, f: failed === true, s: slow === true, ms: milliseconds },
    a: answers?.map((answer) => (answer === null ? null : JSON.stringify(answer))) ?? null,
    o: truth === undefined ? null : JSON.stringify(truth),
    n: typeof truth === 'number' ? truth : null,
  }))
  const given = `json_to_recordset($2::json) as g
    (i uuid, p int, u text, arm int, t bigint, f bool, s bool, ms real, a text[], o text, n float8)`
  await owner.query(
    `insert into ml_worker.experiment_units (experiment_id, phase, unit, arm, exposed_at, failed_at, slow_at)
     select distinct on (p, u) $1::bigint, p, decode(u, 'hex'), arm, to_timestamp(t / 1000.0),
       min(case when f then to_timestamp(t / 1000.0) end) over w, min(case when s then to_timestamp(t / 1000.0) end) over w
     from ${given} window w as (partition by p, u) order by p, u, t
     on conflict (experiment_id, phase, unit) do update set
       failed_at = coalesce(experiment_units.failed_at, excluded.failed_at),
       slow_at = coalesce(experiment_units.slow_at, excluded.slow_at)`,
    [experimentId, JSON.stringify(records)],
  )
  await owner.query(
    `insert into ml_worker.experiment_rows
       (experiment_id, predicted_at, prediction_id, phase, unit, arm, answers, milliseconds)
     select $1::bigint, to_timestamp(t / 1000.0), i, p, decode(u, 'hex'), arm, a, ms from ${given} where a is not null`,
    [experimentId, JSON.stringify(records)],
  )
  await owner.query(
    `insert into ml_worker.outcomes (project_id, predicted_at, prediction_id, outcome, number, received_at, is_matched)
     select $1::bigint, to_timestamp(t / 1000.0), i, o, n, now(), true from ${given} where o is not null`,
    [projectId, JSON.stringify(records)],
  )
  return ids
}

/** As it is kept: the first 16 bytes of the SHA-256 of the key, in hexadecimal digits. */
export function unitOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32)
}
