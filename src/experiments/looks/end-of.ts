// Whether a look ends an experiment, and how.
import type { Experiment, ExperimentOutcome } from '../experiment.ts'
import type { Judgement } from '../statistics/judgement.ts'
import type { Due } from './looks-table.ts'

export interface End {
  readonly outcome: ExperimentOutcome
  /** The place of the winning arm. */
  readonly winner: number | null
  /** One sentence. */
  readonly finding: string
}

/** What others did to its project or environment comes first: then its figures are of the time before. */
export function endOf(
  { environment, deploymentId }: Pick<Experiment, 'environment' | 'deploymentId'>,
  { isArchived, activeDeploymentId, activeVersion, revokedVersion }: Due,
  { decision }: Pick<Judgement, 'decision'>,
): End | undefined {
  const stopped = { outcome: 'stopped_by_user', winner: null } as const
  if (isArchived) return { ...stopped, finding: 'The project was archived while the experiment ran.' }
  if (activeDeploymentId === null) {
    return { ...stopped, finding: `Nothing is deployed in ${environment} any more, so no arm could go on.` }
  }
  if (activeDeploymentId !== deploymentId) {
    const now = `deployment ${activeDeploymentId} with version ${activeVersion}`
    return { ...stopped, finding: `Another deployment became active in ${environment}: ${now}.` }
  }
  if (revokedVersion !== null) {
    return {
      ...stopped,
      finding: `The approval of version ${revokedVersion} was revoked, so it answers nobody any more.`,
    }
  }
  if (decision === undefined) return undefined
  return { outcome: decision.outcome, winner: decision.winner, finding: decision.reason }
}
