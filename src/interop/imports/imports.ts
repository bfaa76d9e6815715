// From the file of a model to a version of a project: checked, then kept with its golden rows, then a run that has its end.
import type { Caller } from '../../caller.ts'
import type { DataSets } from '../../datasets/data-sets.ts'
import type { DatasetMeta } from '../../datasets/dataset.ts'
import { ServiceError } from '../../errors.ts'
import type { Metrics } from '../../model/model.ts'
import type { NewVersionTraining, Project, Version } from '../../projects/project.ts'
import type { Projects } from '../../projects/projects.ts'
import { IMPORTED_MODEL } from '../../projects/versions/version-request.ts'
import type { VersionTrainings } from '../../projects/versions/version-trainings.ts'
import type { Versions } from '../../projects/versions/versions.ts'
import { bytesOf, type ReceivedBody } from '../../rows/body-file.ts'
import type { CsvDialect } from '../../rows/csv-dialect.ts'
import type { RowsForm } from '../../rows/forms.ts'
import type { ImportedRuns } from '../../training/imported-runs.ts'
import type { CheckedImport } from './checked-import.ts'
import type { GoldenComparison } from './compare-golden.ts'
import type { ImportOptions } from './import-options.ts'
import type { ImportWarning } from './import-warnings.ts'
import type { ImportWorker } from './import-worker.ts'

export interface ImportsParts {
  readonly projects: Projects
  readonly versions: Versions
  readonly trainings: VersionTrainings
  readonly dataSets: DataSets
  readonly importedRuns: ImportedRuns
  readonly worker: ImportWorker
  /** Of the prediction of golden rows. */
  readonly timeoutMs: number
}

export interface ImportRequest {
  readonly model: ReceivedBody
  readonly golden: ReceivedBody
  readonly form: RowsForm
  readonly dialect: CsvDialect
  readonly options: ImportOptions
}

export interface ImportedVersion {
  readonly version: Version
  readonly comparison: GoldenComparison
  readonly warnings: readonly ImportWarning[]
}

const DATASET_NAME_MAX = 200
const GOLDEN_SUFFIX = ' golden rows'

export class Imports {
  private readonly parts: ImportsParts
  /** Those that are being checked and written. */
  private readonly underWay = new Set<Promise<unknown>>()

  constructor(parts: ImportsParts) {
    this.parts = parts
  }

  /** Throws ServiceError; then there is no version, no run and no data set. */
  import(named: string, request: ImportRequest, caller: Caller, idempotencyKey?: string): Promise<ImportedVersion> {
    const work = this.take(named, request, caller, idempotencyKey)
    this.underWay.add(work)
    const end = (): boolean => this.underWay.delete(work)
    work.then(end, end)
    return work
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.underWay)
  }

  private async take(
    named: string,
    request: ImportRequest,
    caller: Caller,
    idempotencyKey: string | undefined,
  ): Promise<ImportedVersion> {
    const { projects, versions, importedRuns, worker, timeoutMs, trainings } = this.parts
    const project = await projects.findActive(named)
    const { parent } = request.options
    if (parent !== undefined) await versions.require(project, parent)
    const module = await importedRuns.require(IMPORTED_MODEL)
    const { description, parent: _, format, ...others } = request.options
    const startedAt = performance.now()
    const checked = await worker.check({
      file: bytesOf(request.model),
      format,
      golden: { body: bytesOf(request.golden), form: request.form, dialect: request.dialect },
      wish: { ...others, labelNames: labelNamesOf(others.label_name, project) },
      module,
      timeoutMs,
    })
    const { comparison, warnings } = checked
    const durationMs = performance.now() - startedAt
    const runId = await this.keep(project, request, checked, { caller, idempotencyKey, durationMs })
    return { version: await trainings.versionOf(project, runId), comparison, warnings }
  }

  /** Gives the run of the version: a new one, or that of an earlier call with the same key. */
  private async keep(
    project: Project,
    request: ImportRequest,
    checked: CheckedImport,
    { caller, idempotencyKey, durationMs }: { caller: Caller; idempotencyKey: string | undefined; durationMs: number },
  ): Promise<number> {
    const { dataSets, importedRuns, trainings } = this.parts
    const { artifact, parameters, comparison, labels, features } = checked
    const key = idempotencyKey === undefined ? undefined : `worker/import-${idempotencyKey}`
    const { options } = request
    const { golden, meta } = goldenDataset(project, request, checked)
    const begun = {
      projectId: project.projectId,
      reproduces: null,
      parent: options.parent ?? (project.versionCount || null),
      description: options.description ?? null,
      request: { modelName: IMPORTED_MODEL, parameters, labels, features, options: {} },
      requestedBy: caller.actor,
    } satisfies Omit<NewVersionTraining, 'runId' | 'datasetId'>
    let written: number | undefined
    const onReserved = async (runId: number): Promise<void> => {
      let madeHere: number | undefined
      const { datasetId } = await dataSets.incoming.add(golden, meta, caller, key, async (tx, dataset) => {
        await dataSets.useWithin(tx, dataset.datasetId, runId)
        await trainings.beginImport(tx, { ...begun, runId, datasetId: dataset.datasetId }, caller)
        madeHere = dataset.datasetId
      })
      if (madeHere !== datasetId) {
        await this.requireUndone(project, datasetId, checked)
        await trainings.beginImportOf(dataSets, { ...begun, runId, datasetId }, caller)
      }
      written = runId
    }
    const run = {
      modelName: IMPORTED_MODEL,
      artifact,
      parameters,
      metrics: metricsOf(comparison),
      durationMs,
      onReserved,
    }
    try {
      return await importedRuns.make(run)
    } catch (error) {
      if (error instanceof MadeBefore) return error.runId
      if (written !== undefined && error instanceof ServiceError) await this.undo(written, error.message, caller)
      throw error
    }
  }

  /**
   * An earlier call with the key has kept its golden rows. Throws MadeBefore where it has a version, ServiceError where it was of
   * another file, or may still be under way; else nothing came of it, and the import is made anew.
   */
  private async requireUndone(project: Project, datasetId: number, { parameters }: CheckedImport): Promise<void> {
    const { dataSets, trainings } = this.parts
    const { runIds } = await dataSets.users(datasetId)
    for (const runId of runIds) {
      const before = await trainings.concluded(runId)
      if (before?.projectId !== project.projectId || before.request.parameters['sha256'] !== parameters['sha256']) {
        const detail = 'the key was used for the import of another file, or into another project'
        throw new ServiceError('IDEMPOTENCY_KEY_REUSED', detail)
      }
      if (before.state === 'succeeded') throw new MadeBefore(runId)
      if (before.state === 'training')
        throw new ServiceError('RUN_NOT_READY', 'an earlier call with the key has no end yet')
    }
  }

  /** Where this fails, the job that looks after trainings without a run tells of it; the golden rows stay. */
  private async undo(runId: number, reason: string, caller: Caller): Promise<void> {
    const { dataSets, trainings } = this.parts
    await trainings.giveUpImport(runId, reason)
    const datasetId = (await trainings.find(runId).catch(() => undefined))?.datasetId
    if (datasetId !== undefined) await dataSets.delete(datasetId, true, caller).catch(() => {})
  }
}

/** An earlier call with the key has made the version. */
class MadeBefore extends Error {
  readonly runId: number
  constructor(runId: number) {
    super(`run ${runId} was made with the key`)
    this.runId = runId
  }
}

function labelNamesOf(said: ImportOptions['label_name'], { labels }: Project): readonly string[] {
  if (said !== undefined) return typeof said === 'string' ? [said] : said
  return labels.length > 0 ? labels : ['label']
}

/** The golden rows as they came; of golden tensors, which are no rows, one row for each. */
function goldenDataset(
  project: Project,
  { golden, form, dialect }: ImportRequest,
  { goldenTable: table, labels }: CheckedImport,
): { readonly golden: ReceivedBody; readonly meta: DatasetMeta } {
  if (table === undefined) return { golden, meta: metaOf(project, labels, { form, dialect }) }
  return { golden: Buffer.from(table.buffer), meta: metaOf(project, [], { form: 'json', dialect: {} }) }
}

/** Each import of a project is the next version of one data set. */
function metaOf(
  { name }: Project,
  labels: readonly string[],
  { form, dialect }: Pick<ImportRequest, 'form' | 'dialect'>,
): DatasetMeta {
  const description = 'Rows with the predictions of another framework, which an imported version was held against'
  const fitting = [...name].slice(0, DATASET_NAME_MAX - GOLDEN_SUFFIX.length).join('')
  return { name: fitting + GOLDEN_SUFFIX, description, labels, form, dialect }
}

function metricsOf({ rows, columns, tolerance, worst }: GoldenComparison): Metrics {
  return {
    golden_rows: rows,
    golden_columns: columns.length,
    golden_tolerance: tolerance,
    golden_worst_difference: worst?.difference ?? 0,
  }
}
