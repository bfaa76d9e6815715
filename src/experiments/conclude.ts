// The one door by which an experiment is concluded: with its entry in the audit and its notice, in the transaction of the caller.
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { Transaction } from '../database/pool.ts'
import type { Notices } from '../notifications/notices.ts'
import type { Arm, Experiment } from './experiment.ts'
import { type Conclusion, concludeExperiment } from './experiments-table.ts'

export interface ConcludeParts {
  readonly audit: Pick<Audit, 'append'>
  readonly notices: Notices
}

/** Who concludes by itself, as in the audit. */
export const EXPERIMENTS_WORKER: Caller = { actor: 'worker/experiments', address: null, requestId: null }

/**
 * The experiment must be locked in the transaction. Undefined where it is concluded already: then nothing was written, for a
 * decision is taken once.
 */
export async function conclude(
  { audit, notices }: ConcludeParts,
  tx: Transaction,
  experiment: Experiment,
  end: Omit<Conclusion, 'by'>,
  caller: Caller = EXPERIMENTS_WORKER,
): Promise<Experiment | undefined> {
  const after = await concludeExperiment(tx, experiment, { ...end, by: caller.actor })
  if (after === undefined) return undefined
  const { experimentId, projectId, projectName, environment, name, outcome, finding } = after
  const arm = winnerOf(after)
  const won = arm === undefined ? {} : { arm: arm.name, version: arm.version }
  await audit.append(tx, {
    caller,
    action: 'experiment.conclude',
    resource: `experiment/${experimentId}`,
    details: { project: projectId, name, outcome, ...won },
  })
  // A draft that is given up never took a request.
  if (experiment.state === 'running') {
    const data = { experiment: experimentId, name, environment, outcome, finding, ...won }
    await notices.append(tx, { type: 'experiment.concluded', project: { id: projectId, name: projectName }, data })
  }
  return after
}

/** Undefined of an experiment that none has won. */
export function winnerOf({ winner, plan }: Pick<Experiment, 'winner' | 'plan'>): Arm | undefined {
  return winner === null ? undefined : plan.arms[winner]
}
