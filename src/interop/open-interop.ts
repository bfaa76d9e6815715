// The room for other frameworks: finished runs go out as files that their runtimes score.
import type { Foundation } from '../foundation.ts'
import type { StoredResults } from '../model-runs/stored-results.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { Opened } from '../room.ts'
import type { Signatures } from '../signing/signatures.ts'
import { exportRoutes } from './onnx/routes.ts'
import { RunExports } from './onnx/run-exports.ts'

interface InteropNeeds {
  readonly results: StoredResults
  readonly registry: ModelRegistry
  readonly signatures: Signatures
}

export async function openInterop(
  { budget, version, log }: Foundation,
  { results, registry, signatures }: InteropNeeds,
): Promise<Opened<undefined>> {
  const exports = new RunExports({ results, registry, signatures, budget, workerVersion: version, log })
  const room = { name: 'interop', routes: exportRoutes(exports), close: () => exports.close() }
  return { room, api: undefined }
}
