// The SQL of ml_worker.experiment_phases.
import type { Queryable, Transaction } from '../database/pool.ts'
import type { Phase } from './experiment.ts'

/** The first is the oldest. A draft has one, from when it was made; its time is that of the start from then on. */
export async function listPhases(client: Queryable, experimentIds: readonly number[]): Promise<Map<number, Phase[]>> {
  const { rows } = await client.query<Phase & { experimentId: number }>(
    `select experiment_id as "experimentId", phase, seed, shares, started_at as "startedAt", ended_at as "endedAt"
     from ml_worker.experiment_phases where experiment_id = any ($1::bigint[]) order by experiment_id, phase`,
    [experimentIds],
  )
  const found = new Map<number, Phase[]>()
  for (const { experimentId, ...phase } of rows) found.set(experimentId, [...(found.get(experimentId) ?? []), phase])
  return found
}

export async function insertPhase(
  tx: Transaction,
  experimentId: number,
  { phase, seed, shares }: Pick<Phase, 'phase' | 'seed' | 'shares'>,
): Promise<void> {
  await tx.query(
    `insert into ml_worker.experiment_phases (experiment_id, phase, seed, shares, started_at)
     values ($1::bigint, $2, $3::uuid, $4::float8[], now())`,
    [experimentId, phase, seed, shares],
  )
}

/** The one that goes on. */
export async function endPhase(tx: Transaction, experimentId: number): Promise<void> {
  await tx.query(
    'update ml_worker.experiment_phases set ended_at = now() where experiment_id = $1::bigint and ended_at is null',
    [experimentId],
  )
}

/** Of the first phase of a draft. */
export async function rewritePhase(tx: Transaction, experimentId: number, shares: readonly number[]): Promise<void> {
  await tx.query(
    `update ml_worker.experiment_phases set shares = $2::float8[], started_at = now()
     where experiment_id = $1::bigint and phase = 1`,
    [experimentId, shares],
  )
}
