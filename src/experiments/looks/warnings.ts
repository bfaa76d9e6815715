// What makes the result of an experiment doubtful, and who is told of it: once, when it is found first.
import type { Transaction } from '../../database/pool.ts'
import type { Notices } from '../../notifications/notices.ts'
import type { Experiment } from '../experiment.ts'
import type { Judgement } from '../statistics/judgement.ts'
import type { Warning, WarningCode } from './look.ts'

const NO_ROWS_MS = 86_400_000

/** Those of the judgement, and whether nothing has come for a day. newestRowAt: as ISO 8601; null before the first row. */
export function warningsOf(
  experiment: Pick<Experiment, 'isPaused' | 'startedAt' | 'assignsUntil' | 'changedAt'>,
  { warnings }: Pick<Judgement, 'warnings'>,
  newestRowAt: string | null,
  now: Date,
): Warning[] {
  const { isPaused, startedAt, assignsUntil, changedAt } = experiment
  const since = newestRowAt === null ? startedAt : new Date(newestRowAt)
  const isAssigned = !isPaused && (assignsUntil === null || now < assignsUntil)
  // No row can come during a pause: its end is a change.
  const waited = since === null ? 0 : now.getTime() - Math.max(since.getTime(), changedAt.getTime())
  if (!isAssigned || waited < NO_ROWS_MS) return [...warnings]
  const what =
    newestRowAt === null ? 'No row was predicted since it was started' : `The last row came at ${newestRowAt}`
  return [...warnings, { code: 'no_rows', detail: `${what}: do requests bring an experiment_key?` }]
}

/** Codes that are told once this look is. Rows that come again may stop once more. */
export function toldAfter(before: readonly WarningCode[], warnings: readonly Warning[]): WarningCode[] {
  const codes = warnings.map(({ code }) => code)
  return [...new Set([...before.filter((code) => code !== 'no_rows'), ...codes])]
}

/** told: codes that were told before. */
export async function tellWarnings(
  notices: Notices,
  tx: Transaction,
  { experimentId, projectId, projectName, environment, name }: Experiment,
  warnings: readonly Warning[],
  told: readonly WarningCode[],
): Promise<void> {
  for (const { code, detail } of warnings) {
    if (told.includes(code)) continue
    const data = { experiment: experimentId, name, environment, warning: code, detail }
    await notices.append(tx, { type: 'experiment.warning', project: { id: projectId, name: projectName }, data })
  }
}
