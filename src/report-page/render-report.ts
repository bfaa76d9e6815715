// A report as one HTML page that needs nothing else: from its data, or from the bytes of an artifact.
import { readArtifactReport } from '../training-summary/read-report.ts'
import type { ReportData } from '../training-summary/report-data.ts'
import { pageOf } from './page/page.ts'
import type { ReportHead } from './page/report-head.ts'
import { loadDrawing } from './svg.ts'

/** Some hundred milliseconds the first time, for the plotting library; then some milliseconds a chart. */
export async function renderReport(report: ReportData, head: ReportHead): Promise<string> {
  return pageOf(report, head, await loadDrawing())
}

/** The same from the bytes of an artifact. Throws ArtifactError where they are none, or hold no report. */
export async function renderArtifact(
  artifact: Buffer,
  head: Omit<ReportHead, 'featureNames' | 'labelNames'>,
): Promise<string> {
  const { report, header } = readArtifactReport(artifact)
  return renderReport(report, { ...head, featureNames: header.feature_names, labelNames: header.label_names })
}
