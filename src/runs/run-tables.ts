// The records and logs of the runs of all workers, in the schema ml_worker.
import type { Queryable } from '../database/pool.ts'
import type { LogLine } from './log-line.ts'
import type { RunRecord } from './run-record.ts'
import {
  deleteEndedBefore,
  findRunRecord,
  insertLines,
  listCorrelated,
  listLines,
  listRunRecords,
  writeRunRecord,
} from './run-records-table.ts'
import { type RunStore, storedRecord } from './run-store.ts'

/**
 * Each call is one statement that may be repeated: a line that is there already, by its id, is left as it is. A log has as
 * much as RunLog lets through; retention removes what is old.
 */
export class RunTables implements RunStore {
  private readonly client: Queryable

  constructor(client: Queryable) {
    this.client = client
  }

  begin(runId: number, at: number): Promise<void> {
    return deleteEndedBefore(this.client, runId, at)
  }

  async append(runId: number, lines: readonly LogLine[]): Promise<void> {
    if (lines.length > 0) await insertLines(this.client, runId, lines)
  }

  writeRecord(record: RunRecord): Promise<void> {
    return writeRunRecord(this.client, storedRecord(record))
  }

  readRecord(runId: number): Promise<RunRecord | undefined> {
    return findRunRecord(this.client, runId)
  }

  async readRecords(runIds: readonly number[]): Promise<ReadonlyMap<number, RunRecord>> {
    if (runIds.length === 0) return new Map()
    return new Map((await listRunRecords(this.client, runIds)).map((record) => [record.runId, record]))
  }

  readLog(runId: number, afterId = 0): Promise<LogLine[]> {
    return listLines(this.client, runId, afterId)
  }

  runIdsOf(correlationId: string): Promise<number[]> {
    return listCorrelated(this.client, correlationId)
  }
}
