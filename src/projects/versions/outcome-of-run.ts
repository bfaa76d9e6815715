// What became of a run, as far as a version tells it.
import { ServiceError } from '../../errors.ts'
import { ArtifactError, readArtifactFront } from '../../model/artifact.ts'
import type { StoredResults } from '../../model-runs/stored-results.ts'
import type { RunReader } from '../../runs/run-reader.ts'
import { isReportData } from '../../training-summary/report-data.ts'
import type { NewVersion } from '../project.ts'

export type RunOutcome =
  | { readonly state: 'open' | 'absent'; readonly reason: string }
  | { readonly state: 'failed'; readonly reason: string }
  | ({ readonly state: 'succeeded' } & Pick<
      NewVersion,
      'parameters' | 'splitSeed' | 'workerVersion' | 'metrics' | 'artifactSha256' | 'artifactBytes'
    >)

/** Larger fronts are not looked into for the version of the worker. */
const FRONT_BYTES_MAX = 2 ** 18

export interface OutcomeParts {
  readonly runs: Pick<RunReader, 'find'>
  readonly results: StoredResults
}

/** Throws when a database is away. O(bytes of the artifact). */
export async function outcomeOfRun({ runs, results }: OutcomeParts, runId: number): Promise<RunOutcome> {
  try {
    const { status, error, parameters, metrics, split_seed: splitSeed } = await runs.find(runId)
    if (status === 'FAILED')
      return { state: 'failed', reason: error === null ? 'FAILED' : `${error.code}: ${error.message}` }
    if (status !== 'SUCCESS') return { state: 'open', reason: status }
    const { result = null } = (await results.find(runId)) ?? {}
    if (result === null) return { state: 'failed', reason: 'the run is SUCCESS without a result' }
    const { sha256, byteLength } = await results.digest(runId, result)
    return {
      state: 'succeeded',
      parameters,
      splitSeed,
      metrics: metrics ?? {},
      workerVersion: await workerVersionOf(results, runId),
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

async function workerVersionOf(results: StoredResults, runId: number): Promise<string | null> {
  const { front = null } = (await results.front(runId, FRONT_BYTES_MAX)) ?? {}
  if (front === null) return null
  try {
    const { report } = readArtifactFront(front)
    return isReportData(report) ? (report.versions?.worker ?? null) : null
  } catch (error) {
    if (error instanceof ArtifactError) return null
    throw error
  }
}
