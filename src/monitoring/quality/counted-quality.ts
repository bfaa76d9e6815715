// The quality of what deployments of this process are asked to predict, counted in memory hour by hour, and written now and then.
import { randomUUID } from 'node:crypto'
import { currentPeriod } from '../../deployments/serving/current-period.ts'
import type { PredictingDeployment } from '../predicted-rows.ts'
import { type QualityCount, type QualityCounts, qualityKeyOf } from './quality-counts.ts'

const HOUR_MS = 3_600_000
/** Hours of deployments that are kept while the database is away; of more nothing is counted. */
const HOURS_MAX = 5_000
/** Different counts of one hour: columns by what came, and shares. */
const COUNTS_MAX = 500
/** Hours that one statement writes. */
const WRITTEN_AT_ONCE = 200

/** One hour of a version in a deployment, in one process. */
export interface QualityHourFigures extends QualityCounts {
  readonly deploymentId: number
  readonly version: number
  /** When it began, in ms since 1970. */
  readonly startsAt: number
  /** Grows with each change. */
  readonly changeCount: number
}

export interface CountedQualityParts {
  /** Writes hours of a process; what it is given takes the place of what was there of the same hours. */
  readonly save: (processId: string, hours: readonly QualityHourFigures[]) => Promise<void>
  readonly hoursMax?: number
}

/** Each write tells all of an hour in this process: one whose answer was lost counts once. */
export class CountedQuality {
  /** Another start has another one. */
  readonly processId = randomUUID()
  private readonly parts: CountedQualityParts
  /** By deployment, version and hour; those that are over and written are dropped. */
  private readonly hours = new Map<string, QualityHour>()
  private saving: Promise<void> | undefined

  constructor(parts: CountedQualityParts) {
    this.parts = parts
  }

  /** The hour that it is now; undefined where there is no room for one more. */
  hourOf({ deploymentId, version }: Pick<PredictingDeployment, 'deploymentId' | 'version'>): QualityHour | undefined {
    const startsAt = currentPeriod(HOUR_MS)
    const key = `${deploymentId}/${version}/${startsAt}`
    let hour = this.hours.get(key)
    if (hour === undefined) {
      if (this.hours.size >= (this.parts.hoursMax ?? HOURS_MAX)) return undefined
      hour = new QualityHour(deploymentId, version, startsAt)
      this.hours.set(key, hour)
    }
    return hour
  }

  /** Writes what was counted since the last time. Throws what `save` throws: then it comes with the next time. */
  save(): Promise<void> {
    this.saving ??= this.saveAll().finally(() => {
      this.saving = undefined
    })
    return this.saving
  }

  private async saveAll(): Promise<void> {
    const due = [...this.hours.values()].filter(({ changeCount, savedChanges }) => changeCount > savedChanges)
    for (let start = 0; start < due.length; start += WRITTEN_AT_ONCE) {
      const written = due.slice(start, start + WRITTEN_AT_ONCE)
      const figures = written.map((hour) => hour.figures())
      await this.parts.save(this.processId, figures)
      for (const [i, hour] of written.entries()) hour.savedChanges = (figures[i] as QualityHourFigures).changeCount
    }
    const current = currentPeriod(HOUR_MS)
    for (const [key, { startsAt, changeCount, savedChanges }] of this.hours) {
      if (startsAt < current && changeCount === savedChanges) this.hours.delete(key)
    }
  }
}

/** Nothing here waits for anything: it stands in the way of predictions. */
export class QualityHour {
  readonly deploymentId: number
  readonly version: number
  readonly startsAt: number
  requests = 0
  refused = 0
  changeCount = 0
  /** Those that were told by the last write. */
  savedChanges = 0
  private readonly counts = new Map<string, { -readonly [Part in keyof QualityCount]: QualityCount[Part] }>()

  constructor(deploymentId: number, version: number, startsAt: number) {
    this.deploymentId = deploymentId
    this.version = version
    this.startsAt = startsAt
  }

  answered(): void {
    this.requests += 1
    this.changeCount += 1
  }

  wasRefused(): void {
    this.refused += 1
    this.answered()
  }

  /** False where there is no room for one more kind of count. */
  add(of: Omit<QualityCount, 'count'>, count: number): boolean {
    const key = qualityKeyOf(of)
    const known = this.counts.get(key)
    if (known === undefined && this.counts.size >= COUNTS_MAX) return false
    if (known === undefined) this.counts.set(key, { ...of, count })
    else known.count += count
    this.changeCount += 1
    return true
  }

  figures(): QualityHourFigures {
    const { deploymentId, version, startsAt, changeCount, requests, refused } = this
    const counts = [...this.counts.values()].map((count) => ({ ...count }))
    return { deploymentId, version, startsAt, changeCount, requests, refused, counts }
  }
}
