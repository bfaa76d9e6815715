// Retrainings as routes ask for them and as the policy of a project begins them; each with its entry in the audit and its notice.
import { createHash } from 'node:crypto'
import type { Audit } from '../../audit/audit.ts'
import type { Caller } from '../../caller.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../../database/pool.ts'
import type { DataSets } from '../../datasets/data-sets.ts'
import { invalidRequest, ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import type { Notices } from '../../notifications/notices.ts'
import type { Project } from '../../projects/project.ts'
import type { Projects } from '../../projects/projects.ts'
import { requireMatch } from '../../revisions.ts'
import { type GivenLog, withLog } from './policy-schemas.ts'
import { type Cause, DEFAULT_POLICY, type Retraining, type RetrainingPolicy, type StoredPolicy } from './retraining.ts'
import { tellRetraining } from './retraining-notice.ts'
import { findPolicy, lockPolicy, putPolicy } from './retraining-policies-table.ts'
import {
  findRetraining,
  insertRetraining,
  listRetrainings,
  lockOpenOf,
  writeAccepted,
  writeEnd,
} from './retrainings-table.ts'
import { nextAfter } from './schedule.ts'

export interface RetrainingsParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly notices: Notices
  readonly projects: Pick<Projects, 'find' | 'lock'>
  readonly dataSets: Pick<DataSets, 'findContent'>
  readonly now: () => Date
}

export interface RetrainingWish {
  readonly note: string | undefined
  /** Undefined: the newest data set of the name that the project has. */
  readonly datasetId: number | undefined
  /** Undefined: that of the policy. */
  readonly environment: string | undefined
  /** What is said of the data; all else is as the policy has it. */
  readonly log: GivenLog
}

export class Retrainings {
  private readonly parts: RetrainingsParts

  constructor(parts: RetrainingsParts) {
    this.parts = parts
  }

  /**
   * Begins a retraining, or accepts the suggestion that waits. Throws ServiceError RETRAINING_UNDER_WAY, PROJECT_UNKNOWN,
   * PROJECT_ARCHIVED, DATASET_UNKNOWN, DATASET_DELETED, and REQUEST_INVALID of a data set and the log at once.
   */
  async begin(named: string, wish: RetrainingWish, caller: Caller): Promise<Retraining> {
    const { ownSchema, projects, dataSets } = this.parts
    await ownSchema.require()
    // What is wrong whatever the policy says is told first.
    if (wish.log.data !== undefined || wish.datasetId !== undefined) policyFor(wish, DEFAULT_POLICY)
    if (wish.datasetId !== undefined) await dataSets.findContent(wish.datasetId)
    return inTransaction(ownSchema.pool, async (tx) => {
      const project = await projects.lock(tx, named)
      const open = await lockOpenOf(tx, project.projectId)
      if (open !== undefined && open.state !== 'suggested') throw underWay(project, open)
      const before = open?.policy ?? (await findPolicy(tx, project.projectId))?.policy ?? DEFAULT_POLICY
      const policy = policyFor(wish, before)
      const asked = {
        note: wish.note ?? null,
        datasetId: wish.datasetId ?? null,
        requestedBy: caller.actor,
        policy,
        state: firstState(policy),
      }
      if (open !== undefined) return this.told(tx, project, await writeAccepted(tx, open, asked), caller)
      const environment = wish.environment ?? policy.environment
      const made = { ...asked, cause: 'demand', environment } as const
      // The project is locked: nobody has begun another one meanwhile.
      return (await this.insert(tx, project, made, caller)) as Retraining
    })
  }

  /** By the policy of the project. Nothing is begun where one of the project is open: undefined. */
  async beginBy(
    tx: Transaction,
    project: Project,
    policy: RetrainingPolicy,
    cause: Exclude<Cause, 'demand'>,
    note: string,
  ): Promise<Retraining | undefined> {
    const caller: Caller = { actor: `policy/${project.name}`, address: null, requestId: null }
    const { environment, mode } = policy
    const state = mode === 'automatic' ? firstState(policy) : 'suggested'
    const asked = { note, datasetId: null, requestedBy: caller.actor }
    return this.insert(tx, project, { ...asked, cause, environment, policy, state }, caller)
  }

  /** Throws ServiceError RETRAINING_UNKNOWN, and RETRAINING_UNDER_WAY of one that waits for nobody. */
  async dismiss(named: string, retrainingId: number, note: string | undefined, caller: Caller): Promise<Retraining> {
    const { ownSchema, projects } = this.parts
    await ownSchema.require()
    return inTransaction(ownSchema.pool, async (tx) => {
      const project = await projects.lock(tx, named)
      const found = await findRetraining(tx, project.projectId, retrainingId)
      if (found === undefined) throw unknown(project, retrainingId)
      const open = await lockOpenOf(tx, project.projectId)
      const isWaiting = open?.state === 'suggested' || open?.state === 'reviewing'
      if (open?.retrainingId !== retrainingId || !isWaiting) throw underWay(project, found)
      const finding = [open.finding, note ?? `dismissed by ${caller.actor}`].filter(Boolean).join('; ')
      return this.told(tx, project, await writeEnd(tx, open, { outcome: 'dismissed', finding }), caller)
    })
  }

  /** The newest first. Throws ServiceError PROJECT_UNKNOWN. */
  async list(named: string, limit: number, before?: number): Promise<Retraining[]> {
    const { projectId } = await this.parts.projects.find(named)
    return listRetrainings(this.parts.ownSchema.pool, projectId, limit, before)
  }

  /** Throws ServiceError PROJECT_UNKNOWN, RETRAINING_UNKNOWN. */
  async find(named: string, retrainingId: number): Promise<Retraining> {
    const project = await this.parts.projects.find(named)
    const found = await findRetraining(this.parts.ownSchema.pool, project.projectId, retrainingId)
    if (found === undefined) throw unknown(project, retrainingId)
    return found
  }

  /** Undefined while nobody has said anything. Throws ServiceError PROJECT_UNKNOWN. */
  async policy(named: string): Promise<StoredPolicy | undefined> {
    const { projectId } = await this.parts.projects.find(named)
    return findPolicy(this.parts.ownSchema.pool, projectId)
  }

  /** Throws ServiceError PROJECT_UNKNOWN, PROJECT_ARCHIVED, PRECONDITION_REQUIRED, PRECONDITION_FAILED. */
  async putPolicy(
    named: string,
    policy: RetrainingPolicy,
    ifMatch: string | undefined,
    caller: Caller,
  ): Promise<StoredPolicy> {
    const { ownSchema, projects, audit, now } = this.parts
    await ownSchema.require()
    return inTransaction(ownSchema.pool, async (tx) => {
      const project = await projects.lock(tx, named)
      const before = await lockPolicy(tx, project.projectId)
      requireMatch(ifMatch, before?.revision, `the retraining policy of project ${project.name}`)
      const nextDueAt = policy.cron === null ? undefined : nextAfter(policy.cron, now())
      const after = await putPolicy(tx, project.projectId, policy, nextDueAt, caller.actor)
      await audit.append(tx, {
        caller,
        action: 'retraining-policy.put',
        resource: `project/${project.projectId}`,
        before: before && digestOf(before.policy),
        after: digestOf(policy),
        details: { name: project.name, mode: policy.mode, promote: policy.promote, revision: after.revision },
      })
      return after
    })
  }

  private async insert(
    tx: Transaction,
    project: Project,
    made: Omit<Parameters<typeof insertRetraining>[1], 'projectId'>,
    caller: Caller,
  ): Promise<Retraining | undefined> {
    const begun = await insertRetraining(tx, { ...made, projectId: project.projectId })
    return begun && this.told(tx, project, begun, caller)
  }

  private async told(tx: Transaction, project: Project, retraining: Retraining, caller: Caller): Promise<Retraining> {
    const { retrainingId, cause, state, outcome } = retraining
    await this.parts.audit.append(tx, {
      caller,
      action: outcome === 'dismissed' ? 'retraining.dismiss' : 'retraining.begin',
      resource: `project/${project.projectId}`,
      details: { name: project.name, retraining: retrainingId, cause, state },
    })
    await tellRetraining(this.parts.notices, tx, project, retraining)
    return retraining
  }
}

function firstState({ data }: RetrainingPolicy): 'collecting' | 'training' {
  return data === 'log' ? 'collecting' : 'training'
}

/** Of one retraining: a data set that is named goes before the log of the policy. Throws ServiceError REQUEST_INVALID. */
function policyFor({ datasetId, log }: RetrainingWish, before: RetrainingPolicy): RetrainingPolicy {
  const data = log.data ?? (datasetId === undefined ? before.data : 'dataset')
  const faults = new FaultList()
  if (data === 'log' && datasetId !== undefined) {
    faults.add({ in: 'body', parameter: 'dataset_id', detail: 'expected none with data=log' })
  }
  for (const [parameter, value] of Object.entries(log)) {
    if (data === 'log' || parameter === 'data' || value === undefined) continue
    faults.add({ in: 'body', parameter, detail: 'expected with data=log alone' })
  }
  if (!faults.isEmpty) throw invalidRequest(faults)
  return { ...before, ...withLog(before, { ...log, data }) }
}

function digestOf(policy: RetrainingPolicy): string {
  return createHash('sha256').update(JSON.stringify(policy)).digest('hex')
}

function underWay({ name }: Project, { retrainingId, state }: Retraining): ServiceError {
  const detail = `retraining ${retrainingId} of project ${name} is ${state}`
  return new ServiceError('RETRAINING_UNDER_WAY', detail)
}

function unknown({ name }: Project, retrainingId: number): ServiceError {
  return new ServiceError('RETRAINING_UNKNOWN', `project ${name} has no retraining ${retrainingId}`)
}
