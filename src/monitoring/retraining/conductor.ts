// Leads each retraining to its end, step by step: rows, a run, a challenger, its comparison with the champion, and what follows.
// Each step can be done again, so that another worker goes on where one was killed.
import type { Logger } from 'pino'
import type { Caller } from '../../caller.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../../database/pool.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import { ERROR_CATALOGUE, ServiceError } from '../../errors.ts'
import type { Notices } from '../../notifications/notices.ts'
import { findProject } from '../../projects/projects-table.ts'
import { findActiveVersion } from '../../projects/standing-table.ts'
import type { VersionTrainings } from '../../projects/versions/version-trainings.ts'
import type { CollectorResult } from './collecting/collector.ts'
import { trainedWithout, trainingOfLog } from './collecting/training-of-log.ts'
import {
  type Better,
  deployChallenger,
  expiredEnd,
  type FollowParts,
  followReview,
  foundOf,
} from './follow-challenger.ts'
import type { Retraining } from './retraining.ts'
import { tellRetraining } from './retraining-notice.ts'
import {
  listUnderWay,
  lockRetraining,
  type RetrainingEnd,
  writeChallenger,
  writeEnd,
  writeReviewing,
  writeRun,
  writeTraining,
} from './retrainings-table.ts'

export interface ConductorParts extends FollowParts {
  readonly ownSchema: OwnSchema
  readonly notices: Notices
  readonly trainings: Pick<VersionTrainings, 'train' | 'find'>
  /** The rows of one that is to learn from the log. Throws ServiceError. */
  readonly collect: (retraining: Retraining, signal: AbortSignal) => Promise<CollectorResult>
  /** What the challenger comes to beside the champion. Throws ServiceError where it cannot be said now. */
  readonly judge: (retraining: Retraining, challenger: number, champion: number) => Promise<RetrainingEnd>
  readonly log: Logger
  readonly now: () => Date
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
          await this.step(retraining, signal)
        } catch (error) {
          // What a worker that ends has begun, another one does.
          if (signal.aborted || isDatabaseUnavailable(error)) throw error
          if (error instanceof ServiceError && mayPass(error)) {
            log.info({ err: error, retraining: after }, 'a retraining is tried again later')
            continue
          }
          // One that fails keeps no other waiting.
          if (!(error instanceof ServiceError)) log.error({ err: error, retraining: after }, 'a retraining failed')
          await this.end(retraining, { outcome: 'failed', finding: wordsOf(error) })
        }
      }
      if (page.length < PAGE_LENGTH) return
    }
  }

  private async step(retraining: Retraining, signal: AbortSignal): Promise<void> {
    const { state, runId } = retraining
    if (state === 'collecting') await this.collect(retraining, signal)
    else if (state === 'judging') await this.judge(retraining)
    else if (state === 'reviewing') await this.follow(retraining as Better)
    else if (runId === null) await this.train(retraining)
    else await this.lookAtRun(retraining, runId)
  }

  private async collect(retraining: Retraining, signal: AbortSignal): Promise<void> {
    const result = await this.parts.collect(retraining, signal)
    if (result === 'later') return
    if ('outcome' in result) {
      await this.end(retraining, result)
      return
    }
    const changed = await this.change(retraining, (tx, locked) => writeTraining(tx, locked, result.datasetId))
    if (changed !== undefined) await this.train(changed)
  }

  private async train(retraining: Retraining): Promise<void> {
    const { retrainingId, projectId, datasetId, collected } = retraining
    const project = await findProject(this.parts.ownSchema.pool, projectId)
    const without = collected && project && trainedWithout(project)
    const description = [`retraining ${retrainingId}`, without].filter(Boolean).join(', ')
    const ofLog = collected === null ? {} : trainingOfLog(collected)
    const wish = { ...NOTHING_SAID, datasetId: datasetId ?? undefined, description, ...ofLog }
    const asker = { caller: callerOf(retraining), traceparent: undefined, idempotencyKey: keyOf(retraining) }
    const { runId } = await this.parts.trainings.train(String(projectId), wish, asker)
    await writeRun(this.parts.ownSchema.pool, retraining, runId)
  }

  private async lookAtRun(retraining: Retraining, runId: number): Promise<void> {
    const training = await this.parts.trainings.find(runId)
    if (training?.state === 'training') return
    const version = training?.version ?? null
    // The words of a failure may quote rows: they are told where the run is.
    if (version === null) {
      await this.end(retraining, { outcome: 'failed', finding: `run ${runId} came to no version` })
      return
    }
    await this.change(retraining, (tx, locked) => writeChallenger(tx, locked, version))
    await this.judge({ ...retraining, state: 'judging', challenger: version })
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
    if (end.outcome !== 'promoted') {
      await this.end(retraining, end)
      return
    }
    const { finding, comparison = null } = end
    await this.follow({ ...retraining, challenger, finding, comparison, champion: champion ?? null })
  }

  /** Of a challenger that is better: its review, then its deployment. */
  private async follow(retraining: Better): Promise<void> {
    const followed = await followReview(this.parts, retraining)
    if (followed === 'deploy') await deployChallenger(this.parts, retraining)
    else if (followed !== 'reviewing') await this.end(retraining, { ...foundOf(retraining), ...followed })
    else if (retraining.state === 'reviewing') await this.expire(retraining)
    else {
      await this.change(retraining, (tx, locked) => writeReviewing(tx, locked, foundOf(retraining)))
    }
  }

  /** Where its time is over. The review of the challenger stays as it is. */
  private async expire(retraining: Better): Promise<void> {
    const { log, now } = this.parts
    const expired = expiredEnd(retraining, now())
    if (expired === undefined) return
    const ended = await this.end(retraining, { ...foundOf(retraining), ...expired })
    if (ended === undefined) return
    const { retrainingId, projectId, challenger } = retraining
    log.warn(
      { retraining: retrainingId, projectId, challenger },
      'the challenger of a retraining was not reviewed in time',
    )
  }

  private async end(retraining: Retraining, end: RetrainingEnd): Promise<Retraining | undefined> {
    return this.change(retraining, (tx, locked) => writeEnd(tx, locked, end))
  }

  /** Nothing where somebody else has changed it meanwhile: then undefined. */
  private async change(
    { retrainingId, state }: Retraining,
    write: (tx: Transaction, locked: Retraining) => Promise<Retraining | undefined>,
  ): Promise<Retraining | undefined> {
    return inTransaction(this.parts.ownSchema.pool, async (tx) => {
      const locked = await lockRetraining(tx, retrainingId)
      if (locked?.state !== state) return undefined
      const project = await findProject(tx, locked.projectId)
      const changed = await write(tx, locked)
      if (changed !== undefined && project !== undefined) await tellRetraining(this.parts.notices, tx, project, changed)
      return changed
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

/** The same call may do better later: also of an approval that was revoked at that moment. */
function mayPass({ code }: ServiceError): boolean {
  const { status } = ERROR_CATALOGUE[code]
  return status === 429 || status >= 500 || code === 'VERSION_NOT_APPROVED' || code === 'REVIEW_OUT_OF_ORDER'
}

/** Details may quote rows where a request is at fault. */
function wordsOf(error: unknown): string {
  if (!(error instanceof ServiceError)) return 'it failed; the log of the worker says why'
  const { code, message } = error
  return code === 'REQUEST_INVALID' || code === 'BODY_MALFORMED' ? `the training was refused: ${code}` : message
}
