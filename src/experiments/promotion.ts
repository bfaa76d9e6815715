// The winner of an experiment becomes what is deployed: in one transaction with the experiment, and never across a deployment
// that came since it was started.
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import type { ChangeLog, Changes } from '../deployments/changes.ts'
import { type Deployment, nameOf as deploymentName } from '../deployments/deployment.ts'
import type { Deployments } from '../deployments/deployments.ts'
import type { PreparedDeployment } from '../deployments/wishes.ts'
import { invalidRequest, ServiceError } from '../errors.ts'
import type { Notices } from '../notifications/notices.ts'
import type { Projects } from '../projects/projects.ts'
import { MemberFaults } from '../rows/member-faults.ts'
import { writePromoted } from './changes-table.ts'
import { EXPERIMENTS_WORKER, winnerOf } from './conclude.ts'
import type { Arm, Experiment } from './experiment.ts'
import { type ExperimentStory, holdExperiment, nameOf, notIn, requireExperiment, storyOf } from './found-experiment.ts'

export interface PromotionParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly notices: Notices
  readonly projects: Pick<Projects, 'findActive' | 'lock'>
  readonly deployments: Pick<Deployments, 'prepare' | 'deployIn' | 'standing' | 'findIn'>
  readonly changes: Pick<ChangeLog, 'transact'>
}

export interface PromotionWish {
  /** The name of an arm; undefined: the winner. */
  readonly arm: string | undefined
  readonly note: string | undefined
}

/** A promotion that only its transaction is missing of. */
export interface PreparedPromotion {
  readonly arm: Arm
  readonly deployment: PreparedDeployment
}

export class Promotion {
  private readonly parts: PromotionParts

  constructor(parts: PromotionParts) {
    this.parts = parts
  }

  /**
   * Asks for a deployment of the winner; of another arm only by its name, with a note. The same again gives what was made. Throws
   * ServiceError EXPERIMENT_UNKNOWN, EXPERIMENT_STATE before it is concluded, EXPERIMENT_CONFLICT where the environment is not
   * as it was at the start, and what a deployment is refused with. Then nothing is written, and the outcome stays.
   */
  async promote(named: string, experimentId: number, wish: PromotionWish, caller: Caller): Promise<ExperimentStory> {
    const { ownSchema, projects, changes } = this.parts
    const project = await projects.findActive(named)
    const { experiment: seen } = await requireExperiment(ownSchema.pool, project, experimentId)
    const prepared = await this.prepare(seen, wish, caller)
    return changes.transact(async (made) => {
      const { experiment } = await holdExperiment(made.tx, projects, named, experimentId)
      return storyOf(made.tx, await this.promoteIn(made, experiment, prepared, caller))
    })
  }

  /** Adds what stands against a promotion, in what is sound. Throws ServiceError EXPERIMENT_UNKNOWN, EXPERIMENT_STATE. */
  async addFaults(
    named: string,
    experimentId: number,
    wish: PromotionWish,
    caller: Caller,
    faults: MemberFaults,
  ): Promise<void> {
    const project = await this.parts.projects.findActive(named)
    const { experiment } = await requireExperiment(this.parts.ownSchema.pool, project, experimentId)
    armIn(experiment, wish, caller, faults)
  }

  /**
   * All of a promotion that comes before its transaction. A winner that is only about to be written can be prepared, too: say its
   * arm. Throws ServiceError EXPERIMENT_STATE, REQUEST_INVALID, and what a deployment is refused with.
   */
  async prepare(
    experiment: Experiment,
    wish: PromotionWish,
    caller: Caller = EXPERIMENTS_WORKER,
  ): Promise<PreparedPromotion> {
    const arm = armOf(experiment, wish, caller)
    const { projectName: project, environment } = experiment
    const note = `${nameOf(experiment)}, arm ${arm.name}${wish.note === undefined ? '' : `: ${wish.note}`}`.slice(
      0,
      2000,
    )
    const asker = { caller, idempotencyKey: undefined }
    return {
      arm,
      deployment: await this.parts.deployments.prepare({ project, environment }, { version: arm.version, note }, asker),
    }
  }

  /**
   * The rest, in a transaction of the caller's that has locked the project and then the experiment, which is concluded. Throws
   * ServiceError EXPERIMENT_STATE, EXPERIMENT_CONFLICT, VERSION_NOT_APPROVED before anything is written: the transaction can go
   * on.
   */
  async promoteIn(
    changes: Changes,
    experiment: Experiment,
    { arm, deployment: prepared }: PreparedPromotion,
    caller: Caller = EXPERIMENTS_WORKER,
  ): Promise<Experiment> {
    const { audit, notices, deployments } = this.parts
    const { tx } = changes
    const { experimentId, projectId, projectName, environment, name } = experiment
    if (experiment.state !== 'concluded') throw notIn(experiment, 'it is promoted once it is concluded')
    const before = experiment.promotedAs === null ? undefined : await deployments.findIn(tx, experiment.promotedAs)
    if (before !== undefined && isStanding(before)) {
      if (before.version === arm.version) return experiment
      const words = `${nameOf(experiment)} was promoted as ${deploymentName(before)}, of version ${before.version}`
      throw new ServiceError('EXPERIMENT_CONFLICT', `${words}; deploy version ${arm.version} by hand if that is wanted`)
    }
    if (experiment.deploymentId === null) throw notIn(experiment, 'it never took a request')
    const { active, open } = await deployments.standing(tx, { projectId, environment })
    if (active?.deploymentId !== experiment.deploymentId) throw deployedSince(experiment, active)
    if (open !== undefined) throw deployedSince(experiment, open)
    const deployment = await deployments.deployIn(changes, prepared)
    const after = await writePromoted(tx, experimentId, deployment.deploymentId, caller.actor)
    const told = { environment, name, arm: arm.name, version: arm.version, deployment: deployment.deploymentId }
    await audit.append(tx, {
      caller,
      action: 'experiment.promote',
      resource: `experiment/${experimentId}`,
      details: { project: projectId, ...told },
    })
    const data = { experiment: experimentId, ...told }
    await notices.append(tx, { type: 'experiment.promoted', project: { id: projectId, name: projectName }, data })
    return after
  }
}

/** On its way, or there: one that failed may be asked for again. */
function isStanding({ status }: Deployment): boolean {
  return status !== 'failed' && status !== 'cancelled'
}

/** Throws ServiceError EXPERIMENT_STATE, REQUEST_INVALID. */
function armOf(experiment: Experiment, wish: PromotionWish, caller: Caller): Arm {
  const faults = new MemberFaults()
  const arm = armIn(experiment, wish, caller, faults)
  if (!faults.isEmpty) throw invalidRequest(faults)
  return arm as Arm
}

/**
 * A worker promotes what it is told to, for it is about to write the outcome. Adds what stands against it, in what is sound.
 * Throws ServiceError EXPERIMENT_STATE.
 */
function armIn(
  experiment: Experiment,
  { arm: wanted, note }: PromotionWish,
  caller: Caller,
  faults: MemberFaults,
): Arm | undefined {
  const { plan, outcome } = experiment
  const winner = winnerOf(experiment)
  if (caller !== EXPERIMENTS_WORKER && experiment.state !== 'concluded') {
    throw notIn(experiment, 'it is promoted once it is concluded: stop it, or wait for its outcome')
  }
  if (!faults.areSound('arm')) return undefined
  const arm = wanted === undefined ? winner : plan.arms.find(({ name }) => name === wanted)
  if (arm === undefined) {
    const names = plan.arms.slice(1).map(({ name }) => name)
    const detail =
      wanted === undefined
        ? `missing: the outcome is ${outcome}, without a winner; say which of ${names.join(', ')}, and why as a note`
        : `no such arm; expected one of ${names.join(', ')}`
    faults.add({ in: 'body', parameter: 'arm', detail })
  } else if (arm === plan.arms[0]) {
    faults.add({ in: 'body', parameter: 'arm', detail: 'the control is what is active already' })
  }
  const needsNote = caller !== EXPERIMENTS_WORKER && (arm === undefined || arm !== winner)
  if (needsNote && note === undefined && faults.areSound('note')) {
    faults.add({ in: 'body', parameter: 'note', detail: 'missing: say why an arm is promoted that did not win' })
  }
  return arm
}

function deployedSince(experiment: Experiment, found: Deployment | undefined): ServiceError {
  const { environment, deploymentId } = experiment
  const now =
    found === undefined
      ? 'nothing is active'
      : `${deploymentName(found)}, of version ${found.version}, is ${found.status}`
  const words = `${nameOf(experiment)} was started on deployment ${deploymentId}, and in ${environment} ${now} now`
  return new ServiceError('EXPERIMENT_CONFLICT', `${words}; its outcome stays, deploy by hand if that is still wanted`)
}
