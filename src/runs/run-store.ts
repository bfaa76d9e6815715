// Where records and logs of runs are kept: files of this worker, or tables that all workers share.
import type { LogLine } from './log-line.ts'
import type { RunRecord } from './run-record.ts'

/** Every store keeps the promises of run-stores.test.ts. All calls may throw what the disk or the database throws. */
export interface RunStore {
  /**
   * A run begins. What is there of another run with its id, which had ended before, is removed: a folder or a schema may
   * have served another database. at: milliseconds since 1970.
   */
  begin(runId: number, at: number): Promise<void>
  /** Adds lines to the log of a run. */
  append(runId: number, lines: readonly LogLine[]): Promise<void>
  /** Writes the record of a run that has ended, in place of one before. Parameters that are too large are left out. */
  writeRecord(record: RunRecord): Promise<void>
  readRecord(runId: number): Promise<RunRecord | undefined>
  /** The records of those runs that have one, by run; without their parameters. */
  readRecords(runIds: readonly number[]): Promise<ReadonlyMap<number, RunRecord>>
  /** The lines of a run's log after the one with that id, the oldest first. */
  readLog(runId: number, afterId?: number): Promise<LogLine[]>
  /** The runs whose caller gave them this id, the newest first, as many as a store may look up at once. */
  runIdsOf(correlationId: string): Promise<number[]>
  /**
   * Removes every line that mentions a value, and from records what does. What the disk or the database holds of it then
   * is free to be written over.
   */
  erase(isMentioned: (text: string) => boolean, signal: AbortSignal): Promise<ErasedOfRuns>
}

export interface ErasedOfRuns {
  readonly lines: number
  /** Records of which something is gone. */
  readonly records: number
  /** The runs whose error had it in its words. */
  readonly quotingErrors: readonly number[]
}

/** Beyond it parameters are left out of a record. */
const PARAMETERS_BYTES_MAX = 64 * 1024

/** The record as stores keep it. */
export function storedRecord(record: RunRecord): RunRecord {
  const size = Buffer.byteLength(JSON.stringify(record.parameters))
  return size > PARAMETERS_BYTES_MAX ? { ...record, parameters: null } : record
}
