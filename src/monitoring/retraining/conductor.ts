// Leads each retraining to its end, step by step: a run, a challenger, its comparison with the champion, and what follows.
// Each step can be done again, so that another worker goes on where one was killed.
import type { Logger } from 'pino'
import type { Caller } from '../../caller.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../../database/pool.ts'
import type { Deployments } from '../../deployments/deployments.ts'
import { ERROR_CATALOGUE, ServiceError } from '../../errors.ts'
import type { Notices } from '../../notifications/notices.ts'
import { findProject } from '../../projects/projects-table.ts'
import type { Reviews } from '../../projects/reviews/reviews.ts'
import { findActiveVersion } from '../../projects/standing-table.ts'
import type { VersionTrainings } from '../../projects/versions/version-trainings.ts'
import type { Versions } from '../../projects/versions/versions.ts'
import type { Retraining } from './retraining.ts'
import { tellRetraining } from './retraining-notice.ts'
import {
  listUnderWay,
  lockRetraining,
  type RetrainingEnd,
  writeChallenger,
  writeEnd,
  writeRun,
} from './retrainings-table.ts'

export interface ConductorParts {
  readonly ownSchema: OwnSchema
  readonly notices: Notices
  readonly trainings: Pick<VersionTrainings, 'train' | 'find'>
  readonly versions: Pick<Versions, 'find'>
  readonly reviews: Pick<Reviews, 'decide'>
  readonly deployments: Pick<Deployments, 'deploy'>
  /** What the challenger comes to beside the champion. Throws ServiceError where it cannot be said now. */
  readonly judge: (retraining: Retraining, challenger: number, champion: number) => Promise<RetrainingEnd>
  readonly log: Logger
}

const PAGE_LENGTH = 100
const NOTHING_SAID = {
  ...{ description: undefined, parent: undefined, modelName: undefined, parameters: undefined },
  ...{ labels: undefined, features: undefined, search: undefined, options: {} },
}

export class Conductor {
  private readonly parts: ConductorParts

  constructor(parts: ConductorParts) {
    this.parts = parts
  }

  /** Does the next step of every retraining that has one. What fails for a reason that may pass is tried again at the next call. */
  async conduct(signal: AbortSignal): Promise<void> {
    const { ownSchema, log } = this.parts
    let after = 0
    for (;;) {
      const page = await listUnderWay(ownSchema.pool, after, PAGE_LENGTH)
      for (const retraining of page) {
        signal.throwIfAborted()
        after = retraining.retrainingId
        try {
          await this.step(retraining)
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error
          if (mayPass(error)) log.info({ err: error, retraining: after }, 'a retraining is tried again later')
          else await this.end(retraining, { outcome: 'failed', finding: wordsOf(error) })
        }
      }
      if (page.length < PAGE_LENGTH) return
    }
  }

  private async step(retraining: Retraining): Promise<void> {
    if (retraining.state === 'judging') await this.judge(retraining)
    else if (retraining.runId === null) await this.train(retraining)
    else await this.lookAtRun(retraining, retraining.runId)
  }

  private async train(retraining: Retraining): Promise<void> {
    const { retrainingId, projectId, datasetId } = retraining
    const wish = { ...NOTHING_SAID, datasetId: datasetId ?? undefined, description: `retraining ${retrainingId}` }
    const asker = { caller: callerOf(retraining), traceparent: undefined, idempotencyKey: keyOf(retraining) }
    const { runId } = await this.parts.trainings.train(String(projectId), wish, asker)
    await writeRun(this.parts.ownSchema.pool, retraining, runId)
  }

  private async lookAtRun(retraining: Retraining, runId: number): Promise<void> {
    const training = await this.parts.trainings.find(runId)
    if (training?.state === 'training') return
    const version = training?.version ?? null
    // The words of a failure may quote rows: they are told where the run is.
    if (version === null) await this.end(retraining, { outcome: 'failed', finding: `run ${runId} came to no version` })
    else await this.change(retraining, (tx, locked) => writeChallenger(tx, locked, version))
  }

  private async judge(retraining: Retraining): Promise<void> {
    const { projectId, environment } = retraining
    const challenger = retraining.challenger as number
    const champion = await findActiveVersion(this.parts.ownSchema.pool, projectId, environment)
    const first = `nothing is active in ${environment}: there is no champion to beat`
    const end: RetrainingEnd =
      champion === undefined
        ? { outcome: 'promoted', finding: first }
        : champion === challenger
          ? { outcome: 'kept', finding: `version ${challenger} is active in ${environment} already`, champion }
          : { ...(await this.parts.judge(retraining, challenger, champion)), champion }
    if (end.outcome !== 'promoted') return this.end(retraining, end)
    const followed = await this.promote(retraining, challenger)
    await this.end(retraining, { ...end, finding: `${end.finding}; ${followed}` })
  }

  /** What follows for a challenger that is better, in words. */
  private async promote(retraining: Retraining, challenger: number): Promise<string> {
    const { versions, reviews, deployments } = this.parts
    const { projectId, environment, policy } = retraining
    const project = String(projectId)
    const caller = callerOf(retraining)
    const note = `retraining ${retraining.retrainingId}: it is better than what is active in ${environment}`
    let { reviewState: state } = await versions.find(project, challenger)
    if (state === 'none')
      ({ state } = await reviews.decide(project, challenger, { decision: 'requested', note }, caller))
    if (state !== 'approved') return `the review of version ${challenger} is ${state}`
    if (policy.promote === 'review') return `version ${challenger} is approved`
    const asker = { caller, idempotencyKey: keyOf(retraining) }
    const { deploymentId } = await deployments.deploy({ project, environment }, { version: challenger, note }, asker)
    return `version ${challenger} is deployed in ${environment}, as deployment ${deploymentId}`
  }

  private end(retraining: Retraining, end: RetrainingEnd): Promise<void> {
    return this.change(retraining, (tx, locked) => writeEnd(tx, locked, end))
  }

  /** Nothing where somebody else has changed it meanwhile. */
  private async change(
    { retrainingId, state }: Retraining,
    write: (tx: Transaction, locked: Retraining) => Promise<Retraining>,
  ): Promise<void> {
    await inTransaction(this.parts.ownSchema.pool, async (tx) => {
      const locked = await lockRetraining(tx, retrainingId)
      if (locked?.state !== state) return
      const project = await findProject(tx, locked.projectId)
      const changed = await write(tx, locked)
      if (project !== undefined) await tellRetraining(this.parts.notices, tx, project, changed)
    })
  }
}

/** In whose name the steps are done. */
function callerOf({ requestedBy }: Retraining): Caller {
  return { actor: requestedBy, address: null, requestId: null }
}

function keyOf({ retrainingId }: Retraining): string {
  return `worker/retraining-${retrainingId}`
}

/** The same call may do better later. */
function mayPass({ code }: ServiceError): boolean {
  const { status } = ERROR_CATALOGUE[code]
  return status === 429 || status >= 500
}

/** Details may quote rows where a request is at fault. */
function wordsOf({ code, message }: ServiceError): string {
  return code === 'REQUEST_INVALID' || code === 'BODY_MALFORMED' ? `the training was refused: ${code}` : message
}
