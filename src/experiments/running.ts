// Who starts, pauses, resumes and stops an experiment; each with its entry in the audit.
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../database/pool.ts'
import { nameOf as deploymentName } from '../deployments/deployment.ts'
import type { Deployments } from '../deployments/deployments.ts'
import { ServiceError } from '../errors.ts'
import type { Notices } from '../notifications/notices.ts'
import type { Projects } from '../projects/projects.ts'
import { writePaused, writeStarted } from './changes-table.ts'
import { conclude } from './conclude.ts'
import type { Arm, Experiment } from './experiment.ts'
import { countRunning, findRunningIn, RUNNING_MAX } from './experiments-table.ts'
import {
  type ExperimentStory,
  type HeldExperiment,
  holdExperiment,
  nameOf,
  notIn,
  requireExperiment,
  storyOf,
} from './found-experiment.ts'

export interface RunningParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly notices: Notices
  readonly projects: Pick<Projects, 'findActive' | 'lock'>
  readonly deployments: Pick<Deployments, 'requireApproved' | 'requireTrusted' | 'standing'>
  /** Whether predictions of a project are logged, which nobody changes while the transaction holds the project. */
  readonly isLogged: (tx: Transaction, projectId: number) => Promise<boolean>
  /** An experiment of this worker's began, or goes on otherwise; after the commit. Must not throw. */
  readonly onChanged: () => void
}

export class Running {
  private readonly parts: RunningParts

  constructor(parts: RunningParts) {
    this.parts = parts
  }

  /**
   * Requests take part from now on, in every worker within seconds. Throws ServiceError EXPERIMENT_STATE of any but a draft, and
   * of what stands against it everything: VERSION_NOT_APPROVED, VERSION_UNTRUSTED, EXPERIMENT_CONFLICT.
   */
  async start(named: string, experimentId: number, caller: Caller): Promise<ExperimentStory> {
    const { ownSchema, projects, deployments } = this.parts
    const project = await projects.findActive(named)
    const { experiment: draft } = await requireExperiment(ownSchema.pool, project, experimentId)
    if (draft.state !== 'draft') throw notIn(draft, 'only a draft is started')
    const distrusted: ServiceError[] = []
    for (const { version } of draft.plan.arms) {
      await gathered(distrusted, () => deployments.requireTrusted(named, version))
    }
    return this.change(named, experimentId, async (tx, { experiment, project }) => {
      if (experiment.state !== 'draft') throw notIn(experiment, 'only a draft is started')
      if (experiment.revision !== draft.revision) {
        throw new ServiceError('EXPERIMENT_STATE', `${nameOf(experiment)} was changed meanwhile; start it again`)
      }
      const refusals = [...distrusted]
      for (const { version } of experiment.plan.arms) {
        await gathered(refusals, () => deployments.requireApproved(tx, project.projectId, version))
      }
      const conflicts = await this.conflictsOf(tx, experiment)
      if (typeof conflicts !== 'number') {
        refusals.push(...conflicts.map((detail) => new ServiceError('EXPERIMENT_CONFLICT', detail)))
      }
      if (refusals.length > 0 || typeof conflicts !== 'number') throw inOne(refusals)
      const days = experiment.plan.maxDurationDays
      const started = await writeStarted(tx, experimentId, { deploymentId: conflicts, days, by: caller.actor })
      await this.tell(tx, 'experiment.start', started, caller)
      const { projectId: id, projectName: name, environment, plan } = started
      const arms = plan.arms.map(({ name, version }) => ({ name, version }))
      const data = { experiment: experimentId, name: started.name, environment, mode: plan.mode, arms }
      await this.parts.notices.append(tx, { type: 'experiment.started', project: { id, name }, data })
      return started
    })
  }

  /** Control answers everybody, and nobody is exposed. Twice is as good as once. Throws ServiceError EXPERIMENT_STATE. */
  pause(named: string, experimentId: number, caller: Caller): Promise<ExperimentStory> {
    return this.setPaused(named, experimentId, true, caller)
  }

  /** Keys get the arms that they had. Twice is as good as once. Throws ServiceError EXPERIMENT_STATE. */
  resume(named: string, experimentId: number, caller: Caller): Promise<ExperimentStory> {
    return this.setPaused(named, experimentId, false, caller)
  }

  /** Concludes one that runs without a decision, or gives up a draft. Throws ServiceError EXPERIMENT_STATE. */
  stop(named: string, experimentId: number, reason: string, caller: Caller): Promise<ExperimentStory> {
    return this.change(named, experimentId, async (tx, { experiment }) => {
      const finding = `stopped by ${caller.actor}: ${reason}`
      const end = { outcome: 'stopped_by_user', winner: null, finding, decidingLook: null } as const
      const after = await conclude(this.parts, tx, experiment, end, caller)
      if (after === undefined) throw notIn(experiment, 'its outcome stays')
      return after
    })
  }

  private setPaused(named: string, experimentId: number, isPaused: boolean, caller: Caller): Promise<ExperimentStory> {
    return this.change(named, experimentId, async (tx, { experiment }) => {
      if (experiment.state !== 'running') throw notIn(experiment, 'only one that runs is paused and resumed')
      if (experiment.isPaused === isPaused) return experiment
      const after = await writePaused(tx, experimentId, isPaused, caller.actor)
      await this.tell(tx, isPaused ? 'experiment.pause' : 'experiment.resume', after, caller)
      return after
    })
  }

  /** The deployment of the control, or all that stands against a start. */
  private async conflictsOf(tx: Transaction, experiment: Experiment): Promise<number | readonly string[]> {
    const { projectId, projectName, environment, plan } = experiment
    const conflicts: string[] = []
    const [control] = plan.arms as [Arm, ...Arm[]]
    const { active, open } = await this.parts.deployments.standing(tx, { projectId, environment })
    const place = `environment ${environment} of project ${projectName}`
    if (active === undefined) conflicts.push(`nothing is active in ${place}: deploy version ${control.version}`)
    else if (active.version !== control.version) {
      const found = `version ${active.version} is active in ${place}, and the control is version ${control.version}`
      conflicts.push(`${found}: deploy that, or make the first arm version ${active.version}`)
    } else if (active.target !== 'local') {
      conflicts.push(`${deploymentName(active)} answers on ${active.target}: only what this worker serves is compared`)
    }
    if (open !== undefined) {
      const words = `${deploymentName(open)}, of version ${open.version}, is on its way to ${environment}`
      conflicts.push(`${words}: wait for its end`)
    }
    const other = await findRunningIn(tx, projectId, environment)
    if (other !== undefined) conflicts.push(`${nameOf(other)} runs in ${environment}: stop it, or wait for its end`)
    if (!(await this.parts.isLogged(tx, projectId))) {
      const how = `PUT /api/projects/${projectName}/monitoring with "log": "sampled" or "all"`
      conflicts.push(`predictions of project ${projectName} are not logged, so outcomes would find none: ${how}`)
    }
    if ((await countRunning(tx)) >= RUNNING_MAX) conflicts.push(`${RUNNING_MAX} experiments run, which is the most`)
    return conflicts.length === 0 && active !== undefined ? active.deploymentId : conflicts
  }

  private async change(
    named: string,
    experimentId: number,
    work: (tx: Transaction, held: HeldExperiment) => Promise<Experiment>,
  ): Promise<ExperimentStory> {
    const { ownSchema, projects, onChanged } = this.parts
    await ownSchema.require()
    const story = await inTransaction(ownSchema.pool, async (tx) => {
      const held = await holdExperiment(tx, projects, named, experimentId)
      return storyOf(tx, await work(tx, held))
    })
    onChanged()
    return story
  }

  private tell(tx: Transaction, action: string, experiment: Experiment, caller: Caller): Promise<void> {
    const { experimentId, projectId, environment, name, deploymentId: deployment } = experiment
    const details = { project: projectId, environment, name, deployment }
    return this.parts.audit.append(tx, { caller, action, resource: `experiment/${experimentId}`, details })
  }
}

/** Runs the check; a refusal is added to the others. */
async function gathered(refusals: ServiceError[], check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    refusals.push(error)
  }
}

/** Several as one that says each. */
function inOne(refusals: readonly ServiceError[]): ServiceError {
  const [first] = refusals as [ServiceError, ...ServiceError[]]
  if (refusals.length === 1) return first
  const codes = new Set(refusals.map(({ code }) => code))
  return new ServiceError(
    codes.size === 1 ? first.code : 'EXPERIMENT_CONFLICT',
    refusals.map(({ message }) => message).join('; '),
  )
}
