// The stored result of a run as a pipeline, or the reason why not.
import { cellsOfArtifact } from '../cells/artifact-cells.ts'
import type { VersionCells } from '../cells/version-cells.ts'
import { ServiceError } from '../errors.ts'
import { ArtifactError, decodeArtifact } from '../model/artifact.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import type { Model } from '../model/model.ts'

/** A pipeline, and the cells that its predictions are counted in: undefined where its training froze none. */
export interface OpenedArtifact {
  readonly pipeline: FittedPipeline
  readonly cells: VersionCells | undefined
}

/** Throws ServiceError ARTIFACT_UNUSABLE. */
export function openArtifact(runId: number, artifact: Buffer, model: Model): OpenedArtifact {
  try {
    const pipeline = decodeArtifact(artifact, model)
    return { pipeline, cells: cellsOfArtifact(artifact, pipeline) }
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error
    throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId}: ${error.message}`, { cause: error })
  }
}
