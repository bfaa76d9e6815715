// Erasing in what is kept of runs: lines of logs, and what records say.
import type { Erased, Eraser, Remaining } from '../erasures/erasers.ts'
import { mentionsOf, type SoughtValue } from '../model/sought-value.ts'
import type { RunJournal } from './run-journal.ts'

const TOO_SHORT = 'texts of logs and records: a value that says so little would be found in all of them'
const NO_TABLES = 'the tables of runs: the schema could not be used'
const QUOTED = "error_message in model_run_metrics, which is the application's table, may quote it"

export function runsEraser(journal: Pick<RunJournal, 'erase'>): Eraser {
  return { name: 'runs', erase: (sought, signal) => eraseInRuns(journal, sought, signal) }
}

async function eraseInRuns(
  journal: Pick<RunJournal, 'erase'>,
  { value }: SoughtValue,
  signal: AbortSignal,
): Promise<Erased> {
  const isMentioned = mentionsOf(value)
  if (isMentioned === undefined) return { erased: {}, remaining: [{ place: TOO_SHORT, runIds: [] }] }
  const { linesInMemory, files, tables } = await journal.erase(isMentioned, signal)
  const quoting = [...new Set([...files.quotingErrors, ...(tables?.quotingErrors ?? [])])].sort((a, b) => a - b)
  const remaining: Remaining[] = []
  if (quoting.length > 0) remaining.push({ place: QUOTED, runIds: quoting })
  if (tables === undefined) remaining.push({ place: NO_TABLES, runIds: [] })
  const erased = {
    'log lines in memory': linesInMemory,
    'log lines in files': files.lines,
    'records in files': files.records,
    'log lines in tables': tables?.lines ?? 0,
    'records in tables': tables?.records ?? 0,
  }
  return { erased, remaining }
}
