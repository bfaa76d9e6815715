// The report that an artifact holds.
import { ArtifactError, type ArtifactFront, readArtifactFront } from '../model/artifact.ts'
import { isReportData, type ReportData } from './report-data.ts'

/** Of the whole artifact or of its front. Throws ArtifactError, also where the training left no report. O(front). */
export function readArtifactReport(bytes: Buffer): ArtifactFront & { readonly report: ReportData } {
  const front = readArtifactFront(bytes)
  const { report } = front
  if (!isReportData(report)) throw new ArtifactError('corrupt', 'the artifact holds no report that can be read')
  return { ...front, report }
}
