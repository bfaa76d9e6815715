// From a request to the work of a training: its rows, out of the body or out of a data set, and all that is wrong with them.
import type { DataSets } from '../datasets/data-sets.ts'
import { invalidRequest } from '../errors.ts'
import { checkOptions } from '../intake/check-options.ts'
import { type DatasetWish, readDatasetWish } from '../intake/dataset-training.ts'
import type { IntakeWorker, PreparedTraining } from '../intake/intake-worker.ts'
import { readTraining, type TrainingHead } from '../intake/read-training.ts'
import { holdForTables, type MemoryBudget } from '../memory/memory-budget.ts'
import type { FaultList } from '../model/faults.ts'
import type { Model } from '../model/model.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import { BodyFile, bytesOf, type ReceivedBody, smallBytesOf } from '../rows/body-file.ts'
import { isBinaryForm } from '../rows/forms.ts'
import { writeWork } from '../spool/spool-file.ts'

export interface PreparationParts {
  readonly registry: ModelRegistry
  readonly dataSets: DataSets
  readonly intake: IntakeWorker
  readonly budget: MemoryBudget
}

/** What is known of a request before its body is read. */
type NewHead = TrainingHead & { readonly faults: FaultList }

export class Preparation {
  private readonly parts: PreparationParts

  constructor(parts: PreparationParts) {
    this.parts = parts
  }

  /** Reads a small body here, another in the intake thread. Throws ServiceError with every fault. */
  async prepare(head: NewHead, body: ReceivedBody | undefined): Promise<PreparedTraining> {
    const small = head.form === 'json' ? smallBytesOf(body) : undefined
    const wish = small && readDatasetWish(small, head.modelName !== undefined, head.faults)
    return wish === undefined ? this.prepareRows(head, body) : this.prepareDataset(head, wish)
  }

  /** The rows come out of the storage into a file, and lie there until they are read. */
  private async prepareDataset(head: NewHead, wish: DatasetWish): Promise<PreparedTraining> {
    const { dataSets, registry } = this.parts
    const modelName = head.modelName ?? wish.modelName
    if (typeof modelName !== 'string') {
      head.faults.add({ in: 'body', detail: 'model_name: expected the name of a model' })
      throw invalidRequest(head.faults)
    }
    if (!head.faults.isEmpty) {
      // Of a model that is not there nothing more is said.
      const model = registry.find(modelName)?.model
      if (model !== undefined) checkOptions(model, wish.members, head.faults)
      throw invalidRequest(head.faults)
    }
    await registry.require(modelName)
    const { datasetId, labels, features: featureNames, correlationId } = wish
    const { form, dialect, storageKey, labels: labelNames } = await dataSets.findContent(datasetId)
    // A model that names its labels has no need of others.
    const named = labels ?? (labelNames.length === 0 ? undefined : labelNames)
    const query = { ...wish.query, labelNames: named, dialect }
    const body = await dataSets.fetch(storageKey)
    try {
      const dataset = { datasetId, featureNames, correlationId }
      return await this.prepareRows({ ...head, modelName, form, query, dataset }, body)
    } finally {
      if (body instanceof BodyFile) await body.answered()
    }
  }

  private async prepareRows(head: TrainingHead, body: ReceivedBody | undefined): Promise<PreparedTraining> {
    const modelOf = async (name: string): Promise<Model> => (await this.parts.registry.require(name)).model
    // Packages of binary forms are not to be loaded on this thread, and a few of their bytes may have many rows.
    const small = isBinaryForm(head.form) ? undefined : smallBytesOf(body)
    if (small === undefined) return this.parts.intake.read(head, bytesOf(body), modelOf)
    const memory = holdForTables(this.parts.budget, small.length)
    try {
      const { work, earlierDigest } = await readTraining(head, small, modelOf, memory)
      return {
        run: work.run,
        earlierDigest,
        write: (path, run, sealing) => writeWork(path, { ...work, run }, sealing),
        drop: () => memory.release(),
      }
    } catch (error) {
      memory.release()
      throw error
    }
  }
}
