// The SQL that brings experiments from state to state, and rewrites what was said of them.
import type { Transaction } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'
import type { Experiment } from './experiment.ts'
import { findExperiment, type NewExperiment } from './experiments-table.ts'

/** What was said of it. Undefined where another one of the project has the name: then nothing was written. */
export async function writeContent(
  tx: Transaction,
  experimentId: number,
  { name, description, environment, plan }: Pick<NewExperiment, 'name' | 'description' | 'environment' | 'plan'>,
  by: string,
): Promise<Experiment | undefined> {
  const { rowCount } = await tx.query(
    `update ml_worker.experiments e
     set experiment_name = $2, description = $3, environment = $4, plan = $5::json, revision = revision + 1,
       changed_at = now(), changed_by = $6
     where experiment_id = $1::bigint and not exists (select from ml_worker.experiments other
       where other.project_id = e.project_id and other.experiment_name = $2 and other.experiment_id <> $1::bigint)`,
    [
      experimentId,
      name,
      description === null ? null : storableText(description),
      environment,
      JSON.stringify(plan),
      by,
    ],
  )
  return rowCount === 1 ? findExperiment(tx, experimentId) : undefined
}

/** From now on it takes requests, for so many days. Its first phase begins. */
export async function writeStarted(
  tx: Transaction,
  experimentId: number,
  { deploymentId, days, by }: { readonly deploymentId: number; readonly days: number; readonly by: string },
): Promise<Experiment> {
  await tx.query(
    `update ml_worker.experiments
     set state = 'running', deployment_id = $2::bigint, started_at = now(),
       assigns_until = now() + make_interval(secs => $3::float8 * 86400), revision = revision + 1, changed_at = now(),
       changed_by = $4
     where experiment_id = $1::bigint`,
    [experimentId, deploymentId, days, by],
  )
  await tx.query(
    'update ml_worker.experiment_phases set started_at = now() where experiment_id = $1::bigint and phase = 1',
    [experimentId],
  )
  return (await findExperiment(tx, experimentId)) as Experiment
}

export async function writePaused(
  tx: Transaction,
  experimentId: number,
  isPaused: boolean,
  by: string,
): Promise<Experiment> {
  await tx.query(
    `update ml_worker.experiments
     set is_paused = $2, revision = revision + 1, changed_at = now(), changed_by = $3 where experiment_id = $1::bigint`,
    [experimentId, isPaused, by],
  )
  return (await findExperiment(tx, experimentId)) as Experiment
}

/** The deployment that one of its arms became. */
export async function writePromoted(
  tx: Transaction,
  experimentId: number,
  deploymentId: number,
  by: string,
): Promise<Experiment> {
  await tx.query(
    `update ml_worker.experiments
     set promoted_as = $2::bigint, revision = revision + 1, changed_at = now(), changed_by = $3
     where experiment_id = $1::bigint`,
    [experimentId, deploymentId, by],
  )
  return (await findExperiment(tx, experimentId)) as Experiment
}
