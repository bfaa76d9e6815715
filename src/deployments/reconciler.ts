// Moves deployments towards what was asked for, one step at a time: whoever has the lease calls the target, and writes what
// came of it. A worker that is killed at any moment leaves a lease that ends; the next one goes on from what is written.
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import { lockProject } from '../projects/projects-table.ts'
import type { Activate } from './activation.ts'
import type { ChangeLog } from './changes.ts'
import { planOf, WORKER } from './deployment.ts'
import { type NextStep, nextStep, type StepOutcome } from './next-step.ts'
import {
  type Claim,
  claimDeployment,
  endStep,
  isTrafficMoving,
  listDue,
  lockClaimed,
  releaseLease,
  renewLease,
  secondsUntilDue,
} from './steps-table.ts'
import type { DeploymentTarget, Observed } from './targets/target.ts'
import type { Targets } from './targets/targets.ts'

export interface ReconcilerParts {
  readonly ownSchema: OwnSchema
  readonly changes: ChangeLog
  readonly targets: Targets
  readonly activate: Activate
  /** Of this process alone. */
  readonly owner: string
  /** How long a deployment may take until it is active. */
  readonly timeoutSeconds: number
  readonly log: Logger
}

const LEASE_SECONDS = 15
const RENEW_MS = 5_000
/** Longest call of a target. */
const STEP_TIMEOUT_MS = 120_000
/** Steps of this worker at once: a target that does not answer keeps no other deployment waiting. */
const STEPS_AT_ONCE = 16
/** A next step that comes within so many seconds is done by the same worker; the sweep comes to later ones. */
const FOLLOW_SECONDS_MAX = 5
/** While another deployment of the slot has the traffic moved to it. */
const TRAFFIC_WAIT_SECONDS = 1
/** While a step of another deployment of the slot comes first. */
const ORDER_WAIT_SECONDS = 0.25
const SWEPT_AT_ONCE = 200

interface Work {
  /** Something happened to the deployment: its step may be another one. */
  isKicked: boolean
  /** Ends the wait for the next step. */
  wake: () => void
  ended: Promise<void>
}

export class Reconciler {
  private readonly parts: ReconcilerParts
  private readonly queue = new PQueue({ concurrency: STEPS_AT_ONCE })
  private readonly atWork = new Map<number, Work>()
  private readonly closing = new AbortController()

  constructor(parts: ReconcilerParts) {
    this.parts = parts
  }

  /** Does the steps of a deployment that are due, here and now. Throws nothing: the sweep comes to what fails. */
  kick(deploymentId: number): void {
    if (this.closing.signal.aborted) return
    const present = this.atWork.get(deploymentId)
    if (present === undefined) {
      const work: Work = { isKicked: false, wake: () => {}, ended: Promise.resolve() }
      this.atWork.set(deploymentId, work)
      work.ended = this.work(deploymentId, work)
      return
    }
    present.isKicked = true
    present.wake()
  }

  /** Begins every step that is due and that nobody has. */
  async sweep(): Promise<void> {
    const { ownSchema } = this.parts
    if (!(await ownSchema.isUsable())) return
    for (const deploymentId of await listDue(ownSchema.pool, SWEPT_AT_ONCE)) this.kick(deploymentId)
  }

  /** Ends the steps of this worker: another one, or the next start, does them again. */
  async close(): Promise<void> {
    this.closing.abort(new Error('the worker stops'))
    for (const { wake } of this.atWork.values()) wake()
    await Promise.all([...this.atWork.values()].map(({ ended }) => ended))
  }

  private async work(deploymentId: number, work: Work): Promise<void> {
    try {
      for (;;) {
        work.isKicked = false
        const waitSeconds = await this.queue.add(() => this.takeStep(deploymentId))
        if (this.closing.signal.aborted) return
        if (work.isKicked) continue
        if (waitSeconds === undefined || waitSeconds > FOLLOW_SECONDS_MAX) return
        await pause(waitSeconds * 1000, work)
      }
    } catch (error) {
      const level = isDatabaseUnavailable(error) ? 'debug' : 'warn'
      this.parts.log[level]({ err: error, deploymentId }, 'a step of a deployment is taken again later')
    } finally {
      this.atWork.delete(deploymentId)
    }
  }

  /** Seconds until the next step; undefined where none is due, or another worker has it. */
  private async takeStep(deploymentId: number): Promise<number | undefined> {
    const { ownSchema, owner, targets } = this.parts
    if (this.closing.signal.aborted) return undefined
    const claimed = await claimDeployment(ownSchema.pool, deploymentId, { owner, leaseSeconds: LEASE_SECONDS })
    if (claimed === undefined) {
      const seconds = await secondsUntilDue(ownSchema.pool, deploymentId)
      return seconds === undefined ? undefined : Math.max(ORDER_WAIT_SECONDS, seconds)
    }
    try {
      const claim = await this.begin(claimed)
      if (claim === undefined) return 0
      // A target that this worker does not have any more may be another's: it is tried again like one that does not answer.
      const call = async (signal: AbortSignal) => callTarget(targets.require(claim.deployment.target), claim, signal)
      const outcome = await this.whileLeased(claim, call)
      return await this.conclude(claim, outcome)
    } finally {
      // Where the step is written, the lease has ended with it.
      await releaseLease(ownSchema.pool, claimed)
    }
  }

  /** A deployment that nobody worked on yet is worked on from now on. Undefined where it was ended meanwhile. */
  private async begin(claim: Claim): Promise<Claim | undefined> {
    if (claim.deployment.status !== 'pending') return claim
    return this.parts.changes.transact(async (changes) => {
      const present = await lockClaimed(changes.tx, claim)
      if (present?.status !== 'pending') return undefined
      return { ...claim, deployment: await changes.deploying(present, { actor: WORKER }) }
    })
  }

  /** What comes of the call of a target, within its time and the lease. Throws when the worker stops, or has lost the lease. */
  private async whileLeased(claim: Claim, call: (signal: AbortSignal) => Promise<Observed>): Promise<StepOutcome> {
    const { ownSchema } = this.parts
    const lost = new AbortController()
    const renewal = setInterval(() => {
      renewLease(ownSchema.pool, claim, LEASE_SECONDS).then(
        (isOurs) => {
          if (!isOurs) lost.abort(new Error('another worker has the deployment'))
        },
        // The lease may end before the database is back: then the result is refused.
        () => {},
      )
    }, RENEW_MS)
    const ends = AbortSignal.any([this.closing.signal, lost.signal])
    const signal = AbortSignal.any([ends, AbortSignal.timeout(STEP_TIMEOUT_MS)])
    try {
      return await Promise.race([call(signal), abortion(signal)])
    } catch (error) {
      ends.throwIfAborted()
      const { deploymentId, target, step } = claim.deployment
      this.parts.log.warn(
        { err: error, deploymentId, target, step },
        'a step of a deployment failed; it is tried again',
      )
      return { state: 'threw', message: error instanceof Error ? error.message : String(error) }
    } finally {
      clearInterval(renewal)
    }
  }

  /** Writes what comes next. Seconds until then; 0 too where the deployment was changed meanwhile. */
  private async conclude(claim: Claim, outcome: StepOutcome): Promise<number> {
    const { deployment, failures } = claim
    const isOverdue = Date.now() - deployment.requestedAt.getTime() > this.parts.timeoutSeconds * 1000
    const next = nextStep(deployment, outcome, { failures, isOverdue })
    const observed = outcome.state === 'threw' ? null : outcome
    if (next.type === 'go_on') return this.goOn(claim, next, observed)
    if (next.type === 'move_traffic') return this.moveTraffic(claim, observed)
    if (next.type === 'become_active') {
      await this.parts.activate(claim, observed)
      return 0
    }
    await this.parts.changes.transact(async (changes) => {
      await lockProject(changes.tx, deployment.projectId)
      if (!(await endStep(changes.tx, claim, { step: deployment.step, waitSeconds: 0, failures: 0, observed }))) return
      await changes.end(deployment, 'failed', { reason: next.reason, actor: WORKER })
    })
    return 0
  }

  private async goOn(
    claim: Claim,
    { step, waitSeconds, failures }: Extract<NextStep, { type: 'go_on' }>,
    observed: Observed | null,
  ): Promise<number> {
    const { ownSchema, changes } = this.parts
    const { deployment } = claim
    const end = { step, waitSeconds, failures, observed }
    const isSeenOtherwise = observed !== null && observed.state !== deployment.observed?.state
    if (deployment.status !== 'active' || !isSeenOtherwise) {
      return (await endStep(ownSchema.pool, claim, end)) ? waitSeconds : 0
    }
    return changes.transact(async (made) => {
      if (!(await endStep(made.tx, claim, end))) return 0
      await made.seen(deployment, observed)
      return waitSeconds
    })
  }

  private moveTraffic(claim: Claim, observed: Observed | null): Promise<number> {
    const { deployment } = claim
    return this.parts.changes.transact(async ({ tx }) => {
      await lockProject(tx, deployment.projectId)
      const isMoving = await isTrafficMoving(tx, deployment)
      const end = isMoving
        ? ({ step: deployment.step, waitSeconds: TRAFFIC_WAIT_SECONDS } as const)
        : ({ step: 'activate', waitSeconds: 0 } as const)
      return (await endStep(tx, claim, { ...end, failures: 0, observed })) ? end.waitSeconds : 0
    })
  }
}

async function callTarget(target: DeploymentTarget, { deployment }: Claim, signal: AbortSignal): Promise<Observed> {
  const plan = planOf(deployment)
  switch (deployment.step) {
    case 'prepare':
      return target.prepare(plan, signal)
    case 'activate':
      return target.activate(plan, signal)
    case 'observe':
      return target.observe(plan, signal)
    default: {
      const isGone = await target.remove(plan, signal)
      return isGone ? { state: 'absent' } : { state: 'in_progress', message: 'it is being removed' }
    }
  }
}

function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function pause(waitMs: number, work: Work): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs)
    work.wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })
}
