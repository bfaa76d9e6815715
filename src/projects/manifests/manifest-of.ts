// What the manifest of a version says, out of what is kept of it.
import type { ManifestContent } from '../../signing/manifest.ts'
import type { Project, Version } from '../project.ts'
import type { TrainedColumns } from '../versions/artifact-front.ts'

/** columns: as the artifact has them; undefined where it cannot be read. */
export function manifestOf(
  { projectId, name }: Project,
  version: Version,
  columns: TrainedColumns | undefined,
): ManifestContent {
  const { request } = version
  return {
    project: { id: projectId, name },
    version: version.version,
    model_run_id: version.runId,
    parent: version.parent,
    artifact: { sha256: version.artifactSha256, bytes: version.artifactBytes },
    dataset: {
      id: version.datasetId,
      name: version.datasetName,
      version: version.datasetVersion,
      sha256: version.datasetSha256,
    },
    model_name: request.modelName,
    parameters: version.parameters ?? request.parameters,
    labels: request.labels,
    features: request.features,
    ...(columns === undefined ? {} : { columns }),
    options: request.options,
    split_seed: version.splitSeed,
    metrics: version.metrics,
    worker_version: version.workerVersion,
    created_at: version.createdAt.toISOString(),
    created_by: version.createdBy,
  }
}
