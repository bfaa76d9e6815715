// What is told of a retraining at each of its steps.
import type { Transaction } from '../../database/pool.ts'
import type { Notices } from '../../notifications/notices.ts'
import type { Project } from '../../projects/project.ts'
import type { Retraining } from './retraining.ts'

export function tellRetraining(
  notices: Notices,
  tx: Transaction,
  { projectId: id, name }: Pick<Project, 'projectId' | 'name'>,
  retraining: Retraining,
): Promise<void> {
  const { retrainingId, environment, cause, state, outcome, finding, champion, challenger, runId } = retraining
  // The words of a failure may quote rows.
  const words = outcome === 'failed' ? null : finding
  const known = { outcome, finding: words, champion, challenger, model_run_id: runId }
  const present = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null))
  return notices.append(tx, {
    type: 'retraining.changed',
    project: { id, name },
    data: { retraining: retrainingId, environment, cause, state, ...present },
  })
}
