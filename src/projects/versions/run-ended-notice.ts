// What is told of a training of a project when it has ended.
import type { Notice } from '../../notifications/notices.ts'
import type { Project, VersionTraining } from '../project.ts'
import type { RunOutcome } from './outcome-of-run.ts'

/** version: what the run became; undefined where it became none. The words of a failure are not told: they may quote rows. */
export function runEndedNotice(
  { projectId, name }: Project,
  { runId, request, reproduces }: VersionTraining,
  outcome: Extract<RunOutcome, { state: 'succeeded' | 'failed' }>,
  version: number | undefined,
): Notice {
  const code = outcome.state === 'failed' ? outcome.code : undefined
  return {
    type: 'run.ended',
    project: { id: projectId, name },
    data: {
      model_run_id: runId,
      model_name: request.modelName,
      status: outcome.state === 'succeeded' ? 'SUCCESS' : 'FAILED',
      ...(code === undefined ? {} : { error_code: code }),
      ...(version === undefined ? {} : { version }),
      ...(reproduces === null ? {} : { reproduces }),
    },
  }
}
