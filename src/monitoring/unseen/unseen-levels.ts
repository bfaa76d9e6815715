// Levels that the training never saw, as the deployments of this process are asked to predict them: counted in memory for a short
// time, then written, and forgotten here.
import type { Logger } from 'pino'
import { FrequentTexts } from '../../cells/frequent-texts.ts'
import { currentPeriod } from '../../deployments/serving/current-period.ts'
import type { UnseenCounts } from '../../prediction/rows-watch.ts'
import type { Slot, Window } from '../drift/look.ts'
import { BatchFlusher } from '../log/batch-flusher.ts'
import type { DropReason } from '../log/try-to-write.ts'
import type { PredictingDeployment, UnseenHearer } from '../predicted-rows.ts'
import type { UnseenBatch } from './unseen-levels-table.ts'

const HOUR_MS = 3_600_000
/** How late they are in the table. */
const FLUSH_MS = 30_000
/** Levels of a column that are counted, and those that are written. */
const COUNTED_MAX = 64
export const WRITTEN_MAX = 20
/** Columns of a version in an hour, and of all of them until they are written. */
const COLUMNS_MAX = 100
const ALL_COLUMNS_MAX = 500

/** Why levels are not counted: no_room of columns, else as logged rows. */
export type UnseenDropReason = DropReason | 'no_room'

/** Levels of a version in a deployment in one hour. They are values of rows. */
export interface UnseenHour {
  readonly deploymentId: number
  readonly version: number
  /** When it began, in ms since 1970. */
  readonly startsAt: number
  /** The most frequent ones of each column, each with at least so many rows. */
  readonly columns: readonly UnseenCounts[]
}

export interface UnseenLevelsParts {
  /** Whether rows of the project are kept. At once. */
  readonly keepsRows: (projectId: number) => boolean
  readonly batchOf: (hours: readonly UnseenHour[]) => UnseenBatch
  /** Once, however often it is called with a batch. */
  readonly write: (batch: UnseenBatch) => Promise<void>
  /** count: of columns. */
  readonly onDropped: (reason: UnseenDropReason, count: number) => void
  readonly log: Logger
}

interface CountedHour {
  readonly deployment: PredictingDeployment
  /** When it began, in ms since 1970. */
  readonly startsAt: number
  readonly columns: Map<string, FrequentTexts>
}

export class UnseenLevels implements UnseenHearer {
  private readonly parts: UnseenLevelsParts
  private readonly flusher: BatchFlusher<readonly UnseenHour[]>
  /** By deployment, version and hour. */
  private hours = new Map<string, CountedHour>()
  private columnCount = 0

  constructor(parts: UnseenLevelsParts) {
    this.parts = parts
    const { batchOf, write, onDropped, log } = parts
    this.flusher = new BatchFlusher<readonly UnseenHour[]>({
      waitingCount: () => this.columnCount,
      take: () => this.take(),
      sizeOf: (hours) => hours.reduce((sum, { columns }) => sum + columns.length, 0),
      writerOf(hours) {
        if (hours.length === 0) return async () => {}
        const batch = batchOf(hours)
        return () => write(batch)
      },
      onDropped,
      words: {
        failed: 'levels that the training never saw could not be written',
        dropped: 'levels that the training never saw are not counted until they can be written again',
      },
      everyMs: FLUSH_MS,
      log,
    })
  }

  wants(projectId: number): boolean {
    return this.parts.keepsRows(projectId)
  }

  /** O(levels · COUNTED_MAX) at the most. */
  hear(deployment: PredictingDeployment, levels: readonly UnseenCounts[]): void {
    const { projectId, deploymentId, version } = deployment
    // The log was switched off since the request began.
    if (!this.wants(projectId)) return
    const startsAt = currentPeriod(HOUR_MS)
    const key = `${deploymentId}/${version}/${startsAt}`
    let hour = this.hours.get(key)
    for (const { column, levels: counts } of levels) {
      let texts = hour?.columns.get(column)
      if (texts === undefined) {
        const isFull = this.columnCount >= ALL_COLUMNS_MAX || (hour?.columns.size ?? 0) >= COLUMNS_MAX
        if (isFull || this.flusher.isEnded) {
          this.parts.onDropped(isFull ? 'no_room' : 'stopped', 1)
          continue
        }
        hour ??= { deployment, startsAt, columns: new Map() }
        this.hours.set(key, hour)
        texts = new FrequentTexts(COUNTED_MAX)
        hour.columns.set(column, texts)
        this.columnCount += 1
      }
      for (const [level, count] of counts) texts.add(level, count)
    }
  }

  start(): void {
    this.flusher.start()
  }

  /** Writes what was counted before it is called. Throws nothing. */
  flush(): Promise<void> {
    return this.flusher.flush()
  }

  /** What was counted of a version in some hours, and is not being written. O(columns · COUNTED_MAX). */
  waitingOf({ projectId, environment, version }: Slot, { from, to }: Window): UnseenCounts[] {
    const isAsked = ({ deployment, startsAt }: CountedHour): boolean =>
      deployment.projectId === projectId &&
      deployment.environment === environment &&
      deployment.version === version &&
      startsAt >= from.getTime() &&
      startsAt < to.getTime()
    return [...this.hours.values()].filter(isAsked).flatMap(columnsOf)
  }

  close(): Promise<void> {
    return this.flusher.close()
  }

  /** All of them; those of projects that keep no rows any more are forgotten. */
  private take(): UnseenHour[] {
    const hours = [...this.hours.values()].filter(({ deployment }) => this.wants(deployment.projectId))
    this.hours = new Map()
    this.columnCount = 0
    return hours.map((hour) => {
      const { deploymentId, version } = hour.deployment
      return { deploymentId, version, startsAt: hour.startsAt, columns: columnsOf(hour) }
    })
  }
}

function columnsOf({ columns }: CountedHour): UnseenCounts[] {
  return [...columns].map(([column, texts]) => ({ column, levels: texts.top(WRITTEN_MAX) }))
}
