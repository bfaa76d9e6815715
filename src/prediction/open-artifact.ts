// The stored result of a run as a pipeline, or the reason why not.
import { ServiceError } from '../errors.ts'
import { ArtifactError, decodeArtifact } from '../model/artifact.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import type { Model } from '../model/model.ts'

/** Throws ServiceError ARTIFACT_UNUSABLE. */
export function openArtifact(runId: number, artifact: Buffer, model: Model): FittedPipeline {
  try {
    return decodeArtifact(artifact, model)
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error
    throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId}: ${error.message}`, { cause: error })
  }
}
