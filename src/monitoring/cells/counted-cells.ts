// What the deployments of this process predict, counted in memory hour by hour, and written to the table now and then.
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { currentPeriod } from '../../deployments/serving/current-period.ts'
import type { RowsWatch, SampledRows } from '../../prediction/rows-watch.ts'
import type { PredictingDeployment, RowsHearer } from '../predicted-rows.ts'

const HOUR_MS = 3_600_000
/** What all counts together may take; of more, rows are not counted. */
const BYTES_MAX = 64 * 2 ** 20
/** Of an hour of a deployment, beside its counts. */
const HOUR_BYTES = 300
const COUNT_BYTES = 8
/** Counts that one statement writes. */
const WRITTEN_AT_ONCE = 50_000

/** Why rows are missing in the counts. */
export type DropReason = Parameters<RowsWatch['notCounted']>[1] | 'no_room'

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
  private hearer: RowsHearer | undefined
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

  /** Who keeps sampled rows; one. */
  tellTo(hearer: RowsHearer): void {
    this.hearer = hearer
  }

  /** isEveryRow: each row is told where the project logs any, and counts as one. */
  watchOf(deployment: PredictingDeployment, isEveryRow = false): RowsWatch {
    return new DeploymentWatch(deployment, {
      hourOf: (cellCount) => this.hourOf(deployment, cellCount),
      dropped: (rowCount, reason) => this.dropped(rowCount, reason),
      hearer: () => this.hearer,
      isEveryRow,
    })
  }

  /** Writes what was counted since the last time. Throws what `save` throws: then it comes with the next time. */
  save(): Promise<void> {
    this.saving ??= this.saveAll().finally(() => {
      this.saving = undefined
    })
    return this.saving
  }

  private hourOf({ deploymentId, version }: PredictingDeployment, cellCount: number): CountedHour | undefined {
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

  private dropped(rowCount: number, reason: DropReason): void {
    this.parts.onDropped(rowCount, reason)
    if (reason === 'elsewhere' || this.hasDropped) return
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

interface CountedHour {
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

interface WatchParts {
  readonly hourOf: (cellCount: number) => CountedHour | undefined
  readonly dropped: (rowCount: number, reason: DropReason) => void
  readonly hearer: () => RowsHearer | undefined
  readonly isEveryRow: boolean
}

/** The rows of one deployment. Nothing here waits for anything: it stands in the way of predictions. */
class DeploymentWatch implements RowsWatch {
  private readonly deployment: PredictingDeployment
  private readonly parts: WatchParts
  private hour: CountedHour | undefined

  constructor(deployment: PredictingDeployment, parts: WatchParts) {
    this.deployment = deployment
    this.parts = parts
  }

  get sampleRate(): number {
    const rate = this.parts.hearer()?.rateOf(this.deployment.projectId) ?? 0
    return this.parts.isEveryRow && rate > 0 ? 1 : rate
  }

  get keyColumn(): string | undefined {
    return this.parts.hearer()?.keyColumnOf(this.deployment.projectId)
  }

  countsFor(cellCount: number, rowCount: number): Float64Array | undefined {
    const { parts } = this
    let { hour } = this
    if (hour?.startsAt !== currentPeriod(HOUR_MS) || hour.counts.length !== cellCount) {
      hour = parts.hourOf(cellCount)
      this.hour = hour
    }
    if (hour === undefined) {
      parts.dropped(rowCount, 'no_room')
      return undefined
    }
    hour.rowCount += rowCount
    return hour.counts
  }

  notCounted(rowCount: number, reason: DropReason): void {
    this.parts.dropped(rowCount, reason)
  }

  sampled(rows: SampledRows, idPrefix: string, milliseconds: number): void {
    const rate = this.parts.isEveryRow ? 1 : undefined
    this.parts.hearer()?.hear({ ...rows, deployment: this.deployment, idPrefix, milliseconds, rate })
  }
}
