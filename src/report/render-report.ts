// A report as one HTML page that needs nothing else: from its data, or from the bytes of an artifact.
import type { ReportData } from '../model/report/report-data.ts'
import { pageOf, type ReportHead } from './page/page.ts'
import { loadDrawing } from './svg.ts'

/** Some hundred milliseconds the first time, for the plotting library; then some milliseconds a chart. */
export async function renderReport(report: ReportData, head: ReportHead): Promise<string> {
  return pageOf(report, head, await loadDrawing())
}
