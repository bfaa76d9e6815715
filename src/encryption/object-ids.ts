// What sealed bytes are bound to: as what, and of whom, they can be opened. Objects of the storage are bound to their keys.
import { basename } from 'node:path'

/** The result of a run. */
export function resultId(runId: number): string {
  return `run/${runId}`
}

/** A file of the spool, wherever it lies, also while it is written and once it is set aside. */
export function spoolId(path: string): string {
  return `spool/${basename(path).replace(/\.(part|bad)$/, '')}`
}
