// What became of a run, as far as a version tells it.
import { ServiceError } from '../../errors.ts'
import type { StoredResults } from '../../model-runs/stored-results.ts'
import type { RunReader } from '../../runs/run-reader.ts'
import type { NewVersion } from '../project.ts'
import { type ArtifactFacts, factsOfArtifact } from './artifact-front.ts'

export type RunOutcome =
  | { readonly state: 'open' | 'absent'; readonly reason: string }
  /** code: of the training, where it failed in that. */
  | { readonly state: 'failed'; readonly reason: string; readonly code?: string }
  | ({ readonly state: 'succeeded' } & ArtifactFacts &
      Pick<NewVersion, 'parameters' | 'datasetSha256' | 'splitSeed' | 'metrics' | 'artifactSha256' | 'artifactBytes'>)

export interface OutcomeParts {
  readonly runs: Pick<RunReader, 'find'>
  readonly results: StoredResults
}

/** Throws when a database is away. O(bytes of the artifact). */
export async function outcomeOfRun({ runs, results }: OutcomeParts, runId: number): Promise<RunOutcome> {
  try {
    const { status, error, parameters, metrics, dataset, split_seed: splitSeed } = await runs.find(runId)
    if (status === 'FAILED')
      return error === null
        ? { state: 'failed', reason: 'FAILED' }
        : { state: 'failed', reason: `${error.code}: ${error.message}`, code: error.code }
    if (status !== 'SUCCESS') return { state: 'open', reason: status }
    if (dataset === undefined) return { state: 'failed', reason: 'nobody knows the data set of the run' }
    const { result = null } = (await results.find(runId)) ?? {}
    if (result === null) return { state: 'failed', reason: 'the run is SUCCESS without a result' }
    const { sha256, byteLength } = await results.digest(runId, result)
    return {
      state: 'succeeded',
      parameters,
      datasetSha256: dataset.sha256,
      splitSeed,
      metrics: metrics ?? {},
      ...(await factsOfArtifact(results, runId)),
      artifactSha256: sha256,
      artifactBytes: byteLength,
    }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    if (error.code === 'RUN_UNKNOWN') return { state: 'absent', reason: error.message }
    if (error.code === 'ARTIFACT_UNUSABLE') return { state: 'failed', reason: error.message }
    throw error
  }
}
