// What the deployments of this process predict, counted in memory hour by hour, and written to the table now and then.
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { currentPeriod } from '../../deployments/serving/current-period.ts'
import type { NotCountedReason } from '../../prediction/rows-watch.ts'
import type { PredictingDeployment } from '../predicted-rows.ts'

const HOUR_MS = 3_600_000
/** What all counts together may take; of more, rows are not counted. */
const BYTES_MAX = 64 * 2 ** 20
/** Of an hour of a deployment, beside its counts. */
const HOUR_BYTES = 300
const COUNT_BYTES = 8
/** Counts that one statement writes. */
const WRITTEN_AT_ONCE = 50_000

/** Why rows are missing in the counts. */
export type DropReason = NotCountedReason | 'no_room'

/** One hour of a version in a deployment, in one process. */
export interface HourFigures {
  readonly deploymentId: number
  /** That of the deployment, or one that an experiment holds against it. */
  readonly version: number
  /** When it began, in ms since 1970. */
  readonly startsAt: number
  readonly rowCount: number
  /** As VersionCells has them; empty of a version without cells. */
  readonly counts: readonly number[]
}

export interface CountedCellsParts {
  /** Writes hours of a process; what it is given takes the place of what was there of the same hours. */
  readonly save: (processId: string, hours: readonly HourFigures[]) => Promise<void>
  readonly onDropped: (rowCount: number, reason: DropReason) => void
  readonly log: Logger
  readonly bytesMax?: number
}

/**
 * Counts go on in memory as long as their hour lasts, and each write tells all of an hour in this process: a write whose answer was
 * lost counts once, and a database that is away costs no memory but that of the hours that pass.
 */
export class CountedCells {
  /** Another start has another one. */
  readonly processId = randomUUID()
  private readonly parts: CountedCellsParts
  private readonly bytesMax: number
  /** By deployment, version and hour; those that are over and written are dropped. */
  private readonly hours = new Map<string, CountedHour>()
  private bytes = 0
  private saving: Promise<void> | undefined
  /** Since the last write. */
  private hasDropped = false

  constructor(parts: CountedCellsParts) {
    this.parts = parts
    this.bytesMax = parts.bytesMax ?? BYTES_MAX
  }

  /** What the counts take. */
  get byteLength(): number {
    return this.bytes
  }

  /** Writes what was counted since the last time. Throws what `save` throws: then it comes with the next time. */
  save(): Promise<void> {
    this.saving ??= this.saveAll().finally(() => {
      this.saving = undefined
    })
    return this.saving
  }

  /** The hour that it is now; undefined where there is no room for it. */
  hourOf({ deploymentId, version }: PredictingDeployment, cellCount: number): CountedHour | undefined {
    const startsAt = currentPeriod(HOUR_MS)
    const key = `${deploymentId}/${version}/${startsAt}`
    const found = this.hours.get(key)
    // The owner of a run may replace its result: then the cells are others, from the next hour on.
    if (found !== undefined) return found.counts.length === cellCount ? found : undefined
    const bytes = HOUR_BYTES + COUNT_BYTES * cellCount
    if (this.bytes + bytes > this.bytesMax) return undefined
    const of = { deploymentId, version, startsAt, bytes }
    const hour = { ...of, rowCount: 0, savedRows: 0, counts: new Float64Array(cellCount) }
    this.hours.set(key, hour)
    this.bytes += bytes
    return hour
  }

  /** So many rows are not counted. */
  dropped(rowCount: number, reason: DropReason): void {
    this.parts.onDropped(rowCount, reason)
    if (this.hasDropped) return
    this.hasDropped = true
    this.parts.log.warn({ reason }, 'rows were predicted and not counted; it is told again after the next write')
  }

  private async saveAll(): Promise<void> {
    const due = [...this.hours.values()].filter(({ rowCount, savedRows }) => rowCount > savedRows)
    while (due.length > 0) {
      const written: CountedHour[] = []
      let cellCount = 0
      while (due.length > 0 && (written.length === 0 || cellCount < WRITTEN_AT_ONCE)) {
        const hour = due.pop() as CountedHour
        written.push(hour)
        cellCount += hour.counts.length
      }
      const figures = written.map(figuresOf)
      await this.parts.save(this.processId, figures)
      for (const [i, hour] of written.entries()) hour.savedRows = (figures[i] as HourFigures).rowCount
    }
    this.hasDropped = false
    const current = currentPeriod(HOUR_MS)
    for (const [key, { startsAt, rowCount, savedRows, bytes }] of this.hours) {
      if (startsAt >= current || rowCount > savedRows) continue
      this.hours.delete(key)
      this.bytes -= bytes
    }
  }
}

export interface CountedHour {
  readonly deploymentId: number
  readonly version: number
  readonly startsAt: number
  readonly bytes: number
  readonly counts: Float64Array
  rowCount: number
  /** Those that were told by the last write. */
  savedRows: number
}

function figuresOf({ deploymentId, version, startsAt, rowCount, counts }: CountedHour): HourFigures {
  return { deploymentId, version, startsAt, rowCount, counts: [...counts] }
}
