// ml-worker retention: removes what the database has kept long enough, as a worker does once an hour, or tells of it.
import type pg from 'pg'
import { keptAlerts } from '../alerts/retention.ts'
import { appendEntry } from '../audit/audit.ts'
import { readConfig } from '../config.ts'
import { inTransaction } from '../database/pool.ts'
import { keptDatasets } from '../datasets/retention.ts'
import { keptFigures } from '../deployments/serving/retention.ts'
import { keptExperimentRows } from '../experiments/retention.ts'
import { keptCounts } from '../monitoring/cells/retention.ts'
import { keptLooks } from '../monitoring/drift/retention.ts'
import { keptPredictions } from '../monitoring/log/retention.ts'
import { keptOutcomes } from '../monitoring/outcomes/retention.ts'
import { keptPerformance } from '../monitoring/performance/retention.ts'
import { keptNotifications } from '../notifications/retention.ts'
import { countDue, type KeptKind, removeOld } from '../retention/retention.ts'
import { keptInTables } from '../runs/retention.ts'
import type { Command } from './command.ts'
import { commandCaller, withOwnDatabase } from './own-database.ts'
import { textTable } from './text-table.ts'

/** Those that all workers share; what a worker keeps in its folder it removes itself. */
function sharedKinds(pool: pg.Pool): KeptKind[] {
  const { RUN_RECORDS_DAYS, DATASET_DAYS, WEBHOOK_DELIVERIES_DAYS, ALERTS_DAYS, EXPERIMENT_ROWS_DAYS } = readConfig()
  return [
    keptInTables(pool, RUN_RECORDS_DAYS),
    ...(DATASET_DAYS === 0 ? [] : [keptDatasets(pool, DATASET_DAYS)]),
    ...keptNotifications(pool, WEBHOOK_DELIVERIES_DAYS),
    keptFigures(pool),
    ...keptCounts(pool),
    ...keptPredictions(pool),
    ...keptOutcomes(pool),
    ...keptPerformance(pool),
    keptLooks(pool),
    ...keptAlerts(pool, ALERTS_DAYS),
    ...keptExperimentRows(pool, EXPERIMENT_ROWS_DAYS),
  ]
}

export const retentionCommand: Command = {
  usage: '[--dry-run]',
  details: [
    '  Goes over all that the schema of the worker keeps for a time. A running worker does the same once an hour; what lies',
    '  in DATA_DIR each worker removes by itself, and GET /api/retention of it tells.',
    '',
    '  --dry-run  only tells what is kept, how long, and how much is due',
  ].join('\n'),
  options: { 'dry-run': { type: 'boolean' } },
  takes: [],
  async run({ values }, terminal) {
    const { signal } = new AbortController()
    const isDry = values['dry-run'] === true
    const rows = await withOwnDatabase(async (pool) => {
      const due = await countDue(sharedKinds(pool), signal)
      if (isDry) return due.map(({ kind, due, inUse }) => lineOf(kind, due, inUse))
      const lines: string[][] = []
      for (const { kind, inUse } of due) {
        const removed = await removeOld(kind, signal, (event) =>
          inTransaction(pool, (tx) => appendEntry(tx, { caller: commandCaller(), ...event })),
        )
        lines.push(lineOf(kind, removed, inUse))
      }
      return lines
    })
    terminal.out(textTable([['kind', 'kept days', isDry ? 'due' : 'removed', 'in use', 'what'], ...rows], false))
    return 0
  },
}

/** inUse: of those that are as old, and stay. */
function lineOf({ name, keptDays, describe }: KeptKind, count: number, inUse: number): string[] {
  return [name, String(keptDays), String(count), String(inUse), describe]
}
