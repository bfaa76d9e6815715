// Experiments as routes draft, change and find them; each change with its entry in the audit.
import { createHash, randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Static } from '@sinclair/typebox'
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction, type Queryable, type Transaction } from '../database/pool.ts'
import { invalidRequest, ServiceError } from '../errors.ts'
import type { Project } from '../projects/project.ts'
import type { Projects } from '../projects/projects.ts'
import { isDigestOf, requestDigestOf } from '../request-digest.ts'
import { requireMatch } from '../revisions.ts'
import { MemberFaults, type WellFormed } from '../rows/member-faults.ts'
import { writeContent } from './changes-table.ts'
import { type CheckArmsParts, checkArms } from './check-arms.ts'
import type { Experiment, ExperimentPlan } from './experiment.ts'
import type { ChangeExperiment, CreateExperiment } from './experiment-schemas.ts'
import { type ExperimentFilter, findByKey, insertExperiment, listExperiments } from './experiments-table.ts'
import { type ExperimentStory, holdExperiment, nameOf, notIn, requireExperiment, storyOf } from './found-experiment.ts'
import { endPhase, insertPhase, listPhases, rewritePhase } from './phases-table.ts'
import { type AskedExperiment, addPlanFaults, askedOf, changedBy, draftOnlyIn, metricsFor } from './plan-request.ts'

export interface ExperimentsParts extends CheckArmsParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly projects: Pick<Projects, 'find' | 'findActive' | 'lock'>
  /** One that runs goes on otherwise; after the commit. Must not throw. */
  readonly onChanged: () => void
}

/** Whoever has more has made a mistake: evidence is collected within a phase. */
const PHASES_MAX = 100

interface CheckedExperiment extends Omit<AskedExperiment, 'plan'> {
  readonly plan: ExperimentPlan
}

export class Experiments {
  private readonly parts: ExperimentsParts

  constructor(parts: ExperimentsParts) {
    this.parts = parts
  }

  /** Adds what stands against a new one, in what is sound. Throws ServiceError PROJECT_UNKNOWN, PROJECT_ARCHIVED. */
  async addFaults(
    named: string,
    given: WellFormed<Static<typeof CreateExperiment>>,
    faults: MemberFaults,
  ): Promise<void> {
    await this.settled(await this.parts.projects.findActive(named), askedOf(given), faults)
  }

  /** The same of a change. Throws ServiceError EXPERIMENT_UNKNOWN, too. */
  async addChangeFaults(
    named: string,
    experimentId: number,
    given: WellFormed<Static<typeof ChangeExperiment>>,
    faults: MemberFaults,
  ): Promise<void> {
    const project = await this.parts.projects.findActive(named)
    const seen = await requireExperiment(this.parts.ownSchema.pool, project, experimentId)
    const changed = changedBy(given, askedIn(seen), faults)
    if (seen.experiment.state === 'draft') await this.settled(project, changed, faults)
    else addPlanFaults(changed, faults)
  }

  /**
   * Drafts an experiment. The same Idempotency-Key again gives what was made. Throws ServiceError REQUEST_INVALID with every
   * fault, PROJECT_UNKNOWN, PROJECT_ARCHIVED, EXPERIMENT_EXISTS, IDEMPOTENCY_KEY_REUSED.
   */
  async create(
    named: string,
    given: Static<typeof CreateExperiment>,
    key: string | undefined,
    caller: Caller,
  ): Promise<ExperimentStory> {
    const { ownSchema, projects } = this.parts
    const project = await projects.findActive(named)
    const { projectId } = project
    const request = [projectId, given]
    const before = await this.repeated(ownSchema.pool, key, request, caller)
    if (before !== undefined) return before
    const { plan, shares, ...content } = await this.checked(project, askedOf(given))
    return inTransaction(ownSchema.pool, async (tx) => {
      await projects.lock(tx, named)
      const of = { projectId, ...content, plan, idempotencyKey: key ?? null, requestDigest: requestDigestOf(request) }
      const experiment = await insertExperiment(tx, { ...of, createdBy: caller.actor })
      if (experiment === undefined) {
        // Another request with the key came first, or an experiment has the name.
        const first = await this.repeated(tx, key, request, caller)
        if (first !== undefined) return first
        throw new ServiceError('EXPERIMENT_EXISTS', `project ${project.name} has an experiment ${content.name}`)
      }
      await insertPhase(tx, experiment.experimentId, { phase: 1, seed: randomUUID(), shares })
      return this.told(tx, 'experiment.create', experiment, caller)
    })
  }

  /** The newest first. Throws ServiceError PROJECT_UNKNOWN. */
  async list(named: string, filter: ExperimentFilter, limit: number, before?: number): Promise<ExperimentStory[]> {
    const { projectId } = await this.parts.projects.find(named)
    const { pool } = this.parts.ownSchema
    const found = await listExperiments(pool, projectId, filter, limit, before)
    const phases = await listPhases(
      pool,
      found.map(({ experimentId }) => experimentId),
    )
    return found.map((experiment) => ({ experiment, phases: phases.get(experiment.experimentId) ?? [] }))
  }

  /** Throws ServiceError PROJECT_UNKNOWN, EXPERIMENT_UNKNOWN. */
  async find(named: string, experimentId: number): Promise<ExperimentStory> {
    const project = await this.parts.projects.find(named)
    return requireExperiment(this.parts.ownSchema.pool, project, experimentId)
  }

  /**
   * Everything of a draft; of one that runs the description, and the shares: those begin a phase with a seed of its own. Where
   * all is as it was, nothing is written. mayRun: throws where the caller may not change what takes requests. Throws
   * ServiceError REQUEST_INVALID, EXPERIMENT_STATE, EXPERIMENT_EXISTS, PRECONDITION_REQUIRED, PRECONDITION_FAILED.
   */
  async change(
    { project: named, experimentId, ifMatch }: { project: string; experimentId: number; ifMatch: string | undefined },
    given: Static<typeof ChangeExperiment>,
    mayRun: () => void,
    caller: Caller,
  ): Promise<ExperimentStory> {
    const { ownSchema, projects } = this.parts
    const project = await projects.findActive(named)
    const seen = await requireExperiment(ownSchema.pool, project, experimentId)
    requireMatch(ifMatch, seen.experiment.revision, nameOf(seen.experiment))
    requireChangeable(seen.experiment, given)
    const changed = await this.checkedChange(project, seen, given)
    const story = await inTransaction(ownSchema.pool, async (tx) => {
      const held = await holdExperiment(tx, projects, named, experimentId)
      const { experiment, phases } = held
      // What was checked was made out of this revision.
      if (experiment.revision !== seen.experiment.revision) {
        throw new ServiceError('PRECONDITION_FAILED', `${nameOf(experiment)} was changed meanwhile; ask again`)
      }
      const { shares, ...content } = changed
      const last = phases.at(-1)
      const sharesDiffer = !isDeepStrictEqual(shares, last?.shares)
      if (!sharesDiffer && isDeepStrictEqual(content, contentOf(experiment))) return held
      const isRunning = experiment.state === 'running'
      if (isRunning) mayRun()
      const after = await writeContent(tx, experimentId, content, caller.actor)
      if (after === undefined) {
        throw new ServiceError('EXPERIMENT_EXISTS', `project ${project.name} has an experiment ${content.name}`)
      }
      if (sharesDiffer && !isRunning) await rewritePhase(tx, experimentId, shares)
      if (sharesDiffer && isRunning) {
        if (phases.length >= PHASES_MAX) throw notIn(experiment, `it has had its ${PHASES_MAX} phases`)
        await endPhase(tx, experimentId)
        await insertPhase(tx, experimentId, { phase: phases.length + 1, seed: randomUUID(), shares })
      }
      return this.told(tx, 'experiment.update', after, caller, held)
    })
    if (story.experiment.state === 'running') this.parts.onChanged()
    return story
  }

  private async checkedChange(
    project: Project,
    seen: ExperimentStory,
    given: Static<typeof ChangeExperiment>,
  ): Promise<CheckedExperiment> {
    const { experiment } = seen
    const faults = new MemberFaults()
    const changed = changedBy(given, askedIn(seen), faults)
    if (experiment.state === 'draft') return this.checked(project, changed, faults)
    addPlanFaults(changed, faults)
    if (!faults.isEmpty) throw invalidRequest(faults)
    return { ...changed, plan: experiment.plan }
  }

  /** Throws ServiceError REQUEST_INVALID with these faults and all others. */
  private async checked(
    project: Project,
    asked: AskedExperiment,
    faults = new MemberFaults(),
  ): Promise<CheckedExperiment> {
    const checked = await this.settled(project, asked, faults)
    if (!faults.isEmpty) throw invalidRequest(faults)
    return checked
  }

  /** With the runs of the arms, and the usual metrics where none are said. Adds every fault; then it means nothing. */
  private async settled(project: Project, asked: AskedExperiment, faults: MemberFaults): Promise<CheckedExperiment> {
    addPlanFaults(asked, faults)
    const { arms, kind } = await checkArms(this.parts, project, asked.plan.arms, faults)
    const successMetrics = kind === undefined ? [] : metricsFor(asked.plan, kind, faults)
    return { ...asked, plan: { ...asked.plan, arms, successMetrics } }
  }

  private async repeated(
    client: Queryable,
    key: string | undefined,
    request: unknown,
    caller: Caller,
  ): Promise<ExperimentStory | undefined> {
    const before = key === undefined ? undefined : await findByKey(client, caller.actor, key)
    if (before === undefined) return undefined
    if (isDigestOf(before.requestDigest, request)) return storyOf(client, before.experiment)
    const detail = `Idempotency-Key ${JSON.stringify(key)} was used for ${nameOf(before.experiment)}, with another body`
    throw new ServiceError('IDEMPOTENCY_KEY_REUSED', detail)
  }

  private async told(
    tx: Transaction,
    action: string,
    experiment: Experiment,
    caller: Caller,
    before?: ExperimentStory,
  ): Promise<ExperimentStory> {
    const story = await storyOf(tx, experiment)
    const { experimentId, projectId, environment, name, revision } = experiment
    await this.parts.audit.append(tx, {
      caller,
      action,
      resource: `experiment/${experimentId}`,
      before: before && digestOf(before),
      after: digestOf(story),
      details: { project: projectId, environment, name, revision, phase: story.phases.length },
    })
    return story
  }
}

/** Of all that can be changed. */
function digestOf({ experiment, phases }: ExperimentStory): string {
  return createHash('sha256')
    .update(JSON.stringify([contentOf(experiment), phases.at(-1)?.shares]))
    .digest('hex')
}

function contentOf({ name, description, environment, plan }: Experiment): Omit<CheckedExperiment, 'shares'> {
  return { name, description, environment, plan }
}

function askedIn({ experiment, phases }: ExperimentStory): AskedExperiment {
  return { ...contentOf(experiment), shares: phases.at(-1)?.shares ?? [] }
}

function requireChangeable(experiment: Experiment, given: Static<typeof ChangeExperiment>): void {
  if (experiment.state === 'concluded') throw notIn(experiment, 'it stays as it is')
  const others = draftOnlyIn(given)
  if (experiment.state === 'draft' || others.length === 0) return
  throw notIn(experiment, `only description and shares can be changed now, not ${others.join(', ')}`)
}
