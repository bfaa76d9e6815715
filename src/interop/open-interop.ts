// The room through which models come in from other frameworks, and finished runs go out as files that their runtimes score.
import type { DataSets } from '../datasets/data-sets.ts'
import type { Foundation } from '../foundation.ts'
import type { StoredResults } from '../model-runs/stored-results.ts'
import type { ProjectsApi } from '../projects/open-projects.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { Opened, Room } from '../room.ts'
import type { BodyReceiver } from '../rows/body-receiver.ts'
import type { Signatures } from '../signing/signatures.ts'
import type { TrainingApi } from '../training/open-training.ts'
import { ImportWorker } from './imports/import-worker.ts'
import { Imports } from './imports/imports.ts'
import { importRoutes } from './imports/routes.ts'
import { exportRoutes } from './onnx/routes.ts'
import { RunExports } from './onnx/run-exports.ts'

const MIB = 2 ** 20

interface InteropNeeds {
  readonly bodies: BodyReceiver
  readonly dataSets: DataSets
  readonly training: TrainingApi
  readonly projects: ProjectsApi
  readonly results: StoredResults
  readonly registry: ModelRegistry
  readonly signatures: Signatures
}

export async function openInterop(
  { config, budget, version, log }: Foundation,
  { bodies, dataSets, training, projects: ofProjects, results, registry, signatures }: InteropNeeds,
): Promise<Opened<undefined>> {
  const { projects, versions, trainings } = ofProjects
  const { importedRuns } = training
  const exports = new RunExports({ results, registry, signatures, budget, workerVersion: version, log })
  const worker = new ImportWorker(budget, log)
  const timeoutMs = config.PREDICT_TIMEOUT_SECONDS * 1000
  const imports = new Imports({ projects, versions, trainings, dataSets, importedRuns, worker, timeoutMs })
  const room: Room = {
    name: 'interop',
    routes: async (app) => {
      await app.register(importRoutes({ imports, bodies, byteLengthMax: config.BODY_LIMIT_MB * MIB }))
      await app.register(exportRoutes(exports))
    },
    async close() {
      await Promise.all([worker.close(), exports.close()])
      await imports.settled()
    },
  }
  return { room, api: undefined }
}
