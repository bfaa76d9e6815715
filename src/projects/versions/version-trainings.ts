// Trainings of versions as they begin: a project's request becomes a run. What the run comes to is TrainingEnds'.
import type { Audit } from '../../audit/audit.ts'
import type { Caller } from '../../caller.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../../database/pool.ts'
import type { DataSets } from '../../datasets/data-sets.ts'
import { invalidRequest, ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import type { MemberFaults } from '../../rows/member-faults.ts'
import type { NewVersionTraining, Project, Version, VersionTraining } from '../project.ts'
import type { Projects } from '../projects.ts'
import { MANUAL } from '../reviews/review-policy.ts'
import { repeatedRequest } from './repeated-request.ts'
import type { TrainingEnds } from './training-ends.ts'
import { isImported, membersOf, requestOf, type VersionWish } from './version-request.ts'
import {
  endTraining,
  findTraining,
  insertTraining,
  listTrainings,
  lockOpenTraining,
} from './version-trainings-table.ts'
import type { Versions } from './versions.ts'

export interface VersionTrainingsParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly projects: Projects
  readonly versions: Versions
  readonly dataSets: Pick<DataSets, 'find' | 'findContent' | 'newest'>
  /** Makes a run and accepts its training. Throws ServiceError. */
  readonly train: (asked: TrainingAsked) => Promise<{ readonly runId: number; readonly warnings: readonly unknown[] }>
  /** How many candidates the search of a run judged. Throws ServiceError where it made none, or has no result. */
  readonly evaluationsOf: (runId: number) => Promise<number>
  readonly ends: Pick<TrainingEnds, 'conclude'>
}

interface TrainingAsked extends Asker {
  readonly members: Readonly<Record<string, unknown>>
  readonly onReserved: (runId: number) => Promise<void>
}

export interface Asker {
  readonly caller: Caller
  readonly traceparent: string | undefined
  readonly idempotencyKey: string | undefined
}

export class VersionTrainings {
  private readonly parts: VersionTrainingsParts

  constructor(parts: VersionTrainingsParts) {
    this.parts = parts
  }

  /** Adds what stands against a training, as far as the wish is sound. Throws ServiceError PROJECT_UNKNOWN, PROJECT_ARCHIVED. */
  async addFaults(named: string, wish: VersionWish, faults: MemberFaults): Promise<void> {
    const { projects } = this.parts
    const project = await projects.findActive(named)
    const isOfNewest = wish.datasetId === undefined && faults.areSound('dataset_id')
    if (isOfNewest && project.datasetName === null) addMissingDataset(project, faults)
    const datasetName = isOfNewest ? project.datasetName : null
    // What its versions are judged by is said by the project.
    const content = { ...project, ...requestOf(project, wish), datasetName, metric: null, review: MANUAL }
    await projects.addFaults(content, faults)
  }

  /** Trains a version. Throws ServiceError; then there is no training. */
  async train(named: string, wish: VersionWish, asker: Asker): Promise<VersionTraining> {
    const project = await this.parts.projects.findActive(named)
    const { parent } = wish
    if (parent !== undefined) await this.parts.versions.require(project, parent)
    return this.begin(
      {
        projectId: project.projectId,
        reproduces: null,
        // The numbers have no gaps.
        parent: parent ?? (project.versionCount || null),
        description: wish.description ?? null,
        request: requestOf(project, wish),
        datasetId: await this.datasetOf(project, wish.datasetId),
        requestedBy: asker.caller.actor,
      },
      asker,
    )
  }

  /**
   * Trains a version again, with the parameters that it had and from its data set: its end says whether the artifact is
   * the same to the byte. Throws ServiceError; then there is no training.
   */
  async reproduce(named: string, version: number, asker: Asker): Promise<VersionTraining> {
    const project = await this.parts.projects.findActive(named)
    const made = await this.parts.versions.require(project, version)
    const { datasetId, datasetSha256 } = made
    if (isImported(made)) {
      const detail = `version ${version} was imported: its file was trained elsewhere, and its artifact holds what predicts`
      throw new ServiceError('VERSION_IMPORTED', detail)
    }
    if ((await this.parts.dataSets.findContent(datasetId)).sha256 !== datasetSha256) {
      const detail = `rows of data set ${datasetId} were erased since version ${version} was trained from it`
      throw new ServiceError('DATASET_CHANGED', detail)
    }
    return this.begin(
      {
        projectId: project.projectId,
        reproduces: version,
        parent: null,
        description: null,
        request: await repeatedRequest(made, this.parts.evaluationsOf),
        datasetId,
        requestedBy: asker.caller.actor,
      },
      asker,
    )
  }

  /** Writes down a run that is to become a version without a training, before there is one. */
  async beginImport(tx: Transaction, made: NewVersionTraining, caller: Caller): Promise<void> {
    await insertTraining(tx, made)
    await this.parts.audit.append(tx, {
      caller,
      action: 'version.import',
      resource: `project/${made.projectId}`,
      details: { run: made.runId, dataset: made.datasetId, sha256: made.request.parameters['sha256'] as string },
    })
  }

  /** The same with a data set that is there already. */
  async beginImportOf(dataSets: Pick<DataSets, 'useWithin'>, made: NewVersionTraining, caller: Caller): Promise<void> {
    await inTransaction(this.parts.ownSchema.pool, async (tx) => {
      await dataSets.useWithin(tx, made.datasetId, made.runId)
      await this.beginImport(tx, made, caller)
    })
  }

  /** The training of a run, with its end where the run has one. */
  async concluded(runId: number): Promise<VersionTraining | undefined> {
    await this.parts.ends.conclude(runId)
    return this.find(runId)
  }

  /** The version that a run has become, now. Throws ServiceError where it has become none. */
  async versionOf(project: Project, runId: number): Promise<Version> {
    const { version = null, reason = null } = (await this.concluded(runId)) ?? {}
    if (version !== null) return this.parts.versions.require(project, version)
    throw new ServiceError('RUN_NOT_READY', `run ${runId} is not a version yet${reason === null ? '' : `: ${reason}`}`)
  }

  /** There will be no such run. Where this fails too, the job finds that. */
  async giveUpImport(runId: number, reason: string): Promise<void> {
    await this.giveUp(runId, reason)
  }

  /** Trainings of a project, the newest first; those of `reproduces` alone where it is given. */
  async list(
    named: string,
    asked: { reproduces?: number; limit: number; before?: number | undefined },
  ): Promise<VersionTraining[]> {
    const project = await this.parts.projects.find(named)
    if (asked.reproduces !== undefined) await this.parts.versions.require(project, asked.reproduces)
    return listTrainings(this.parts.ownSchema.pool, project.projectId, asked)
  }

  /** The training of a run; undefined where that belongs to no project. */
  find(runId: number): Promise<VersionTraining | undefined> {
    return findTraining(this.parts.ownSchema.pool, runId)
  }

  /** Whether the run is a training of a project, which tells its end. */
  async isOfProject(runId: number): Promise<boolean> {
    return (await this.find(runId)) !== undefined
  }

  private async begin(wanted: Omit<NewVersionTraining, 'runId'>, asker: Asker): Promise<VersionTraining> {
    const { ownSchema, train } = this.parts
    let reserved: number | undefined
    try {
      const { runId } = await train({
        ...asker,
        members: membersOf(wanted),
        onReserved: async (id) => {
          await this.write({ ...wanted, runId: id }, asker.caller)
          reserved = id
        },
      })
      // A call with the same Idempotency-Key gets the run of the first.
      const training = await findTraining(ownSchema.pool, runId)
      if (training?.projectId === wanted.projectId) return training
      throw new ServiceError('IDEMPOTENCY_KEY_REUSED', `run ${runId} was made with the key, and not for this project`)
    } catch (error) {
      if (reserved !== undefined && error instanceof ServiceError) await this.giveUp(reserved, error.message)
      throw error
    }
  }

  private async write(training: NewVersionTraining, caller: Caller): Promise<void> {
    const { ownSchema, audit } = this.parts
    await inTransaction(ownSchema.pool, async (tx) => {
      await insertTraining(tx, training)
      const { projectId, reproduces, runId, datasetId, request } = training
      await audit.append(tx, {
        caller,
        action: reproduces === null ? 'version.train' : 'version.reproduce',
        resource: `project/${projectId}${reproduces === null ? '' : `/version/${reproduces}`}`,
        details: { run: runId, dataset: datasetId, model: request.modelName },
      })
    })
  }

  /** Where this fails too, the job finds that there is no such run. */
  private async giveUp(runId: number, reason: string): Promise<void> {
    const end = { state: 'failed', reason: `it was not accepted: ${reason}` } as const
    await inTransaction(this.parts.ownSchema.pool, async (tx) => {
      if ((await lockOpenTraining(tx, runId)) !== undefined) await endTraining(tx, runId, end)
    }).catch(() => {})
  }

  private async datasetOf(project: Project, datasetId: number | undefined): Promise<number> {
    const { dataSets } = this.parts
    const { datasetName } = project
    if (datasetId !== undefined) return (await dataSets.find(datasetId)).datasetId
    if (datasetName !== null) return (await dataSets.newest(datasetName)).datasetId
    const faults = new FaultList()
    addMissingDataset(project, faults)
    throw invalidRequest(faults)
  }
}

function addMissingDataset({ name }: Project, faults: FaultList): void {
  faults.add({ in: 'body', parameter: 'dataset_id', detail: `missing: project ${name} names no data set` })
}
