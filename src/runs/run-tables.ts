// The records and logs of the runs of all workers, in the schema ml_worker.
import type { Queryable } from '../database/pool.ts'
import type { LogLine } from './log-line.ts'
import { deleteLines, type KeyedLine, type LineKey, type Page, pageOfLines, pageOfRecords } from './run-pages-table.ts'
import { type RunRecord, withoutMentions } from './run-record.ts'
import {
  deleteEndedBefore,
  findRunRecord,
  insertLines,
  listCorrelated,
  listLines,
  listRunRecords,
  writeRunRecord,
} from './run-records-table.ts'
import { type ErasedOfRuns, type RunStore, storedRecord } from './run-store.ts'

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

  /** Page by page, and compared here: a value in a statement could get into the log of the database. */
  async erase(isMentioned: (text: string) => boolean, signal: AbortSignal): Promise<ErasedOfRuns> {
    let [records, lines] = [0, 0]
    const quotingErrors: number[] = []
    for (let after: number | undefined = 0; after !== undefined; ) {
      signal.throwIfAborted()
      const page: Page<RunRecord, number> = await pageOfRecords(this.client, after)
      for (const record of page.items) {
        const rest = withoutMentions(record, isMentioned)
        if (rest === undefined) continue
        await this.writeRecord(rest)
        records += 1
        if (rest.error?.message !== record.error?.message) quotingErrors.push(record.runId)
      }
      after = page.next
    }
    for (let after: LineKey | undefined = { runId: 0, id: 0 }; after !== undefined; ) {
      signal.throwIfAborted()
      const page: Page<KeyedLine, LineKey> = await pageOfLines(this.client, after)
      const found = page.items.filter(({ text }) => isMentioned(text))
      if (found.length > 0) await deleteLines(this.client, found)
      lines += found.length
      after = page.next
    }
    return { records, lines, quotingErrors }
  }
}
