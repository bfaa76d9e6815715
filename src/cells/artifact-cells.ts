// The cells of the version in an artifact.
import { readArtifactBaseline } from '../model/artifact.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import { readBaseline } from './baseline-data.ts'
import { VersionCells } from './version-cells.ts'

/** Undefined where its training froze none. Throws ArtifactError. O(bytes of the front). */
export function cellsOfArtifact(artifact: Buffer, pipeline: FittedPipeline): VersionCells | undefined {
  const baseline = readBaseline(readArtifactBaseline(artifact))
  return baseline && new VersionCells(baseline, pipeline.featureSchema, pipeline.noPredictions.labels.columns)
}
