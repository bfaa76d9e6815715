// What the artifact of a version tells of itself: the worker that wrote it, and the columns that it learnt.
import { ServiceError } from '../../errors.ts'
import { ArtifactError, readArtifactFront } from '../../model/artifact.ts'
import type { StoredResults } from '../../model-runs/stored-results.ts'
import { readWholeFront } from '../../model-runs/whole-front.ts'
import { isReportData } from '../../training-summary/report-data.ts'

export interface TrainedColumns {
  readonly labels: readonly string[]
  readonly features: readonly string[]
}

export interface ArtifactFacts {
  readonly workerVersion: string | null
  /** Undefined where the result is no artifact that can be read. */
  readonly columns: TrainedColumns | undefined
}

/** Throws when the database is away. */
export async function factsOfArtifact(results: Pick<StoredResults, 'front'>, runId: number): Promise<ArtifactFacts> {
  try {
    const { header, report } = readArtifactFront((await readWholeFront(results, runId)).front)
    return {
      workerVersion: isReportData(report) ? (report.versions?.worker ?? null) : null,
      columns: { labels: header.label_names, features: header.feature_names },
    }
  } catch (error) {
    const isUnreadable = error instanceof ServiceError && error.code === 'ARTIFACT_UNUSABLE'
    if (error instanceof ArtifactError || isUnreadable) return { workerVersion: null, columns: undefined }
    throw error
  }
}
