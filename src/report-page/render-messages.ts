// What crosses between the service and the thread that draws reports.
import type { ReportData } from '../training-summary/report-data.ts'
import type { ReportHead } from './page/report-head.ts'

export interface RenderCalls {
  /** Gives the page as HTML. */
  render(question: { readonly report: ReportData; readonly head: ReportHead }): string
}
