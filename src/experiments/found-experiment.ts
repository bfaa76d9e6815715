// An experiment of a project, with its phases: found, or held until a transaction is over.
import type { Queryable, Transaction } from '../database/pool.ts'
import { ServiceError } from '../errors.ts'
import type { Project } from '../projects/project.ts'
import type { Projects } from '../projects/projects.ts'
import type { Experiment, Phase } from './experiment.ts'
import { findExperiment, lockExperiment } from './experiments-table.ts'
import { listPhases } from './phases-table.ts'

/** What callers see. */
export interface ExperimentStory {
  readonly experiment: Experiment
  /** The oldest first; one at least. */
  readonly phases: readonly Phase[]
}

/** An experiment that nobody changes until the transaction is over, nor what is deployed in its project. */
export interface HeldExperiment extends ExperimentStory {
  readonly project: Project
}

/** Throws ServiceError EXPERIMENT_UNKNOWN where it is of another project. */
export async function requireExperiment(
  client: Queryable,
  { projectId, name }: Pick<Project, 'projectId' | 'name'>,
  experimentId: number,
): Promise<ExperimentStory> {
  const experiment = await findExperiment(client, experimentId)
  if (experiment?.projectId !== projectId) throw unknownExperiment(name, experimentId)
  return storyOf(client, experiment)
}

/** The project is locked first, as everywhere. Throws ServiceError PROJECT_UNKNOWN, PROJECT_ARCHIVED, EXPERIMENT_UNKNOWN. */
export async function holdExperiment(
  tx: Transaction,
  projects: Pick<Projects, 'lock'>,
  named: string,
  experimentId: number,
): Promise<HeldExperiment> {
  const project = await projects.lock(tx, named)
  const experiment = await lockExperiment(tx, experimentId)
  if (experiment?.projectId !== project.projectId) throw unknownExperiment(project.name, experimentId)
  return { project, ...(await storyOf(tx, experiment)) }
}

export async function storyOf(client: Queryable, experiment: Experiment): Promise<ExperimentStory> {
  const { experimentId } = experiment
  return { experiment, phases: (await listPhases(client, [experimentId])).get(experimentId) ?? [] }
}

/** As errors and the audit name it. */
export function nameOf({ experimentId }: Pick<Experiment, 'experimentId'>): string {
  return `experiment ${experimentId}`
}

/** What an experiment that is not in the state is refused with. */
export function notIn(experiment: Experiment, expected: string): ServiceError {
  const { state, isPaused } = experiment
  const words = state === 'running' && isPaused ? 'running, and paused' : state
  return new ServiceError('EXPERIMENT_STATE', `${nameOf(experiment)} is ${words}; ${expected}`)
}

function unknownExperiment(project: string, experimentId: number): ServiceError {
  return new ServiceError('EXPERIMENT_UNKNOWN', `project ${project} has no experiment ${experimentId}`)
}
