// On which rows a report judges, in words.
import type { ReportData } from '../../training-summary/report-data.ts'

/** "held-out rows" or "training rows". */
export function evaluatedRowsText({ evaluatedOn }: Pick<ReportData, 'evaluatedOn'>): string {
  return evaluatedOn === 'validation' ? 'held-out rows' : 'training rows'
}

/** Names of charts of the second label and on have its number. */
export function nameFor(name: string, labelIndex: number): string {
  return labelIndex === 0 ? name : `${name}-${labelIndex + 1}`
}
