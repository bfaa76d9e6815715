// The one door by which a deployment changes its status: with its event and its notice, in one transaction, and told to those
// who listen once it is committed.
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../database/pool.ts'
import type { Notices } from '../notifications/notices.ts'
import {
  type Deployment,
  type DeploymentStatus,
  type DeploymentStep,
  type EndStatus,
  isOpen,
  WORKER,
} from './deployment.ts'
import { findActive, insertEvent, timeOf } from './deployments-table.ts'
import { OBSERVE_SECONDS, wordsOf } from './next-step.ts'
import { writeStatus, writeStep } from './steps-table.ts'
import type { Observed } from './targets/target.ts'

/** Hears of each deployment with a new status, after the commit. Must not throw. */
export type ChangeListener = (deployment: Deployment) => void

interface Told {
  readonly reason?: string | null
  /** As in the audit; WORKER where no caller asked for it. */
  readonly actor: string
}

/** Changes of one transaction. The projects of the deployments must be locked in it, but where others are ended. */
export class Changes {
  readonly tx: Transaction
  private readonly notices: Notices
  readonly changed: Deployment[] = []
  /** Deployments that have a step to be done now. */
  readonly due = new Set<number>()
  private timeAsked: Promise<Date> | undefined

  constructor(tx: Transaction, notices: Notices) {
    this.tx = tx
    this.notices = notices
  }

  /**
   * When all of these changes happen: what is kept, the events and the notices have this one time. It is taken behind the
   * locks, so that what waited for them has a later one.
   */
  time(): Promise<Date> {
    this.timeAsked ??= timeOf(this.tx)
    return this.timeAsked
  }

  /** One that was asked for just now. */
  async begun(deployment: Deployment): Promise<void> {
    await this.tell(deployment, { actor: deployment.requestedBy })
  }

  /** Its target begins to work on it. */
  deploying(deployment: Deployment, told: Told): Promise<Deployment> {
    return this.to(deployment, 'deploying', deployment.step, told)
  }

  /** It takes the place of the one that is active, if there is one. */
  async active(deployment: Deployment, told: Told): Promise<Deployment> {
    const before = await findActive(this.tx, deployment)
    if (before !== undefined) await this.to(before, 'replaced', 'remove', told)
    return this.to(deployment, 'active', 'observe', told, OBSERVE_SECONDS)
  }

  /** What is left of it on its target goes. Traffic that was being moved to it goes back to the one that is active. */
  async end(deployment: Deployment, status: EndStatus, told: Told): Promise<Deployment> {
    if (isOpen(deployment) && deployment.step === 'activate') {
      const active = await findActive(this.tx, deployment)
      if (active !== undefined) await this.step(active, 'activate')
    }
    return this.to(deployment, status, 'remove', told)
  }

  /** Its target is to have so many instances; its status stays. */
  async scale(deployment: Deployment, instances: number, { actor }: Told): Promise<void> {
    const { deploymentId, status } = deployment
    await this.step(deployment, 'prepare', instances)
    const reason = `scaled from ${deployment.instances} to ${instances} instances`
    await insertEvent(this.tx, deploymentId, { status, reason, happenedAt: await this.time(), actor })
  }

  /** Its target sees it otherwise than before; its status stays. */
  async seen(deployment: Deployment, observed: Observed): Promise<void> {
    const { deploymentId, status } = deployment
    const reason = `its target sees it ${wordsOf(observed)}`
    await insertEvent(this.tx, deploymentId, { status, reason, happenedAt: await this.time(), actor: WORKER })
    await this.notify({ ...deployment, reason }, { observed: observed.state })
  }

  private async step({ deploymentId }: Deployment, step: DeploymentStep, instances?: number): Promise<void> {
    await writeStep(this.tx, deploymentId, step, instances)
    this.due.add(deploymentId)
  }

  private async to(
    { deploymentId }: Deployment,
    status: DeploymentStatus,
    step: DeploymentStep,
    told: Told,
    waitSeconds = 0,
  ): Promise<Deployment> {
    const { reason = null } = told
    const after = await writeStatus(this.tx, deploymentId, { status, reason, step, waitSeconds, at: await this.time() })
    await this.tell(after, told)
    return after
  }

  private async tell(deployment: Deployment, { reason = null, actor }: Told): Promise<void> {
    const { deploymentId, status, step } = deployment
    await insertEvent(this.tx, deploymentId, { status, reason, happenedAt: await this.time(), actor })
    await this.notify(deployment)
    this.changed.push(deployment)
    if (status === 'pending' || step === 'remove') this.due.add(deploymentId)
  }

  private async notify(deployment: Deployment, seen: { readonly observed?: string } = {}): Promise<void> {
    const { deploymentId, projectId: id, projectName: name, environment, version, runId, target } = deployment
    const { origin, restores, status, reason, requestedBy } = deployment
    const data = {
      ...{ deployment: deploymentId, environment, version, model_run_id: runId, target, origin },
      ...(restores === null ? {} : { restores }),
      status,
      ...(reason === null ? {} : { reason }),
      ...seen,
      requested_by: requestedBy,
    }
    const happenedAt = await this.time()
    await this.notices.append(this.tx, { type: 'deployment.changed', project: { id, name }, data, happenedAt })
  }
}

export class ChangeLog {
  private readonly ownSchema: OwnSchema
  private readonly notices: Notices
  private readonly listeners: ChangeListener[] = []
  private onDue: (deploymentId: number) => void = () => {}

  constructor(ownSchema: OwnSchema, notices: Notices) {
    this.ownSchema = ownSchema
    this.notices = notices
  }

  /** Hears of each deployment that this worker gave a new status. */
  onChange(listener: ChangeListener): void {
    this.listeners.push(listener)
  }

  /** Does the steps that are due; to be called once. */
  workWith(onDue: (deploymentId: number) => void): void {
    this.onDue = onDue
  }

  /** Runs `work` in a transaction; what it changed is told when that is committed. */
  async transact<T>(work: (changes: Changes) => Promise<T>): Promise<T> {
    let made: Changes | undefined
    const result = await inTransaction(this.ownSchema.pool, (tx) => {
      made = new Changes(tx, this.notices)
      return work(made)
    })
    for (const deployment of made?.changed ?? []) for (const listener of this.listeners) listener(deployment)
    for (const deploymentId of made?.due ?? []) this.onDue(deploymentId)
    return result
  }
}
