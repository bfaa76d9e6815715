// What crosses between the service and the thread that draws reports.
import type { ReportData } from '../training-summary/report-data.ts'
import type { ReportHead } from './page/report-head.ts'

export interface ToRenderer {
  readonly id: number
  readonly report: ReportData
  readonly head: ReportHead
}

export type FromRenderer =
  | { readonly id: number; readonly page: string }
  | { readonly id: number; readonly error: unknown }
