// What trainings of versions come to: a run that has succeeded is given its number. Whatever is killed between the two is found
// again by the job that looks after trainings without an end.
import type { Logger } from 'pino'
import type { Audit } from '../../audit/audit.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../../database/pool.ts'
import type { Notices } from '../../notifications/notices.ts'
import type { Signatures } from '../../signing/signatures.ts'
import { manifestOf } from '../manifests/manifest-of.ts'
import type { Version, VersionTraining } from '../project.ts'
import { findProject, lockProject, takeVersionNumber } from '../projects-table.ts'
import type { Reviews } from '../reviews/reviews.ts'
import type { RunOutcome } from './outcome-of-run.ts'
import { runEndedNotice } from './run-ended-notice.ts'
import { endTraining, findTraining, listOpenTrainings, lockOpenTraining } from './version-trainings-table.ts'
import { findVersion, insertVersion } from './versions-table.ts'

export interface TrainingEndsParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  /** What became of a run; "open" while it has no end. */
  readonly outcomeOf: (runId: number) => Promise<RunOutcome>
  readonly signatures: Pick<Signatures, 'sign'>
  readonly reviews: Pick<Reviews, 'versionMade'>
  readonly notices: Notices
  readonly log: Logger
}

/** A run that is not there so long after it was asked for will not come. */
const ABSENT_SECONDS = 900
const PAGE_LENGTH = 200

export class TrainingEnds {
  private readonly parts: TrainingEndsParts
  private readonly underWay = new Set<Promise<void>>()

  constructor(parts: TrainingEndsParts) {
    this.parts = parts
  }

  /** The run has an end, as far as this worker knows. Throws nothing: the job comes to it where it cannot be concluded now. */
  runEnded(runId: number): void {
    const concluded = this.conclude(runId).catch((error) => {
      this.parts.log.warn({ err: error, runId }, 'what a training means to its project is looked at again later')
    })
    this.underWay.add(concluded)
    concluded.finally(() => this.underWay.delete(concluded))
  }

  async settled(): Promise<void> {
    await Promise.all(this.underWay)
  }

  /** Concludes every training whose run has its end, whoever trained it. */
  async sweep(signal: AbortSignal): Promise<void> {
    const { ownSchema } = this.parts
    let after = 0
    for (;;) {
      const page = await listOpenTrainings(ownSchema.pool, after, PAGE_LENGTH)
      for (const { runId, secondsAgo } of page) {
        signal.throwIfAborted()
        await this.conclude(runId, secondsAgo > ABSENT_SECONDS)
        after = runId
      }
      if (page.length < PAGE_LENGTH) return
    }
  }

  /**
   * Writes what became of a training, once, whoever comes first: a version with the next number, or the answer to a
   * reproduction, or why it failed. isOverdue: a run that is not there will not come.
   */
  async conclude(runId: number, isOverdue = false): Promise<void> {
    const { ownSchema, outcomeOf } = this.parts
    // Most runs belong to no project.
    if (!(await ownSchema.isUsable())) return
    if ((await findTraining(ownSchema.pool, runId))?.state !== 'training') return
    const outcome = await outcomeOf(runId)
    if (outcome.state === 'open' || (outcome.state === 'absent' && !isOverdue)) return
    await inTransaction(ownSchema.pool, async (tx) => {
      const training = await lockOpenTraining(tx, runId)
      if (training === undefined) return
      let version: number | undefined
      if (outcome.state === 'succeeded') version = await this.writeSuccess(tx, training, outcome)
      else await endTraining(tx, runId, { state: 'failed', reason: outcome.reason })
      const project = await findProject(tx, training.projectId)
      // A run that never came has no end to tell.
      const isEnded = outcome.state === 'succeeded' || outcome.state === 'failed'
      if (project === undefined || !isEnded) return
      await this.parts.notices.append(tx, runEndedNotice(project, training, outcome, version))
    })
  }

  /** Returns the version that it became; undefined of a reproduction. */
  private async writeSuccess(
    tx: Transaction,
    training: VersionTraining,
    outcome: Extract<RunOutcome, { state: 'succeeded' }>,
  ): Promise<number | undefined> {
    const { runId, projectId } = training
    const { artifactSha256, workerVersion } = outcome
    if (training.reproduces !== null) {
      await endTraining(tx, runId, { state: 'succeeded', artifactSha256, workerVersion })
      return undefined
    }
    const project = await lockProject(tx, projectId)
    const version = await takeVersionNumber(tx, projectId)
    const { parent, description, request, datasetId, requestedBy: createdBy } = training
    const { state: _, columns, ...trained } = outcome
    const made = { projectId, runId, parent, description, request, datasetId, createdBy, ...trained }
    await insertVersion(tx, version, made)
    const stored = (await findVersion(tx, projectId, version)) as Version
    // Of what the table has, and the columns of the artifact: the manifest says no more and no less.
    await this.parts.signatures.sign(tx, manifestOf(project, stored, columns), createdBy)
    await endTraining(tx, runId, { state: 'succeeded', version, artifactSha256, workerVersion })
    await this.parts.audit.append(tx, {
      caller: { actor: createdBy, address: null, requestId: null },
      action: 'version.create',
      resource: `project/${projectId}/version/${version}`,
      after: artifactSha256,
      details: { run: runId, dataset: datasetId, model: request.modelName },
    })
    await this.parts.reviews.versionMade(tx, project, stored)
    return version
  }
}
